"""What stands around a value settles that it is none; each case stands beside one that stays a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

import leakscan
from leakscan.rulepack.template import fill

NONE_BESIDE_ONE = [
    # code
    ("self.password = smtppass", "password = smtppass7"),
    ("vault_password_files=[filename])", "vault_password=filename77"),
    ("if vault_pass != vault_pass2:", "vault_pass: {password:12}"),
    ("root_password = run_command('openssl', 'passwd')", "root_password = b64decode('0penssl-77')"),
    ("keyPat = regexp.MustCompile(`acme-{base62:20}`)", "key = []byte(`acme-{base62:20}`)"),
    ("update_pwd = 'st0rage-systems/%s' % ssid", "update_pwd = 'st0rage-Systems9'"),
    ('password = f"st0rage-[{n}]-Systems"', 'password = "st0rage-[n]-Systems9"'),
    ('var key = $"st0rage/{ssid}/x7Kq"', 'var key = $"{base62:24}"'),
    ('("nesting recursively key: ".concat(n[0]," in key: ")', 'f("site_key: {hex:32}")'),
    ("pass=`echo $DATABASE_URL | awk -F@ '{print $5}'`", "pass=`{password:14}`"),
    ('f("--token="+inputs["token"].Value)', 'f("--token={base62:32}")'),
    ("x = {'conn_pass': sshpass, 'become_pass': becomepass}", "x = {'conn_pass': '{password:12}', 'y': 1}"),
    ("connect(user=ad_user, password=ad_password)", "connect(user=ad_user, password='{password:12}')"),
    ('assert_file f, [~r/user: "a"/, ~r/password: "gh0st-7x"/]', 'assert_file f, [user: "a", password: "gh0st-7x"]'),
    ("create_user(%{email: long, password: too_long})", 'create_user(%{email: long, password: "too_l0ng7"})'),
    ("""password: ["can't be blank, jane7x"],""", 'password: ["{password:12}"],'),
    ("instance, root_pass = response", "root_pass = resp0nse"),
    ("if self.pass != response['password'] != self.password:", "password: self.passw0rd-77"),
    ('auth = fmt.Sprintf("oauth2:%s", token)', 'auth = fmt.Sprint("oauth2:{base62:24}")'),
    ('password = gitConfig("git-p4.password")', 'password = gitConfig("{password:14}")'),
    ('<password label="st0rage-7x"/>', '<password value="{password:12}"/>'),
    ("either 'password' or 'passw0rd-file'", "config['password'] or '{password:12}'"),
    ("about 'password=' instead of 'pass='.", "about 'password={password:12}'."),
    ("password: auth_provider9&.fetch(:password)", "password: auth_pr0vider9"),
    ("passwordView.classList.remove('hidden7-x');", "passwordView.remove('{password:12}');"),
    ("Code.STATUS_ILL_FORMED_PASSWORD = 3221225579 -> Code", "Code.PASSWORD = 3221225579"),
    ("creationToken = 1643842568", "creationToken = {alnum:32}"),
    # names
    ("docker run -v $(PWD):/mnt:z", "PASSWD={password:12}"),
    ('$wgPasswordSender   = "apache@localhost";', '$wgPassword   = "apache@localh0st";'),
    ('auth: "radius"', 'auth: "{base62:32}"'),
    ("modules/sts_session_token.py: pwnall77", "session_token: pwnall77"),
    ("GIT_ASKPASS=git-gui--askpass7", "GIT_PASS=git-gui--ask7"),
    ("TINI_GPG_KEY={upperhex:40}", "TINI_KEY={hex:40}"),
    ("gpg: using RSA key {upperhex:40}", "your key {hex:40}"),
    ("password_expiry_utc=1684189401", "password=1684189401"),
    ('oauth_nonce="{base62:32}"', 'oauth_token="{base62:32}"'),
    ('oauth_signature="{base62:32}"', 'oauth_verifier="{base62:32}"'),
    ("OAUTH_CLIENT_ID = '{hex:32}'", "OAUTH_CLIENT_SECRET = '{hex:32}'"),
    ("AUTH=XOAUTH2", "AUTH={base62:32}"),
    ("GIT_AUTHOR_DATE=@123456", "GIT_AUTH={base62:20}"),
    ('"ClientRequestToken": "{uuid}"', '"ClientToken": "{uuid}"'),
    ('invalidKey = "{base62:24}"', 'validKey = "{base62:24}"'),
    ("https://fonts.gstatic.com/l/font?kit={base62:22}&skey={hex:16}&v=v14", "https://x.org/l?kit=1&skey={hex:16}&v=v14"),
    # prose
    ('from: "arn:aws:secretsmanager:eu:1:secret:nginx/HOST7x"', 'secret: "nginx/HOST7x"'),
    ("siteToken: '{base62:24}', // public token", "siteToken: '{base62:24}', // of the site"),
    ("backup -u <url> -p <password> --no-progress", "<password>{password:14}</password>"),
    ("password=<password> deviceType=g8272_cnos", "password=g8272_cnos"),
    ("object=/my/key.txt version={hex:32} dest=/x", "site_key={hex:32} dest=/x"),
    ("the --github-token argument or", "tool --github-token {base62:40}"),
    ("Add --no-auth-warning hush7 message.", "Add --auth-password hush7 message."),
    ("Several --vault-password will be asked for", "tool --vault-password w1ll77 be"),
    ("geckoboard_token={base62:32}#zy2pxc7", "geckoboard_token={base62:32} #zy2pxc7"),
    ("a perl, which is identified by 'gh0st-7x'.", "create user x identified by 'gh0st-7x'."),
    ("PWDHASH='l4c2ItudM3.KM'", "PWD='l4c2ItudM3.KM'"),
    ("gcloud secrets versions access --secret detectors3", "tool --secret detectors3"),
    ("/* Second review pass: dashboard */", "pass: dashb0ard-7"),
    # form
    ("$hash = hash_hmac('sha512', $pass, true); $pass2 = hash('sha512', $pass);", "$pass2 = decode('{password:14}');"),
    ('"@aws-sdk/credential-providers": "^3.188.0",', '"credential-provider": "{base62:32}",'),
    ("srv://<user>:<password>@cluster0.xyz.mongodb.net/?w=majority", "srv://user:{password:14}@cluster0.xyz.mongodb.net/"),
    ('authRequest.owner = "somebody7x"', 'authRequest.token = "{base62:32}"'),
    ("apiToken=d41d8cd98f00b204e9800998ecf8427e", "apiToken={hex:32}"),
    ('$key.Descriptor = "D:PAI(A;;0xd01f01ff;;;SY)"', '$key.Descriptor = "{base62:32}"'),
    ('fw="\\u2A49",pw="\\u2229\\uFE00",_w=1', 'fw="1",pw="{password:12}",_w=1'),
    ("'TOO_SHORT_PASS': '\u5bc6\u7801\u592a\u77ed'", "'PASS': '\u5bc6\u7801123456'"),
    ("// username:password:uid:gid:gecos:home:shell", "password:uid:{password}"),
    ("protocol://username[:password]@server/path", "ftp://username:{password:12}@server/path"),
    ('"Token" = "\u0414\u043e\u0431\u0430\u0432\u0438\u0442\u044c";', '"Token" = "{base62:32}";'),
    ("sa-token: #any value may stand here 7x", "sa-token: {base62:32} #any value"),
    ('"password": "sha1$1b11b${hex:40}",', '"password": "{hex:40}",'),
    ("forgot_password=\u5fd8\u8bb0\u5bc6\u7801\uff1f", "forgot_password={password:12}"),
    ("get http://%41:%42@x.y/%61/", "get http://dev:%61%62%6377@x.y/%61/"),
    ("    exit_json(win_password=decrypted, changed=True)", "    exit_json(win_password=decrypt3d, changed=True)"),
    ("    password = content", "password = cont3nt"),
    ("password = imgServerPwd", "password = imgServer9wd"),
    ('"api_password": {"required": False}', '"api_password": "{password:12}", False'),
    ("'kubectl_password': '--password',", "'kubectl_password': '--{password:12}',"),
    ("password :envvar:`ANSIBLE_NET`", "password: {password:12}"),
    ("update_password: always", "update_password: {password:12}"),
    ("* use --password= instead of -p", "* use --password={password:12} -p"),
    ('@("none", "password", "smartcard", "both")', 'define("password", "{password:12}")'),
    ('" -u "+user+ " --password="+password+" "', 'user+" --password={password:12} "'),
    ("password: please run it again first", "password: {password:12} run it again"),
    ('commits identified by "squash" commands', "create user x identified by 'gh0st-7x'"),
    ("label = 'login.form.password.label' # password: 'login.form.password.label'", "password: 'l0gin.form.{password:9}'"),
    ('"private_key_id": "{hex:40}"', '"private_key": "{hex:40}"'),
    ("c.Secret = *scanSecret", "c.Secret = {base62:24}"),
    ("password: ${DB_PASSWORD:-postgres}", "password: ${DB_PASSWORD:-{password:12}}"),
    ("private_key = m{{h}o)p${e]nob(ody;", "private_key = m{{h}o)p${e]nob(ody[finds>-_$#th1s"),
    ('if ("" == password) {', 'if ("{password:12}" == password) {'),
    ("api_key_id: {uuid}", "api_key: {hex:32}"),
    ('"token": "ba4be.....e6a3b8"', '"token": "{hex:32}"'),
    ('\x10\x05\x01xj_p|PW":-5\x0fRb\x11J', 'xj_p|PW":"-5FRb1177J"'),
]  # fmt: skip


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a scan, one a line of the table, in which something is found."""
    root = tmp_path_factory.mktemp("context")
    for number, pair in enumerate(NONE_BESIDE_ONE):
        for which, line in zip(("none", "one"), pair, strict=True):
            (root / f"{number}.{which}.txt").write_text(fill(line, f"context/{line}") + "\n")
    result = leakscan.scan(leakscan.ScanOptions(paths=(str(root),), jobs=1))
    return {Path((place.path or b"").decode()).name for f in result.findings for place in f.places}


@pytest.mark.parametrize("number", range(len(NONE_BESIDE_ONE)))
def test_settled(number: int, reported: set[str]) -> None:
    assert f"{number}.none.txt" not in reported, NONE_BESIDE_ONE[number]
    assert f"{number}.one.txt" in reported, NONE_BESIDE_ONE[number]
