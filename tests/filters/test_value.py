"""What the value of a generic rule is: tables of secrets and of what only looks like one, through the rules of the pack."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.detect.entropy import shannon
from leakscan.detect.ngram import unlike_text
from leakscan.filters import value
from leakscan.filters.value import Verdict, judge
from leakscan.filters.value_features import features, pieces
from leakscan.model.rule import Rule
from leakscan.rulepack.load import load
from leakscan.rulepack.template import fill


@cache
def _rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in load([]).rules if rule.generic}


def _span(m: re.Match[bytes]) -> tuple[int, int]:
    return next(m.span(g) for g in m.re.groupindex if g.startswith("secret") and m[g] is not None)


def _judge(rule: Rule, m: re.Match[bytes]) -> Verdict:
    text = m.string
    start, end = _span(m)
    before = text[text.rfind(b"\n", 0, start) + 1 : start]
    after = text[end:].split(b"\n")[0]
    secret = text[start:end]
    return judge(rule, m[0], secret, before, after, entropy=shannon(secret), unlike_text=unlike_text(secret))


def _verdicts(rule_id: str, line: str) -> list[Verdict]:
    rule = _rules()[rule_id]
    text = fill(line, f"value/{line}").encode()
    return [_judge(rule, m) for m in re.finditer(rule.pattern.encode(), text)]


SECRETS = [
    ("generic.password", 'password = "hunter2"'),
    ("generic.password", "DB_PASSWORD={password:12}"),
    ("generic.password", "  password: {password}"),
    ("generic.password", '{"user": "app", "password": "{password}"}'),
    ("generic.password", "connect(user='app', passwd='{password}')"),
    ("generic.password", 'val password: String = "{password}"'),
    ("generic.password", "<password>{password}</password>"),
    ("generic.password", "define('DB_PASSWORD', '{password}');"),
    ("generic.password", "contraseña = '{password}'"),
    ("generic.password", "密码: '{password}'"),
    ("generic.token", 'token = "{hex:40}"'),
    ("generic.token", '"access_token":"{base62:40}"'),
    ("generic.secret", 'client_secret: "{base62:32}"'),
    ("generic.api-key", "API_KEY={base62:32}"),
    ("generic.api-key", '"apiKey": "{hex:32}",'),
    ("generic.key", "GET /geocode/json?key={base62:32}"),
    ("generic.password", "const password = `{password:14}`;"),
    ("generic.bearer", "Authorization: Bearer {base62:40}"),
    ("url.userinfo", "postgres://app:{password}@db.internal:5432/shop"),
    ("passwords.sql", "CREATE USER app IDENTIFIED BY '{password}'"),
    ("passwords.call", 'new NetworkCredential("svc", "{password:12}")'),
    ("curl.option-password", 'curl_easy_setopt(c, CURLOPT_USERPWD, "svc:{password:12}");'),
    ("passwords.command", "curl -u {base62:24}: https://api.example.org/"),
    ("generic.returned", 'String getApiToken() { return "{base62:32}"; }'),
    ("generic.password", 'const char password[] = "{password:12}";'),
    ("generic.secret", 'static char secret[32] = "{base62:31}";'),
    ("generic.token", "<authToken>\n    {base62:32}\n</authToken>"),
    ("generic.secret", 'secret_of_the_other_service_here = "{base62:40}"'),
    ("generic.key", "acmeKEY={base62:32}"),
    ("generic.element", "<secret>{acme {base62:32}}</secret>"),
    ("generic.token", 'token = "{base62:20}%2B{base62:12}"'),
    ("generic.secret", "[DEBUG] Secret={base62:20}"),
    ("generic.key", "GET https://api.example.community/geocode/json?key={base62:32}"),
    ("generic.key", "{ key: '{uuid}', region: 'Americas' },"),
    ("url.userinfo", "postgres://billing:password@db.acme.com:5432/shop"),
]
NO_SECRETS = [
    ("generic.password", "password = getPassword()"),
    ("generic.password", "password = user.password"),
    ("generic.password", "password: string"),
    ("generic.password", "password = '{0}-of-{1}'"),
    ("generic.password", '"pass_mask": "0x{hex:16}"'),
    ("generic.password", "passwd: 1000:1000:Jane Doe:/home/jane:/bin/sh"),
    ("generic.auth", 'AUTH0_CLIENT_ID="{base62:32}"'),
    ("generic.key", "[DEBUG] key={base62:32}"),
    ("generic.secret", "secret = r'[\\w~.-]{31,34}'"),
    ("generic.token", """token = params["sign"]"""),
    ("generic.credential", "what follows must be a word for a credential: `npmtoken`."),
    ("generic.password", "A weak password (`hunter2`) is none of these."),
    ("generic.password", 'export PASSWORD="ESXI_PASSWORD"'),
    ("generic.password", 'password = ",.:-*?!"'),
    ("generic.secret", 'secret = "[A-Za-z0-9_]{35,38}"'),
    ("generic.secret", 'SECRET = getenv("APP2SECRET9", "")'),
    ("generic.auth", "Authorization: Basic dXNlcjo="),
    ("generic.credential", '"credentialId": "{base62:22}"'),
    ("generic.password", "self.password = password"),
    ("generic.password", 'passwordLabel = "Enter the password"'),
    ("generic.password", 'password = password.encode("latin1")'),
    ("generic.password", "PASSWORD_FILE = '/etc/passwd'"),
    ("generic.password", 'passwd := req.FormValue("password")'),
    ("generic.password", 'password = "$6$saltsalt$" + digest'),
    ("generic.password", "password_hash: $2y$10${alnum:53}"),
    ("generic.password", "if password == confirmation:"),
    ("generic.password", 'raise ValueError("password: must not be empty")'),
    ("generic.token", "token = tokenizer.next()"),
    ("generic.token", 'token_type: "bearer"'),
    ("generic.token", 'nextPageToken: "string"'),
    ("generic.token", "Token::Value KeywordOrIdentifierToken(const char* input)"),
    ("generic.secret", "secretName: my-tls-secret"),
    ("generic.secret", "secretKeyRef: database-credentials"),
    ("generic.api-key", 'public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ"'),
    ("generic.api-key", 'apiKeyHeader = "X-Api-Key"'),
    ("generic.key", 'key: "sha256-{base64:44}"'),
    ("generic.key", 'publicKeyToken="{hex:16}"'),
    ("generic.key", 'key = "{pick:MFkwEwYHKoZI}zj0CAQYIKoZIzj0DAQcDQgAE{base64:88}"'),
    ("generic.key", 'keyGUID = "{uuid}"'),
    ("generic.bearer", "bearer authentication is required"),
    ("url.userinfo", "http://user:password@host/"),
    ("passwords.call", 'new DirectoryEntry("LDAP://x", "user", "password")'),
    ("generic.password", 'password = ",.:-\u00bf\u00a8!"'),
    ("generic.token", "SAS_TOKEN=st=2025-03-04T07:24:52Z&sr=c"),
    ("generic.token", '"access_token_expires_at":1454476716'),
    ("generic.auth", "auth: OAuth2.0"),
    ("generic.auth", 'options.NoAuthUser = "mqttnoauth"'),
    ("generic.auth", "auth.redirect = '/#dashboard'"),
    ("generic.secret", '$secret = "\\0$secret";'),
    ("generic.key", "$key = preg_split('#\\r\\n|\\n#', $keys);"),
    ("generic.key", 'consumer_key = "3MVG9{base62:80}"'),
    ("generic.password", "var pgPass = require('pgpass')"),
    ("generic.password", '"SMTP_PASSWORD": Kerberos password. The algorithm'),
    ("generic.password", "admin_password: @ADMIN_PASSWORD"),
    ("generic.credential", 'credentials = store.findAllByName("/Secret1")'),
    ("generic.password", "echo 'password = '.$p['config']['daemon_password'].\"\\n\";"),
    ("generic.password", "- pass_file_result.stat.checksum == '{hex:40}'"),
    ("generic.secret", '"hashed_secret": "{hex:40}",'),
    ("generic.token", '"MockToken": "0x{hex:40}",'),
    ("generic.token", 'const SOL_USDC_TOKEN_ADDRESS = "{base62:44}"'),
    ("generic.password", "'@inquirer/password': 1.1.16"),
    ("generic.auth", 'requests-oauthlib = "==1.3.1"'),
    ("generic.password", "ubuntu_22_04/base-passwd: 3.5.52build1"),
    ("generic.password", "ubuntu_26_04/passwd: 1:4.17.4-2ubuntu2"),
    ("generic.api-key", "let signingKeyBytes: Uint8Array;"),
    ("generic.api-key", "sonar.projectKey=camptocamp_c2c"),
    ("generic.token", "- string: <PASSWORD_TOKEN>\n  headers:\n"),
    ("generic.key", "primaryKey={base62:30}"),
    ("generic.password", "'password': 'master_password',"),
    ("generic.token", "SHOP_TOKEN=shop_sandbox_{base62:40}"),
    ("generic.token", "token = '{base62:20}?{base62:20}'"),
    ("generic.key", "geo key = '={base62:24}'"),
    ("generic.password", '    assert user.password == "password"'),
    ("generic.token", 'token = "{base62:20}%c^{base62:12}"'),
    ("generic.secret", "[DEBUG] Secret={base62:7}"),
    ("generic.key", "GET https://api.example.com/geocode/json?key={base62:32}"),
    ("generic.key", "{ key: '{uuid}', value: 'Americas' },"),
    ("passwords.command", "by `curl -v --digest --user user:passwd http://example.com/digest-auth`"),
    ("generic.spoken", "ALTER TABLE value_secret DROP FOREIGN KEY FK{lowernum:25}"),
]


@pytest.mark.parametrize(("rule_id", "line"), SECRETS)
def test_secret(rule_id: str, line: str) -> None:
    found = _verdicts(rule_id, line)
    assert found
    assert any(v.reason is None and v.confidence == "medium" for v in found), found


@pytest.mark.parametrize(("rule_id", "line"), NO_SECRETS)
def test_no_secret(rule_id: str, line: str) -> None:
    assert all(v.reason is not None or v.confidence == "low" for v in _verdicts(rule_id, line))


def test_a_word_that_is_compared_with_is_dropped() -> None:
    assert all(v.reason is not None for v in _verdicts("generic.secret", 'if secret == b"iota":'))
    kept = _verdicts("generic.secret", fill('if secret == b"{base62:32}":', "compared"))
    assert any(v.reason is None for v in kept)


def test_evidence_explains_the_score() -> None:
    (verdict,) = _verdicts("generic.password", 'password = "hunter2"')
    assert verdict.evidence[0] == f"score {verdict.score:.2f}"
    weights = [float(e.split()[0]) for e in verdict.evidence[1:]]
    assert weights == sorted(weights, key=lambda w: -abs(w))
    assert all(abs(w) >= 0.05 for w in weights)


def test_reason_and_evidence_do_not_hold_the_value() -> None:
    for rule_id, line in SECRETS + NO_SECRETS:
        rule = _rules()[rule_id]
        text = fill(line, f"value/{line}").encode()
        for m in re.finditer(rule.pattern.encode(), text):
            verdict = _judge(rule, m)
            said = " ".join((verdict.reason or "", *verdict.evidence))
            secret = text[slice(*_span(m))]
            assert secret.isalpha() or secret.decode("latin-1") not in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (b"dbPassword", [b"db", b"password"]),
        (b"DB_ROOT_PASSWORD", [b"db", b"root", b"password"]),
        (b"XMLHttpKey2", [b"xml", b"http", b"key", b"2"]),
        (b"", []),
    ],
)
def test_pieces(name: bytes, words: list[bytes]) -> None:
    assert pieces(name) == words


def test_site_takes_the_name_apart() -> None:
    before = b'  my.dbPassword = "'
    found = value.site(
        "generic.password", b'Password = "hunter2', b"hunter2", before, b'"', entropy=2.8, unlike_text=4.0
    )
    assert (found.kind, found.name, found.link) == ("password", b"my.dbPassword", b' = "')
    assert found.quote == b'"'


@given(
    st.binary(max_size=60),
    st.binary(min_size=1, max_size=60),
    st.binary(max_size=60),
    st.sampled_from(["password", "key", "userinfo"]),
)
def test_any_bytes(before: bytes, secret: bytes, after: bytes, kind: str) -> None:
    measures = {"entropy": shannon(secret), "unlike_text": unlike_text(secret)}
    found = value.site(f"x.{kind}", b"key=" + secret, secret, before + b"key=", after, **measures)
    names = features(found)
    assert len(names) == len(set(names))
    assert 0.0 <= value.decide(found, "medium").score <= 1.0
