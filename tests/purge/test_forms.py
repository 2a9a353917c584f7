"""Each shape of a secret is found and replaced in kind, with the vectorised search and without."""

from __future__ import annotations

import base64
import html
import json
import quopri
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.model.errors import UsageError
from leakscan.purge.replace import Matcher

SECRET = b'S3cr3t/Key+abc"def&012345=x'

SHAPES: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda s: s,
    "utf-16-le": lambda s: s.decode().encode("utf-16-le"),
    "utf-16-be": lambda s: s.decode().encode("utf-16-be"),
    "base64": base64.b64encode,
    "base64, shifted": lambda s: base64.b64encode(b"x" + s),
    "base64, shifted twice": lambda s: base64.b64encode(b"xy" + s),
    "base64, wrapped": lambda s: base64.encodebytes(b"A" * 50 + s + b"B" * 80),
    "base64, for URLs": base64.urlsafe_b64encode,
    "base64 of UTF-16": lambda s: base64.b64encode(s.decode().encode("utf-16-le")),
    "hex": lambda s: s.hex().encode(),
    "HEX": lambda s: s.hex().upper().encode(),
    "percent": lambda s: urllib.parse.quote(s, safe="").encode(),
    "every byte percent": lambda s: b"".join(b"%%%02X" % c for c in s),
    "JSON": lambda s: json.dumps(s.decode()).encode(),
    "JSON in JSON": lambda s: json.dumps(json.dumps(s.decode())).encode(),
    "JSON, all escaped": lambda s: b"".join(b"\\u%04x" % c for c in s),
    "C": lambda s: b"".join(b"\\x%02x" % c for c in s),
    "HTML": lambda s: html.escape(s.decode()).encode(),
    "HTML, all escaped": lambda s: b"".join(b"&#%d;" % c for c in s),
    "quoted-printable": lambda s: quopri.encodestring(b"k=" * 31 + s + b"=" * 40),
    "continued lines": lambda s: s[:9] + b"\\\n  " + s[9:],
}


def plain(secrets: list[bytes]) -> Matcher:
    """Without Hyperscan."""
    matcher = Matcher(secrets)
    matcher._hits = matcher._plain
    matcher._any = matcher._contains
    return matcher


@pytest.mark.parametrize("make", [lambda s: Matcher([s]), lambda s: plain([s])], ids=["fast", "plain"])
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: str, make: Callable[[bytes], Matcher]) -> None:
    matcher = make(SECRET)
    data = b"before " * 9 + SHAPES[shape](SECRET) + b" after"
    spans = matcher.spans(data)
    assert len(spans) == 1
    for length in ("free", "same"):
        out = matcher.replaced(data, length)
        assert matcher.spans(out) == ()
        assert out.startswith(b"before ")
        assert out.endswith(b" after")
        assert length == "free" or len(out) == len(data)


@given(st.binary(max_size=60), st.binary(max_size=60), st.sampled_from(sorted(SHAPES)))
def test_whatever_is_around(before: bytes, after: bytes, shape: str) -> None:
    if shape.startswith("utf-16") and len(before) % 2:
        before += b"."
    data = before + b"|" * (2 if "16" in shape else 1) + SHAPES[shape](SECRET) + b"\0|" + after
    fast, slow = Matcher([SECRET]), plain([SECRET])
    assert fast.spans(data) == slow.spans(data) != ()
    assert fast.spans(fast.replaced(data)) == ()


@given(st.binary(max_size=400))
def test_what_has_none_stays(data: bytes) -> None:
    assert Matcher([SECRET]).replaced(data) == data


def test_secrets_that_match_everywhere_are_refused() -> None:
    with pytest.raises(UsageError, match="shorter"):
        Matcher([b"abc"])


def test_the_token_must_be_clean() -> None:
    with pytest.raises(UsageError, match="--token"):
        Matcher([b"REMOVED"])
    with pytest.raises(UsageError, match="--token"):
        Matcher([b"abcd"], b"xabcdx")


@pytest.mark.parametrize(
    "text",
    [
        b"some\\_secret\\_value\\_of\\_words",
        b"some_secret_val\\\nue_of_words",
        b"some%5Fsecret_value_of_words",
    ],
)
def test_underscores(text: bytes) -> None:
    assert Matcher([b"some_secret_value_of_words"]).replaced(b"(" + text + b")") == b"(***REMOVED***)"


def test_names_stay_names() -> None:
    name = Matcher([b"s3cret-name"]).name(b"refs/heads/x-s3cret-name")
    assert name == b"refs/heads/x-REMOVED"


WORDS = [
    b"Redis example file\nin two\r\nlines 0a",
    b"config%uration=for_ex-ample",
    b"plain words and words\there",
]
ESCAPES: list[Callable[[bytes], bytes]] = [
    lambda c: c,
    lambda c: b"%%%02x" % ord(c),
    lambda c: b"=%02X" % ord(c),
    lambda c: b"\\x%02x" % ord(c),
    lambda c: b"\\%03o" % ord(c),
    lambda c: b"\\u%04x" % ord(c),
    lambda c: b"\\u{%x}" % ord(c),
    lambda c: b"\\u{000000000000%x}" % ord(c),
    lambda c: b"&#%d;" % ord(c),
    lambda c: b"&#x%040x;" % ord(c),
    lambda c: b"\\" + c if c in b" %=_-" else c,
    lambda c: b"=\n" + c,
    lambda c: b"\\\n" + b" " * 50 + c,
    lambda c: b"\\n" if c == b"\n" else b"" if c == b"\r" else c,
    lambda c: b"\n \t  " if c == b"\n" else c,
]


def patient(secret: bytes) -> Matcher:
    """Tries its patterns wherever one of their literals stands."""
    matcher = Matcher([secret])
    matcher.forms = tuple(form._replace(around={}) for form in matcher.forms)
    return matcher


MATCHERS = {secret: (Matcher([secret]), patient(secret)) for secret in WORDS}


@given(st.sampled_from(WORDS), st.data())
def test_nothing_is_passed_over_near_common_words(secret: bytes, data: st.DataObject) -> None:
    letters = [secret[at : at + 1] for at in range(len(secret))]
    rare = data.draw(st.lists(st.sampled_from(ESCAPES), min_size=3, max_size=3))
    ways = data.draw(
        st.lists(st.sampled_from([ESCAPES[0]] * 6 + rare), min_size=len(secret), max_size=len(secret))
    )
    around = data.draw(
        st.lists(st.sampled_from([secret[:7], secret[-7:], b" \n", b"for ", secret[3:15]]), max_size=5)
    )
    text = b"".join([*around, *(way(letter) for way, letter in zip(ways, letters, strict=True)), *around])
    quick, slow = MATCHERS[secret]
    assert quick.spans(text) == slow.spans(text)


@pytest.mark.parametrize("secret", WORDS)
def test_one_letter_escaped_among_common_words(secret: bytes) -> None:
    matcher = Matcher([secret])
    for way in ESCAPES:
        for at in range(len(secret)):
            text = b"for " + secret[:at] + way(secret[at : at + 1]) + secret[at + 1 :] + b" " + secret[-7:]
            assert matcher.spans(text), text
