"""Keys that were published together with what they make of what."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.filters.vectors import LINES, Vectors, can_be_in_one
from leakscan.model.lines import FEW, Lines

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


def at_key(text: str) -> tuple[Lines, int, int]:
    start = text.index(KEY)
    return Lines(text.encode()), start, start + len(KEY)


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


@pytest.mark.parametrize("asked", [1, FEW + 1])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(("away", "holds"), [(LINES, True), (LINES + 1, False)])
def test_how_far_it_looks(asked: int, before: bool, away: int, holds: bool) -> None:
    lines = [f"msg = {bits(8)} ", f"tag = {bits(8)} ", f"ct = {bits(8)} ", *["nothing here"] * (away - 3)]
    text = "\n".join([*lines, f"key = {KEY}"] if before else [f"key = {KEY}", *reversed(lines)])
    place, vectors = at_key(text), Vectors()
    assert [vectors.hold(*place) for _ in range(asked)][-1] is holds


_LINES = st.sampled_from(
    [
        "",
        "nothing here",
        f"msg = {bits(20)}",
        f'  "ct": "{bits(9)}",',
        f"tag: {bits(16)}",
        f"iv = {bits(12)}\r",
        f"key = {KEY}",
        f"{KEY} msg = {bits(4)} ct = {bits(4)} tag = {bits(4)}",
        f"{KEY}{'x' * 2001} iv = {bits(8)}",
        f"iv = {bits(8)} {'x' * 1990}{KEY}",
        f"iv = {bits(8)} {'x' * 2100}{KEY}",
        "x" * 70_000,
    ]
)


@given(st.lists(st.tuples(_LINES, st.integers(1, 30)), min_size=4, max_size=30), st.booleans())
def test_many_keys_of_a_text_are_told_as_one_is(runs: list[tuple[str, int]], ends: bool) -> None:
    text = ("\n".join(line for line, times in runs for _ in range(times)) + "\n" * ends).encode()
    places = [found.span() for found in re.finditer(KEY.encode(), text)]
    many, lines = Vectors(), Lines(text)
    said = [many.hold(lines, *place) for _ in range(3) for place in places]
    assert said == 3 * [Vectors().hold(Lines(text), *place) for place in places]
