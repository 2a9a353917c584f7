"""What secrets must pass, by tables of right and wrong ones."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.detect.checks import CHECKS, der_private
from leakscan.rulepack.template import fill


def _jwt(header: object, payload: object, signature: bytes = b"s" * 32) -> bytes:
    def part(raw: bytes) -> bytes:
        return urlsafe_b64encode(raw).rstrip(b"=")

    return b".".join((part(json.dumps(header).encode()), part(json.dumps(payload).encode()), part(signature)))


def _sscs(inner: bytes = b"hvs." + b"aB3" * 8) -> bytes:
    body = b"\x0a" + bytes([len(inner)]) + inner + b"\x10\x01"
    raw = b"\x08\x01\x12\x20" + bytes(range(32)) + b"\x1a" + bytes([len(body)]) + body
    return b"hvs." + urlsafe_b64encode(raw).rstrip(b"=")


PEM = fill("{pem:RSA}", "checks").encode()
QUOTED = b'"' + PEM.replace(b"\n", b'\\n" +\n    "') + b'"'
LOCKED = b64encode(
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + b"a" * 99
)
CASES: list[tuple[str, bytes, bool]] = [
    ("basic-auth", b64encode(b"user:password"), False),
    ("basic-auth", b64encode(b"deploy:password"), True),
    ("atlassian-pat", b64encode(b"601766648847:" + bytes(range(20))), True),
    ("atlassian-pat", b64encode(b"601766648847:" + bytes(range(22))), False),
    ("atlassian-pat", b64encode(b"60176664884a:" + bytes(range(20))), False),
    ("pem-base64-plain", b64encode(PEM), True),
    ("pem-base64-plain", LOCKED, False),
    ("pem-base64-encrypted", LOCKED, True),
    ("pem-base64-encrypted", b64encode(PEM), False),
    ("mixed-case-digit", b"aB3", True),
    ("mixed-case-digit", b"ab3", False),
    ("mixed-case-digit", b"AB3", False),
    ("mixed-case-digit", b"aBc", False),
    ("has-digit", b"a1", True),
    ("has-digit", b"ab", False),
    ("crossed-brackets", b"x{y(k]z", True),
    ("crossed-brackets", b"get(users[name])", False),
    ("crossed-brackets", b"name])", False),
    ("crossed-brackets", b"f(a[", False),
    ("has-letter", b"1a", True),
    ("has-letter", b"2024-01-02", False),
    ("hex-only", b"00ff", True),
    ("hex-only", b"00fF", False),
    ("hex-only", b"00fg", False),
    ("not-hex", b"00FF", False),
    ("not-hex", b"00fg", True),
    ("not-words", b"9f86d081-884c7d65", True),
    ("not-words", b"kX9vQ2zWpL7RtB4m", True),
    ("not-words", b"getUserAuthenticationToken2", False),
    ("not-uuid", fill("{uuid}", "checks").encode(), False),
    ("not-uuid", b"0000-11", True),
    ("base64-decodes", b64encode(b"some bytes"), True),
    ("base64-decodes", urlsafe_b64encode(b"\xff\xfe\xfd").rstrip(b"="), True),
    ("base64-decodes", b"abcde", False),
    ("base64-decodes", b"not base64!", False),
    ("base64-decodes", b"", False),
    ("basic-auth", b64encode(b"user:hunter2"), True),
    ("basic-auth", b64encode("jürgen:straße".encode()), True),
    ("basic-auth", b64encode(b"user:ab"), False),
    ("basic-auth", b64encode(b"nocolon"), False),
    ("basic-auth", b64encode(b"user:\x00\x01\x02"), False),
    ("basic-auth", b64encode(b"user:\xff\xfe\xfd\xfc"), False),
    ("basic-auth", b64encode(b"user:${PASSWORD}"), False),
    ("jwt-header", _jwt({"alg": "HS256", "typ": "JWT"}, {"sub": "1"}), True),
    ("jwt-header", _jwt({"typ": "JWT"}, {"sub": "1"}), False),
    ("jwt-header", _jwt({"alg": 5}, {"sub": "1"}), False),
    ("jwt-header", _jwt(["alg"], {"sub": "1"}), False),
    ("jwt-header", _jwt({"alg": "none"}, {"sub": "1"}, b""), False),
    ("jwt-header", _jwt({"alg": "HS256"}, {"sub": "1"}).rpartition(b".")[0], False),
    ("jwt-header", b"eyJub3QganNvbg.eyJub3Q.sig", False),
    ("vault-sscs", b"hvs." + b"aB3" * 8, True),
    ("vault-sscs", b"hvs." + b"abc" * 8, False),
    ("vault-sscs", b"s." + b"aB3" * 8, True),
    ("vault-sscs", _sscs(), True),
    ("vault-sscs", _sscs(b"xyz." + b"aB3" * 8), False),
    ("vault-sscs", b"hvs." + b"A" * 95, False),
    ("vault-sscs", b"sk." + b"aB3" * 8, False),
    ("aws-account", b"AKIA" + b"Y3RT6WQLM2PXK7ZB", True),
    ("aws-account", b"AKIA" + b"Y3RT6WQLM2PXK7Z1", False),
    ("aws-account", b"AKIA" + b"A" * 16, False),
    ("azure-signature", b"q" * 76 + b"+ASt" + b"q" * 6 + b"==", True),
    ("azure-signature", b"q" * 86 + b"==", False),
    ("azure-signature", b"q" * 33 + b"AzSe" + b"q" * 15, True),
    ("pem-parses", PEM, True),
    ("pem-parses", QUOTED, True),
    ("pem-parses", PEM.replace(b"\n", b"\\n"), True),
    ("pem-parses", PEM.replace(b"\n", b"\n        "), True),
    ("pem-parses", fill("{pem:EC}", "checks").encode(), True),
    ("pem-parses", fill("{pem:DSA}", "checks").encode(), True),
    ("pem-parses", fill("{pem:PKCS8}", "checks").encode(), True),
    ("pem-parses", fill("{pem:OPENSSH}", "checks").encode(), True),
    ("pem-parses", fill("{pem:ENCRYPTED}", "checks").encode(), True),
    ("pem-parses", fill("{pem:RSA-ENCRYPTED}", "checks").encode(), True),
    ("pem-parses", fill("{pem:PGP}", "checks").encode(), True),
    ("pem-parses", fill("{pem:CERTIFICATE}", "checks").encode(), False),
    ("pem-parses", b"-----BEGIN PRIVATE KEY-----\n" + b"QUJD" * 30 + b"\n-----END PRIVATE KEY-----", False),
    ("pem-parses", b"-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", False),
    ("pem-plain", PEM, True),
    ("pem-plain", fill("{pem:OPENSSH}", "checks").encode(), True),
    ("pem-plain", fill("{pem:ENCRYPTED}", "checks").encode(), False),
    ("pem-plain", fill("{pem:RSA-ENCRYPTED}", "checks").encode(), False),
    ("der-base64", b"".join(fill("{pem:PKCS8}", "checks").encode().splitlines()[1:-1]), True),
    ("der-base64", b"".join(fill("{pem:CERTIFICATE}", "checks").encode().splitlines()[1:-1]), False),
]


@pytest.mark.parametrize(("name", "secret", "passes"), CASES)
def test_check(name: str, secret: bytes, passes: bool) -> None:
    assert CHECKS[name](secret) is passes


def test_every_check_is_tried_both_ways() -> None:
    tried = {(name, passes) for name, _, passes in CASES}
    assert tried == {(name, passes) for name in CHECKS for passes in (True, False)}


@given(st.binary(max_size=300))
def test_no_check_fails_on_any_bytes(secret: bytes) -> None:
    assert all(isinstance(check(secret), bool) for check in CHECKS.values())
    assert isinstance(der_private(secret), bool)
