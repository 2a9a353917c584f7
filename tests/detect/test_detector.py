"""Detection by automaton and through deltas finds what every pattern finds on the whole text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscan.detect import automaton as automaton_module
from leakscan.detect.automaton import Kind
from leakscan.detect.confirm import Keep, Timeout
from leakscan.detect.detector import Detector
from leakscan.detect.state import LOOK, NEAR, State
from leakscan.model.content import Copy, Novelty
from leakscan.model.lines import FEW, Lines, line_span, line_spans, region
from leakscan.model.match import Match
from leakscan.model.rule import Requirement, Rule
from leakscan.rulepack.width import literals, measure


def rule(id: str, pattern: str, requires: tuple[Requirement, ...] = ()) -> Rule:
    return Rule(
        id=id, name=id, description="", severity="high", confidence="high", pattern=pattern, requires=requires
    )


RULES = [
    rule("a.token", r"\b(?P<secret>tok_[0-9a-z]{12})\b"),
    rule("a.greedy", r"(?i:open)[^\n]{0,60}(?P<secret>close[0-9])"),
    rule(
        "a.assign",
        r"(?i:acme)[\w.]{0,20}[ \t]{0,3}[:=][ \t]{0,3}[\"']?(?P<secret>[0-9a-f]{8,64})(?![0-9a-z])",
    ),
    rule("a.block", r"-----BEGIN KEY-----\n(?P<secret>[A-Za-z0-9+/=\n]{16,2000})-----END KEY-----"),
    rule("a.overlap", r"(?P<secret>abcab)", (Requirement("a.token", 5),)),
]


def keep(rule: int, text: bytes, match: Match) -> bool:
    """A check that sees as far as it may."""
    return b"!" not in text[max(0, match.start - LOOK) : match.end + LOOK]


def detector(
    rules: list[Rule], keep: Keep, kind: Kind = "full", exhaustive: bool = False, trusted: bool = True
) -> Detector:
    shapes = [measure(rule.pattern) for rule in rules]
    return Detector(
        rules, keep, shapes=shapes, literals=literals, kind=kind, exhaustive=exhaustive, trusted=trusted
    )


FAST = detector(RULES, keep)
SLOW = detector(RULES, keep, exhaustive=True)

PIECES = st.sampled_from(
    [
        b"tok_0123456789ab", b"tok_", b"0123456789ab", b"OPEN", b"open x close1 close2", b"close3",
        b"acme_key = '0badc0ffee00",
        b"ACME:", b"deadbeefdeadbeef", b"-----BEGIN KEY-----\n", b"QUJD" * 8 + b"\n", b"-----END KEY-----", b"-----",
        b"abcabcab", b"abc", b"\n", b" ", b"!", b"'", b"x" * 50, b"y" * 200, b"z " * 300, b"\xff\x00",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map(b"".join)


def detect(by: Detector, text: bytes) -> State:
    timeouts: list[Timeout] = []
    state = by.detect(text, timeouts)
    assert not timeouts
    return state


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_the_automaton_finds_what_the_patterns_find(text: bytes) -> None:
    assert detect(FAST, text).matches == detect(SLOW, text).matches


FLOODS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                b"acme ",
                b"acme='",
                b"tok_",
                b"acme=0badc0ffee",
                b"deadbeef",
                b"acme = 'deadbeef01' ",
                b"open ",
                b"abcab ",
            ]
        ),
        st.integers(1, 300),
    ),
    min_size=2,
    max_size=8,
).map(lambda parts: b"".join(piece * times for piece, times in parts))


@settings(max_examples=150, deadline=None)
@given(FLOODS, TEXTS)
def test_a_flood_of_what_rules_look_for_hides_nothing(flood: bytes, text: bytes) -> None:
    for whole in (flood + text + flood, text + flood):
        assert detect(FAST, whole).matches == detect(SLOW, whole).matches


def touching(matches: Iterable[Match], spans: Sequence[tuple[int, int]]) -> set[Match]:
    return {m for m in matches if any(m.start <= high and low <= m.end for low, high in spans)}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=5).map(b"".join), max_size=12))
def test_of_texts_that_hold_nothing_nothing_more_is_asked(texts: list[bytes]) -> None:
    loud = FAST.loud(texts)
    assert {n for n, text in enumerate(texts) if detect(SLOW, text) != State()} <= loud
    assert {n for n, text in enumerate(texts) if detect(FAST, text) != State()} <= loud
    assert not FAST.loud([b"words\n", b"", b"more words"])


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.lists(st.integers(1, 30), max_size=3))
def test_what_touches_some_lines_is_found_with_all_that_overlaps_it(text: bytes, lines: list[int]) -> None:
    spans = line_spans(text, [(line, line + 1) for line in sorted(lines)])
    timeouts: list[Timeout] = []
    found = set(FAST.detect_within(text, spans, timeouts).matches)
    everything = set(detect(SLOW, text).matches)
    reported = touching(everything, spans)
    assert found <= everything
    assert touching(found, spans) == reported
    decisive = {
        m
        for m in everything
        for r in reported
        if m.secret_start < r.secret_end and r.secret_start < m.secret_end
    }
    linked = {m for m in everything if RULES[m.rule].id in ("a.overlap", "a.token")}
    assert decisive | (linked if reported else set()) <= found


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60).map(lambda b: b.replace(b"q", b"\n")), st.integers(1, 12), st.integers(0, 5))
def test_spans_of_lines(text: bytes, first: int, more: int) -> None:
    lines = text.split(b"\n")
    wanted = lines[first - 1 : first + more]
    spans = line_spans(text, [(first, first + more)])
    assert [text[low:high] for low, high in spans] == ([b"\n".join(wanted)] if wanted else [])


CHARACTERS = st.lists(
    st.sampled_from(
        [b"\n", b"a", "é".encode(), "\u20ac".encode(), "\U0001f511".encode(), b"\xff", b"\xe2\x82"]
    ),
    min_size=1,
).map(b"".join)


@given(
    st.one_of(CHARACTERS, st.binary(min_size=1, max_size=80).map(lambda b: b.replace(b"q", b"\n"))), st.data()
)
def test_lines_that_are_listed_are_those_that_are_counted(text: bytes, data: st.DataObject) -> None:
    lines = Lines(text)
    for _ in range(FEW + 9):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        assert lines.region(start, end) == region(text, start, end)


@given(TEXTS, st.data(), st.integers(0, 300))
def test_a_line_is_looked_for_no_further_than_asked(text: bytes, data: st.DataObject, most: int) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    low, high = line_span(text, start, end)
    assert b"\n" not in text[low:start] + text[end:high]
    assert text[max(0, low - 1) : low] in (b"", b"\n")
    assert text[high : high + 1] in (b"", b"\n")
    assert line_span(text, start, end, most) == (max(low, start - most), min(high, end + most))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_the_quick_automaton_and_the_search_without_hyperscan_find_the_same(text: bytes) -> None:
    assert detect(QUICK, text).matches == detect(PLAIN, text).matches == detect(SLOW, text).matches


def _without_hyperscan() -> Detector:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "hyperscan", None)
        return detector(RULES, keep)


def _quick() -> Detector:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(automaton_module, "read_cache", lambda name: None)
        return detector(RULES, keep, kind="quick")


PLAIN = _without_hyperscan()
QUICK = _quick()


def edit(base: bytes, random_: random.Random, pieces: list[bytes]) -> tuple[bytes, list[Copy]]:
    """A text made of copies from `base`, in any order, and of inserted pieces."""
    out = b""
    copies: list[Copy] = []
    at = 0
    for piece in pieces:
        length = random_.randrange(0, len(base) - at + 1)
        if random_.random() < 0.2:
            at = random_.randrange(0, len(base) + 1)
            length = random_.randrange(0, len(base) - at + 1)
        if length:
            copies.append(Copy(at, len(out), length))
            out += base[at : at + length]
            at += length
        if random_.random() < 0.3:
            at = min(len(base), at + random_.randrange(0, 30))
        if random_.random() < 0.6:
            out += piece
    if at < len(base) and random_.random() < 0.8:
        copies.append(Copy(at, len(out), len(base) - at))
        out += base[at:]
    return out, _joined(copies)


def _joined(copies: list[Copy]) -> list[Copy]:
    out: list[Copy] = []
    for copy in copies:
        last = out[-1] if out else None
        if (
            last
            and last.start + last.length == copy.start
            and last.base_start + last.length == copy.base_start
        ):
            out[-1] = last._replace(length=last.length + copy.length)
        else:
            out.append(copy)
    return out


def windows(base: bytes, text: bytes, copies: list[Copy], context: int) -> tuple[tuple[int, int], ...]:
    """By the letter of `Novelty`: a byte at a time."""
    near = bytearray(len(text))
    changed = [True] * len(text)
    seams = []
    for copy in copies:
        for i in range(copy.start, copy.start + copy.length):
            changed[i] = False
        end, base_end = copy.start + copy.length, copy.base_start + copy.length
        if (copy.start == 0) != (copy.base_start == 0) or copy.start:
            seams.append(copy.start)
        if end < len(text) or base_end < len(base):
            seams.append(end)
    for at, new in enumerate(changed):
        if new:
            near[max(0, at - context) : at + context + 1] = b"\1" * len(
                near[max(0, at - context) : at + context + 1]
            )
    for seam in seams:
        low, high = max(0, seam - context), min(len(text), seam + context)
        near[low:high] = b"\1" * (high - low)
    out: list[tuple[int, int]] = []
    for at, wanted in enumerate(near):
        if wanted and out and out[-1][1] == at:
            out[-1] = (out[-1][0], at + 1)
        elif wanted:
            out.append((at, at + 1))
    return tuple(out)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.lists(st.lists(PIECES, max_size=6), min_size=1, max_size=4), st.integers(0, 1 << 30))
def test_what_is_carried_through_deltas_is_what_stands(
    base: bytes, edits: list[list[bytes]], seed: int
) -> None:
    random_ = random.Random(seed)
    state = detect(FAST, base)
    for pieces in edits:
        text, copies = edit(base, random_, pieces)
        novelty = Novelty(tuple(copies), windows(base, text, copies, FAST.context))
        timeouts: list[Timeout] = []
        state = FAST.update(text, state, novelty, timeouts)
        assert state.matches == detect(SLOW, text).matches
        base = text


def test_an_unchanged_text_is_not_scanned_again() -> None:
    text = b"tok_0123456789ab " + b"x" * 5000
    state = detect(FAST, text)
    again = FAST.update(text, state, Novelty((Copy(0, 0, len(text)),), ()), [])
    assert again.matches == state.matches != ()


def test_a_pattern_that_takes_too_long_is_named() -> None:
    slow = [rule("a.slow", r"aaaa(?:a|aa){1,140}(?P<secret>b)")]
    timeouts: list[Timeout] = []
    detector(slow, lambda rule, text, match: True, trusted=False).detect(b"a" * 280, timeouts)
    assert timeouts == [Timeout(0)]


def test_near_is_what_a_window_covers() -> None:
    assert FAST.context >= NEAR + LOOK
