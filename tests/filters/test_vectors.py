"""Keys that were published together with what they make of what."""

from __future__ import annotations

import random

import pytest

from leakscan.filters.vectors import LINES, Vectors, can_be_in_one

_R = random.Random(4)


def bits(size: int) -> str:
    return _R.randbytes(size).hex()


KEY = bits(16)

VECTORS = {
    "Wycheproof": f'''
        {{
          "tcId": 7,
          "comment": "a short one",
          "flags": ["Normal"],
          "key": "{KEY}",
          "iv": "{bits(12)}",
          "aad": "",
          "msg": "{bits(900)}",
          "ct": "{bits(900)}",
          "result": "valid"
        }},''',
    "NIST": f"""
[Keylen = 128]
COUNT = 3
KEY = {KEY}
IV = {bits(16)}
PLAINTEXT = {bits(16)}
CIPHERTEXT = {bits(16)}
""",
    "lines of a name and bytes": f"""
comment = Official test vector 1, seed: "{bits(32)}"
private_key = {KEY}
ciphertext = {bits(700)}
expected_result = pass
expected_shared_secret = {bits(32)}
""",
    "a table in Go": f"""
    {{
        key:        "{KEY}",
        nonce:      "{bits(12)}",
        plaintext:  hexDecode("{bits(32)}"),
        ciphertext: "{bits(48)}",
    }},
""",
    "bytes in C": f"""
    const uint8_t key[] = {{0x{KEY}}};
    const uint8_t msg[] = {{ 0x61, 0x62 }};
    static uint8_t tag[2] = {{ 0x0a, 0x1b }};
    uint8_t *ct = hex("{bits(9)}");
""",
    "a key of a group of tests": f"""
      "private": {{ "kty": "oct", "k": "{KEY}" }},
      "tests": [
        {{
          "tcId": 1,
          "pt": "666f6f",
          "enc": "A256",
          "result": "valid",
""",
}

OTHERS = {
    "a key, a nonce and a salt": f"""
KEY = {KEY}
IV = {bits(16)}
SALT = {bits(16)}
""",
    "a message with words": f'''
{{"key": "{KEY}", "message": "hello there", "signature": "none so far", "info": "about", "tag": "v1", "count": 3}}
''',
    "settings": f"""
api_key: {KEY}
seed: 12
tag: latest
digest: sha256
message: "welcome"
result: 3
""",
    "a key alone": f"key = {KEY}\n",
    "names that are too far away": f"""
key = {KEY}
{"another line" + chr(10) * 1}{("nothing here" + chr(10)) * LINES}
aad = {bits(8)}
msg = {bits(8)}
ct = {bits(8)}
""",
}


def at_key(text: str) -> tuple[bytes, int, int]:
    start = text.index(KEY)
    return text.encode(), start, start + len(KEY)


@pytest.mark.parametrize("text", VECTORS.values(), ids=VECTORS)
def test_a_vector(text: str) -> None:
    assert Vectors().hold(*at_key(text))


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_no_vector(text: str) -> None:
    assert not Vectors().hold(*at_key(text))


@pytest.mark.parametrize(
    ("rule", "secret", "generic", "can"),
    [
        ("generic.key", KEY.encode(), True, True),
        ("generic.key", b"correct horse battery", True, False),
        ("generic.key", KEY[:8].encode(), True, False),
        ("private-key.pem", b"-----", False, True),
        ("jwt.token", b"e30.e30.", False, True),
        ("aws.secret-access-key", KEY.encode(), False, False),
        ("private-keys.other", KEY.encode(), False, False),
    ],
)
def test_what_only_a_vendor_makes_is_none(rule: str, secret: bytes, generic: bool, can: bool) -> None:
    assert can_be_in_one(rule, secret, generic=generic) is can
