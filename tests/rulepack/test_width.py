"""Widths and literals of patterns, against what the patterns really match."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leakscan.rulepack.shape import Literal, Shape
from leakscan.rulepack.tree import alphabet, unbounded_at
from leakscan.rulepack.width import UNBOUNDED, anchors, literals, measure


@pytest.mark.parametrize(
    ("pattern", "shape"),
    [
        ("abc", Shape(3, 3, 0, 0)),
        (r"\ba{2,5}b?\b", Shape(2, 6, 1, 1)),
        ("(?:ab|cde)(?P<secret>x)", Shape(3, 4, 0, 0)),
        ("(?<![a-z]{3})a(?=b{2,7})", Shape(1, 1, 3, 7)),
        ("a(?=b(?=cc))", Shape(1, 1, 0, 3)),
        ("(?<=a)b*", Shape(0, UNBOUNDED, 1, 0)),
        ("(?:a{3}){2,4}", Shape(6, 12, 0, 0)),
        ("(?>ab?)c{0}", Shape(1, 2, 0, 0)),
    ],
)
def test_shapes(pattern: str, shape: Shape) -> None:
    assert measure(pattern) == shape


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\bghp_[0-9A-Za-z]{36}\b", [("ghp_", 4)]),
        ("gh[pousr]_x", [("gho_x", 5), ("ghp_x", 5), ("ghr_x", 5), ("ghs_x", 5), ("ghu_x", 5)]),
        ("(?i:AcMe)_[0-9]{8}", [("acme_", 5)]),
        ("[0-9a-f]{32}-us[0-9]{1,2}", [("-us", 35)]),
        ("(?:abc|xyz)?[0-9]{2}key", [("key", 8)]),
        ("(?:alpha|beta)[0-9]", [("alpha", 5), ("beta", 4)]),
        ("(?:alpha|[0-9]{5})x", None),
        ("(?:abc){2}", [("abcabc", 6)]),
        ("[0-9]{4}(?:abc){1,3}", [("abc", 7)]),
        ("[0-9]{20}", None),
        ("ab[0-9]", None),
        ("(?:http)s?://x", [("http://x", 8), ("https://x", 9)]),
    ],
)
def test_literals(pattern: str, expected: list[tuple[str, int]] | None) -> None:
    found = literals(pattern)
    assert (found and [(text.decode(), end) for text, end in found]) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("-----BEGIN (?:RSA )?KEY[a-z]{1,400}", [b"-----begin key", b"-----begin rsa key"]),
        ("(?<!x)eyJhbG[a-z]{9}", [b"eyjhbg"]),
        ("[a-z]eyJ", []),
        ("(?:abc)?[0-9]", []),
    ],
)
def test_anchors(pattern: str, expected: list[bytes]) -> None:
    assert list(anchors(pattern)) == expected


def test_alphabet() -> None:
    assert alphabet(r"[a-c]{2}(?=z)(?:d|\d)") == frozenset(b"abcd0123456789")
    assert alphabet(r"[^\x01-\xff]") == frozenset((0,))


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("a*b+?", [(1, "*"), (3, "+")]),
        (r"\*[*+]{2,}x{3}", [(6, "{2,}")]),
        ("[]+]a{,3}(?:b){1,}", [(14, "{1,}")]),
        ("(?<=a)b", []),
    ],
)
def test_unbounded_quantifiers_are_pointed_at(pattern: str, places: list[tuple[int, str]]) -> None:
    assert unbounded_at(pattern) == places


# Small patterns over a small alphabet, so that matches, repetitions and overlaps are frequent.
PIECES = st.recursive(
    st.sampled_from(["a", "b", "C", "abc", "[ab]", "[0-9]", "[a-z]", ".", r"\b", "(?=a)", "(?<!b)", "(?i:Ab)"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda p: f"(?:{'|'.join(p)})"),
        st.tuples(inner, st.sampled_from(["?", "{2}", "{0,3}", "{1,2}?", "{3}"])).map(lambda p: f"(?:{p[0]}){p[1]}"),
    ),
    max_leaves=8,
)  # fmt: skip


@given(PIECES, st.data())
def test_every_match_has_the_shape_and_holds_a_literal(pattern: str, data: st.DataObject) -> None:
    strategy = st.from_regex(re.compile(pattern.encode()))
    try:
        text = data.draw(strategy)
    except Exception:  # a pattern that nothing matches, such as (?=a)b
        assume(False)
        raise
    shape, found, starts = measure(pattern), literals(pattern), anchors(pattern)
    for m in re.finditer(pattern.encode(), text):
        matched = m[0].lower()
        assert shape.min_len <= len(m[0]) <= shape.max_len
        if found is not None:
            assert any(_holds(matched, literal) for literal in found), (pattern, text)
        if starts:
            assert matched.startswith(starts)


def _holds(matched: bytes, literal: Literal) -> bool:
    at = matched.find(literal.text)
    return at >= 0 and at + len(literal.text) <= literal.max_end


@given(PIECES, st.text(alphabet="abcC01 ", max_size=30))
def test_nothing_beyond_the_lookarounds_decides(pattern: str, text: str) -> None:
    shape = measure(pattern)
    compiled = re.compile(pattern.encode())
    raw = text.encode()
    for m in compiled.finditer(raw):
        low = max(0, m.start() - shape.look_behind)
        cut = raw[low : m.end() + shape.look_ahead]
        if shape.look_ahead + shape.look_behind == 0 or low == 0:
            again = compiled.match(cut, m.start() - low)
            assert again is not None
            assert again.start() == m.start() - low
