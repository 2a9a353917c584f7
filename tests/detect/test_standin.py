"""The stand-in must see whatever the pattern matches, within its lead."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscan.detect import places, places_twin
from leakscan.detect.automaton import build
from leakscan.detect.standin import LIMIT, stand_in
from leakscan.model.rule import Rule
from leakscan.rulepack.width import literals

hyperscan = pytest.importorskip("hyperscan")

PATTERNS = [
    r"\b(?P<secret>ghp_[0-9A-Za-z]{36})\b",
    r"(?i:acme|dd_api)[ \t\w.\-]{0,40}(?:=>|:=|=|:)[ \t]{0,4}[\"']{0,2}(?P<secret>[0-9a-f]{32})(?![0-9a-z])",
    r"(?<![a-z])(?i:pass(?:word|wd)?)[\w]{0,20}\s{0,4}[:=]\s{0,4}[\"']?(?P<secret>[^\s\"']{4,80})",
    r"-----BEGIN (?:RSA |EC )?PRIVATE KEY-----(?P<secret>[A-Za-z0-9+/=\s]{64,800})-----END",
    r"[a-z]{0,10}@?(?:abc|defg){1,3}(?:x|y{2,5})?z?",
    r"eyJhb[\w-]{10,40}\.eyJ[\w-]{10,20}\.[\w-]{10,40}",
    r"(?>tok|token)_(?P<secret>[A-F]{4}(?:-[A-F]{4}){3,})?[^x]end",
    r"(?i:SECRET)_{1,3}+[^\W\d]{3}",
    r"(?P<secret>00D[0-9A-Z]{4}(?:[0-9a-z]{3})?![0-9A-Z._]{8,12})(?![0-9A-Z._])",
    r"(?i:magento[\w. ]{0,24}(?:token|secret)|mag_[0-9]{1,12}x|repo\.magento)[^\n]{0,20}=(?P<secret>[a-z0-9]{32})",
    r"key(?:[0-9]{3}|[a-z]{2,9}q)(?=;)",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), before=st.binary(max_size=8), after=st.binary(max_size=8))
def test_every_match_starts_where_it_may(
    pattern: str, data: st.DataObject, before: bytes, after: bytes
) -> None:
    text = before + data.draw(st.from_regex(pattern.encode())) + after
    found = re.search(pattern.encode(), text)
    automaton = _full(pattern)
    for starts in (places.starts, places_twin.starts):
        spans = starts(text, automaton.hits(text), *automaton.table).get(0, [])
        if found:
            assert any(low <= found.start() < high for low, high in spans)


def _rule(pattern: str) -> Rule:
    return Rule(id="a.b", name="", description="", severity="low", confidence="low", pattern=pattern)


_made = {p: build([_rule(p)], literals, "full") for p in PATTERNS}


def _full(pattern: str):  # type: ignore[no-untyped-def]
    return _made[pattern]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_is_no_wider_than_the_limit(pattern: str) -> None:
    stand = stand_in(pattern)
    assert stand is not None
    assert stand.width <= 2 * LIMIT


@pytest.mark.parametrize("pattern", ["[a-z]{0,40}", r"\bx?(?=abcdef)", "ab|c", "(?:abc)?d"])
def test_what_says_too_little_has_none(pattern: str) -> None:
    assert stand_in(pattern) is None
