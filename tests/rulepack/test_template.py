"""Templates: deterministic, of the right structure, and nothing that looks like a placeholder."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.filters import placeholders
from leakscan.rulepack.generators import BASE62, entropy
from leakscan.rulepack.template import fill


@pytest.mark.parametrize(
    ("template", "shape"),
    [
        ("{base62:36}", r"[0-9A-Za-z]{36}"),
        ("{alnum:20}", r"[0-9A-Za-z]{20}"),
        ("{hex:40}", r"[0-9a-f]{40}"),
        ("{HEX:40}", r"[0-9A-F]{40}"),
        ("{base64:88}", r"[0-9A-Za-z+/]{86}=="),
        ("{base64:44}", r"[0-9A-Za-z+/]{43}="),
        ("{base64:40}", r"[0-9A-Za-z+/]{40}"),
        ("{base64url:43}", r"[0-9A-Za-z_-]{43}"),
        ("{base32:16}", r"[A-Z2-7]{16}"),
        ("{lower:10}-{upper:10}", r"[a-z]{10}-[A-Z]{10}"),
        ("{digits:12}", r"[1-9][0-9]{11}"),
        ("{lowernum:24}{uppernum:20}", r"[a-z0-9]{24}[A-Z0-9]{20}"),
        ("{uuid}", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("{github-token:ghs_}", r"ghs_[0-9A-Za-z]{36}"),
        ("{npm-token}", r"npm_[0-9A-Za-z]{36}"),
        ("{password}", r"[!-~]{14}"),
        ("{word}", r"[a-z]{4,9}"),
        ("{pick:a|b}", r"a|b"),
        ("${FOO} {{x}} {hex} {hex:x} {unknown:3} {hex:0}", r"\$\{FOO\} \{\{x\}\} \{hex\} \{hex:x\} \{unknown:3\} \{hex:0\}"),
    ],
)  # fmt: skip
def test_shapes(template: str, shape: str) -> None:
    for seed in ("a", "b", "c"):
        assert re.fullmatch(shape, fill(template, seed))


@given(st.text(max_size=8))
def test_the_seed_decides(seed: str) -> None:
    template = "{base62:40} {base62:40} {jwt} {pick:a|b|c}"
    filled = fill(template, seed)
    assert filled == fill(template, seed)
    assert filled != fill(template, seed + "x")
    first, second, *_ = filled.split()
    assert first != second


def test_values_are_the_same_everywhere() -> None:
    assert fill("{digits:6}{lower:6}", "fixed") == "299750ccuhyb"


@given(
    st.sampled_from(["base62", "hex", "base64", "base64url", "base32", "lowernum"]),
    st.integers(16, 200),
    st.text(max_size=5),
)
def test_values_look_random(name: str, length: int, seed: str) -> None:
    value = fill(f"{{{name}:{length}}}", seed)
    assert len(value) == length
    assert placeholders.reason(value.encode(), value.encode()) is None
    assert entropy(value) > 2.9
    if name in ("base62", "base64", "base64url"):
        assert re.search("[a-z]", value)
        assert re.search("[A-Z]", value)
        assert re.search("[0-9]", value)


@given(st.integers(1, 60), st.text(max_size=5))
def test_base64_decodes(groups: int, seed: str) -> None:
    assert len(b64decode(fill(f"{{base64:{groups * 4}}}", seed), validate=True)) > 0


def test_checksums() -> None:
    token = fill("{github-token:ghp_}", "s")
    body, check = token[4:34], token[34:]
    value = 0
    for char in check:
        value = value * 62 + BASE62.index(char)
    assert value == zlib.crc32(body.encode())


def test_a_json_web_token() -> None:
    header, payload, signature = fill("{jwt:vault}", "s").split(".")
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    assert json.loads(urlsafe_b64decode(header + "==")) == {"alg": "HS256", "typ": "JWT"}
    assert claims["iss"] == "vault"
    assert claims["exp"] > claims["iat"]
    assert len(urlsafe_b64decode(signature + "=")) == 32


def body_of(block: str) -> bytes:
    lines = [line for line in block.splitlines() if not line.startswith("-----") and ": " not in line]
    return b64decode("".join(line for line in lines if not line.startswith("=")), validate=True)


@pytest.mark.parametrize("kind", ["RSA", "DSA", "EC", "PKCS8", "ENCRYPTED", "CERTIFICATE"])
def test_keys_are_der(kind: str) -> None:
    body = body_of(fill(f"{{pem:{kind}}}", "s"))
    size, at = body[1], 2
    if size & 0x80:
        at += size & 0x7F
        size = int.from_bytes(body[2:at], "big")
    assert body[0] == 0x30
    assert at + size == len(body)


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("RSA", "RSA PRIVATE KEY"),
        ("RSA-ENCRYPTED", "RSA PRIVATE KEY"),
        ("EC", "EC PRIVATE KEY"),
        ("OPENSSH", "OPENSSH PRIVATE KEY"),
        ("PKCS8", "PRIVATE KEY"),
        ("ENCRYPTED", "ENCRYPTED PRIVATE KEY"),
        ("PGP", "PGP PRIVATE KEY BLOCK"),
    ],
)
def test_labels(kind: str, label: str) -> None:
    lines = fill(f"{{pem:{kind}}}", "s").splitlines()
    assert lines[0] == f"-----BEGIN {label}-----"
    assert lines[-1] == f"-----END {label}-----"
    assert max(map(len, lines)) <= 76
    escaped = fill(f"{{pem:{kind}:escaped}}", "s")
    assert "\n" not in escaped
    assert escaped.split("\\n")[0] == lines[0]


def test_openssh_keys_begin_with_their_magic() -> None:
    assert body_of(fill("{pem:OPENSSH}", "s")).startswith(b"openssh-key-v1\x00")


def test_an_unknown_kind_of_key_stays() -> None:
    assert fill("{pem:NONE}", "s") == "{pem:NONE}"
