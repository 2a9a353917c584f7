"""Placeholders are recognised; weak passwords and random tokens are not taken for them."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.filters.placeholders import DULL, reason

PLACEHOLDERS = [
    # templates and variables
    "${DB_PASSWORD}", "${DB_PASSWORD:-}", "$DB_PASSWORD", "$(vault read -field=x secret/db)", "{{ password }}",
    "{{ .Values.db.password }}", "{{password}}", "<%= ENV['X'] %>", "<%= password %>", "#{password}", "%(password)s",
    "%{password}", "%PASSWORD%", "%%PWD%%", "@password@", "[[${secret}]]", "{password}", "{0}", "{}", "%s", "__TOKEN__",
    "!Ref Password", "<password>", "<your-token>", "<YOUR_API_KEY>", "[your key]", "#PASSWORD#", "$1",
    # look-ups
    "process.env.TOKEN", "os.environ['TOKEN']", "os.getenv('TOKEN')", "ENV['TOKEN']", "System.getenv(\"X\")",
    "secrets.GITHUB_TOKEN", "vault://secret/db", "op://vault/item/field", "arn:aws:secretsmanager:eu-west-1:1:secret:x",
    "var.db_password", "env://DB_PASSWORD",
    "(set)", "(not shown)", "*db_password", "$ldap$", "$$PASSPHRASE", "$user$host", "$FILE(/keys/user1)",
    # ciphertext
    "$M$7T$DpzEUVHt5rKkAfqr",
    "ENC[AES256_GCM,data:abc]", "$ANSIBLE_VAULT;1.1;AES256", "{cipher}0a1b2c", "vault:v1:abcd",
    "{AQAAABAAAAAQ+0aB}",
    # samples by their words
    "changeme", "change-me", "CHANGE_ME", "your-api-key", "YOUR_TOKEN_HERE", "passwordGoesHere",
    "eyJzaWdu...", "yourPassword", "example-token", "somefakekey", "dummyToken1",
    "AKIA" + "Y3RT6WQL" + "MEXAMPLE", "abcEXAMPLEKEY", "placeholder", "place_holder", "redacted", "REDACTED", "dummy",
    "40characters", "32-char", "a 64 hex digits",
    "dummy-key", "fake_secret", "mock-token", "insert-key-here", "replace_with_your_key", "enter your password here",
    "put your unique phrase here", "TODO", "FIXME", "todo: set", "key-goes-here", "not-a-real-key",
    # masks
    "***", "********", "AAEWVaWM...Rva2VuaSDZ", "your_smtp2go_password", "yourconsumerkey",
    "xxxxxxxx", "XXXXXXXXXXXX", "xxxx-xxxx-xxxx-xxxx", "sk_live_xxxxxxxxxxxx", "abcd...", "…",
    "abc************", "••••••", "________",
    # dull
    "aaaaaaaa", "000000000000", "00000-111-2222-3333-44444444", "00000AAAAAbbbbb99999aaaaalllllzz",
    "0000000000000000", "1234567890", "12345678901234567890", "abcdefghijklmnop",
    "0123456789abcdef", "0123456789abcdef0123456789abcdef", "abcabcabcabcabc", "qwertyuiop", "deadbeefdeadbeef",
    "a1b2c3d4e5f6g7h8i9j0", "fedcba9876543210fedcba", "API-abcdefghijklmnopqrstuvwxyz1234",
    "ACME_SECRET_a1B2c3D4e5F6g7H8i9J0k1L2",
    # cut in the middle of an expression
    "{{ get(password", "${get('x'",
]  # fmt: skip
SECRETS = [
    "hunter2", "s3cr3t!", "Passw0rd!", "letmein", "correct horse battery staple", "P4ssw0rd", "tr0ub4dor&3", "secret",
    "admin", "1q2w3e4r", "m#P52s@ap$V", "pa$$word", "50%off!", "a<b>c", "x-ray-77", "test1234test", "summer2024",
    "p{{w}o)r${d]s(of[signs}}", "k<%9)a%>",
    "you-are-welcome-77", "latest-build-9", "contest-winner", "Fakir99!", "samplitude7", "hello<ther>e",
    "*Pa5sword", "(Set)77", "AAAbbb77xkqzpvm",
]  # fmt: skip


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholder(text: str) -> None:
    line = f'key = "{text}"'.encode()
    why = reason(text.encode(), line)
    assert why is not None
    assert text not in why


@pytest.mark.parametrize("rest", ["[Redacted]", "...", "\u2026", "<snip>", "***removed***"])
def test_what_was_left_out_behind_it_makes_a_placeholder(rest: str) -> None:
    assert reason(b"ops_eyJzaWdu9aB", f"token: ops_eyJzaWdu9aB{rest}".encode()) is not None


@pytest.mark.parametrize("text", SECRETS)
def test_secret(text: str) -> None:
    assert reason(text.encode(), f'password = "{text}"'.encode()) is None


@pytest.mark.parametrize(
    ("line", "secret", "found"),
    [
        (b"password: {{ lookup('env', name) }}", b"lookup('env'", True),
        (b"url: ${HOST}/x password=Kx7-qq2", b"Kx7-qq2", False),
        (b'key: "${a.key:Kx7qq29s}"', b"Kx7qq29s", False),
        (b"<%= form.password :x %>", b"password", True),
        (b"TOKEN=<token>", b"token", True),
        (b"<password>Kx7qq29s</password>", b"Kx7qq29s", False),
    ],
)
def test_what_surrounds_it(line: bytes, secret: bytes, found: bool) -> None:
    assert (reason(secret, line) is not None) is found


@pytest.mark.parametrize("word", ["test", "demo", "dev", "prod", "key", "pass"])
def test_words_inside_random_tokens(word: str) -> None:
    rng = random.Random(word)
    alphabet = string.ascii_letters + string.digits
    for _ in range(50):
        token = "".join(rng.choice(alphabet) for _ in range(36))
        at = rng.randrange(30)
        text = (token[:at] + word + token[at:]).encode()
        assert reason(text, b"token=" + text) is None


def test_random_tokens_are_kept() -> None:
    rng = random.Random(7)
    for alphabet in (string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_letters + "+/-_"):
        for length in (20, 32, 40, 64):
            for _ in range(200):
                token = "".join(rng.choice(alphabet) for _ in range(length)).encode()
                assert reason(token, b'x = "' + token + b'"') is None


@given(st.binary(max_size=80), st.binary(max_size=120))
def test_any_bytes(secret: bytes, line: bytes) -> None:
    why = reason(secret, line + secret)
    assert why is None or (isinstance(why, str) and "\n" not in why)


@pytest.mark.parametrize(
    ("secret", "dull"),
    [
        (b"3fa9" * 16, True),  # repeats a third of itself, or less
        (b"3fa91c" * 4, True),
        (b"3fa91c07be" * 3 + b"3fa9", True),  # the last time not to the end
        (b"3fa91c07be" * 3 + b"3fa8", False),
        (b"3fa91c07be25" * 2, False),  # a half of itself
        (b"0123456789abcdef" * 2, True),
        (b"0123456789" + b"f03", False),  # ten bytes of thirteen along a sequence
        (b"0123456789" + b"f0", True),  # ten of twelve
        (b"f0" + b"0123456789", True),
        (b"f" + b"01234" + b"0" + b"56789", True),
        (b"7777777c", True),
        (b"777777c0", True),
        (b"77777c01be", False),
    ],
)
def test_dull_hexadecimal(secret: bytes, dull: bool) -> None:
    """Digits and letters to f alone are seen no differently from what stands beside other signs."""
    for value in (secret, secret.upper(), secret.replace(b"f", b"g")):
        assert (reason(value, b"k = " + value) == DULL) is dull
