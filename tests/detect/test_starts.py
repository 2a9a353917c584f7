"""Where the automaton's hits leave room for a match: as the twin says, and wherever there is one."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscan.detect import _places, places_twin
from leakscan.detect.must import run_of
from leakscan.detect.places_twin import CLASS, ROW
from leakscan.rulepack.compose import compose
from leakscan.rulepack.load import pack_files
from leakscan.rulepack.template import fill

TEXTS = st.lists(st.sampled_from([b"a", b"ab", b"-", b"0" * 9, b"a0" * 30, b"\xff", b"\n"])).map(b"".join)
CLASSES = b"".join(
    sum(1 << byte for byte in some).to_bytes(CLASS, "little") for some in (b"a", b"ab0", b"0\xff", b"")
)
ROWS = st.tuples(
    st.integers(0, 40),
    st.integers(0, 6),
    st.integers(0, 12),
    st.integers(0, 9),
    st.integers(0, 60),
    st.integers(0, 3),
).map(lambda row: (*row[:4], row[3] + row[4], row[5]))


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.lists(ROWS, max_size=4), st.data())
def test_compiled_is_the_twin_and_both_say_what_they_should(
    text: bytes, rows: list[tuple[int, ...]], data: st.DataObject
) -> None:
    hits = data.draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, len(text))), max_size=30))
    table = b"".join(ROW.pack(*row) for row in rows)
    found = _places.starts(text, hits, table, CLASSES)
    assert found == places_twin.starts(text, hits, table, CLASSES)
    for rule, (lead, near, least, low, high, number) in enumerate(rows):
        members = {b for b in range(256) if CLASSES[number * CLASS + (b >> 3)] >> (b & 7) & 1}
        runs = {at for at in range(len(text) - least + 1) if members.issuperset(text[at : at + least])}
        assert {at for a, b in found.get(rule, []) for at in range(a, b)} == {
            at
            for at in range(len(text))
            if near
            and any(end - lead <= at <= end - near for of, end in hits if of == rule)
            and (not least or not runs.isdisjoint(range(at + low, at + high + 1)))
        }


CONTEXT, LOOK = 12, 4
PAIRS = st.lists(st.integers(0, 120), unique=True, max_size=12).map(
    lambda ends: list(zip(*[iter(sorted(ends))] * 2, strict=False))
)


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(st.integers(0, 3), PAIRS, max_size=3),
    PAIRS,
    st.lists(st.integers(0, CONTEXT), min_size=4),
)
def test_what_nothing_new_decides_on_is_left_out(
    spans: dict[int, list[tuple[int, int]]], new: list[tuple[int, int]], some: list[int]
) -> None:
    size = 120
    windows: list[tuple[int, int]] = []
    for low, high in new:  # what is new, widened and joined
        low, high = max(0, low - CONTEXT), min(size, high + CONTEXT)
        if windows and low <= windows[-1][1]:
            low = windows.pop()[0]
        windows.append((low, high))
    needs = b"".join(need.to_bytes(4, sys.byteorder) for need in some)
    args = (spans, tuple(windows), needs, size, CONTEXT, LOOK)
    left = _places.fresh(*args)
    assert left == places_twin.fresh(*args)
    for rule, all_of_it in spans.items():
        before = {at for a, b in all_of_it for at in range(a, b)}
        after = {at for a, b in left.get(rule, []) for at in range(a, b)}
        decided = {
            at for at in before if any(low < at + some[rule] and at - LOOK < high for low, high in new)
        }
        assert decided <= after <= before
        assert some[rule] or after == before


@settings(deadline=None)
@given(PAIRS)
def test_little_is_looked_at_beside_what_is_new(spans: list[tuple[int, int]]) -> None:
    """A window around one new byte, far from the ends of the text."""
    needs = (3).to_bytes(4, sys.byteorder)
    left = _places.fresh({0: spans}, ((60 - CONTEXT, 61 + CONTEXT),), needs, 120, CONTEXT, LOOK)
    assert {at for a, b in left.get(0, []) for at in range(a, b)} == {
        at for a, b in spans for at in range(a, b) if 60 - 3 < at < 61 + LOOK
    }


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9))), st.binary(max_size=5))
def test_hits_are_parted_alike(hits: list[tuple[int, int]], far: bytes) -> None:
    marks, held = _places.parted(hits, far)
    assert (marks, held) == places_twin.parted(hits, far)
    assert marks == [hit for hit in hits if hit[0] >= len(far)]
    assert held == {hit for hit in hits if hit not in marks and far[hit[0]]}


@pytest.mark.parametrize("taker", [_places.taker, places_twin.taker])
def test_what_the_automaton_calls(taker) -> None:  # type: ignore[no-untyped-def]
    hits: list[tuple[int, int]] = []
    take = taker(hits)
    assert take(3, 0, 1 << 40, 0, None) is take(4, 5, 6, 7, "x") is None
    assert hits == [(3, 1 << 40), (4, 6)]
    with pytest.raises(TypeError):
        take(1, 2)


@pytest.mark.parametrize("starts", [_places.starts, places_twin.starts])
def test_what_makes_no_sense_is_refused(starts) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="malformed"):
        starts(b"abc", [(0, 4)], ROW.pack(1, 1, 0, 0, 0, 0), b"")
    with pytest.raises(ValueError, match="malformed"):
        starts(b"abc", [(0, 3)], ROW.pack(1, 1, 1, 0, 0, 1), bytes(CLASS))


@pytest.mark.parametrize(
    ("pattern", "run"),
    [
        (r"\btok_(?P<secret>[0-9a-f]{32})\b", (b"0123456789abcdef", 32, 4, 4)),
        (r"(?i:box)[^\n]{0,40}(?P<secret>[a-f0-9]{9,20})", (b"0123456789abcdef", 9, 3, 43)),
        (r"(?i:x[a-f]{20})", (b"ABCDEFabcdef", 20, 1, 1)),
        (r"key(?:[0-9]{40}|[A-F]{30})", (b"0123456789ABCDEF", 30, 3, 3)),
        (r"[0-9]{8}-[0-9]{8}", (b"-0123456789", 17, 0, 0)),
    ],
)
def test_the_run_of_a_pattern(pattern: str, run: tuple[bytes, int, int, int]) -> None:
    found = run_of(pattern)
    assert found is not None
    assert (bytes(sorted(found.members)), *found[1:]) == run


@pytest.mark.parametrize(
    "pattern", [r"password=[^\n]{1,40}", r"(?P<a>[a-f]{9})?x", "abc", r"(?:[A-F]|x){0,9}"]
)
def test_a_pattern_without_one(pattern: str) -> None:
    assert run_of(pattern) is None


def test_every_example_of_the_pack_has_its_run() -> None:
    for definition in compose(pack_files([], builtin=True)):
        rule = definition.rule
        run = run_of(rule.pattern)
        for number, example in enumerate(rule.examples):
            text = fill(example, f"{rule.id}/{number}").encode()
            for found in re.finditer(rule.pattern.encode(), text):
                assert run is None or any(
                    run.members.issuperset(text[at : at + run.least]) and at + run.least <= found.end()
                    for at in range(found.start() + run.low, found.start() + run.high + 1)
                ), rule.id
