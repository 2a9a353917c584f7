"""What has been seen before is not looked at again, and nothing is missed for that."""

from __future__ import annotations

import random
import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.detect import block_hits_twin, blocks, blocks_twin
from leakscan.detect.blocks_twin import NOWHERE, SECRET, SLOT
from leakscan.detect.seen import SeenBlocks

LINES = st.sampled_from(
    [
        b"\n",
        b"a\n",
        b"    return None\n",
        b"def f(x):\n",
        b"}\n",
        b"x" * 300 + b"\n",
        b"\0\xff\n",
        b"y" * 5000,
        b"no end",
    ]
    + [b"line number %d, which says more or less the same\n" % n for n in range(40)]
)
TEXTS = st.lists(
    st.tuples(st.lists(LINES, max_size=60).map(b"".join), st.integers(1, 3)).map(lambda t: t[0] * t[1]),
    min_size=1,
    max_size=6,
)


def test_the_compiled_one_is_there() -> None:
    """Where the tests run, there is a compiler."""
    assert blocks.COMPILED


@st.composite
def windows_of(draw, text: bytes) -> tuple[tuple[int, int], ...]:  # type: ignore[no-untyped-def]
    edges = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=8)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


SECRETS = st.one_of(
    st.sampled_from([bytes(SECRET), b"\xff" * SECRET]),
    st.integers(0, 1 << 30).map(lambda seed: random.Random(seed).randbytes(SECRET)),
)


@given(TEXTS, st.data(), SECRETS, st.integers(0, 700))
def test_compiled_is_the_twin(texts: list[bytes], data: st.DataObject, secret: bytes, reach: int) -> None:
    ours, theirs = bytearray(SLOT * 256), bytearray(SLOT * 256)
    our_store, their_store = bytearray(4), bytearray(4)
    room = mine = data.draw(st.integers(0, 200))
    for text in texts:
        windows = data.draw(windows_of(text))
        found = blocks.look(text, windows, reach, secret, ours, room)
        assert found == blocks_twin.look(text, windows, reach, secret, theirs, mine)
        room = mine = found[5]
        assert ours == theirs
        ends = data.draw(
            st.lists(st.tuples(st.integers(0, 9), st.integers(0, len(found[0]) + 2)), max_size=9)
        )
        told = blocks.hits(list(ends), found[1:5], reach, ours, our_store)
        assert told == block_hits_twin.hits(list(ends), found[1:5], reach, theirs, their_store)
        assert (ours, our_store) == (theirs, their_store)


def numbers(*some: int) -> bytes:
    return struct.pack(f"={len(some)}I", *some)


@pytest.mark.parametrize("hits", [blocks.hits, block_hits_twin.hits])
@pytest.mark.parametrize(
    ("scanned", "answer"),
    [
        ([], (b"abc", b"", b"", b"")),
        ([], (b"", b"abc", b"", b"")),
        ([], (b"", b"", b"abc", b"")),
        ([], (b"", b"", b"", b"abc")),
        ([], (b"", b"", numbers(0, 9), b"")),
        ([], (b"", b"", numbers(0, 0), b"")),
        ([], (b"", b"", b"", numbers(0, 8))),
        ([], (b"", b"", b"", numbers(0, NOWHERE))),
        ([], (numbers(0, 0, 9, 2), numbers(9, 1), b"", b"")),
        ([], (b"", numbers(9, 1), b"", b"")),
        ([(0, 5)], (numbers(0, 0, 9, 1), numbers(3, 1), b"", b"")),
        ([(0, 5)], (numbers(0, 0, 9, 1), numbers(9, 8), b"", b"")),
    ],
)
def test_answers_that_make_no_sense_are_refused(  # type: ignore[no-untyped-def]
    hits, scanned: list[tuple[int, int]], answer: tuple[bytes, bytes, bytes, bytes]
) -> None:
    table, store = bytearray(SLOT * 8), bytearray(4)
    with pytest.raises(ValueError, match="malformed"):
        hits(scanned, answer, 4, table, store)
    assert not any(table)
    assert len(store) == 4


@pytest.mark.parametrize("look", [blocks.look, blocks_twin.look])
@pytest.mark.parametrize(
    ("windows", "reach", "size", "slots", "room"),
    [
        (((0, 4),), 1, SECRET, 8, 2),
        (((2, 1),), 1, SECRET, 8, 2),
        (((-1, 1),), 1, SECRET, 8, 2),
        (((0, 2), (1, 3)), 1, SECRET, 8, 2),
        (((0, 3),), 5000, SECRET, 8, 2),
        (((0, 3),), 1, SECRET - 8, 8, 2),
        (((0, 3),), 1, SECRET, 3, 2),
        (((0, 3),), 1, SECRET, 0, 0),
        (((0, 3),), 1, SECRET, 8, 8),
        (((0, 3),), 1, SECRET, 8, -1),
    ],
)
def test_what_makes_no_sense_is_refused(  # type: ignore[no-untyped-def]
    look, windows: tuple[tuple[int, int], ...], reach: int, size: int, slots: int, room: int
) -> None:
    with pytest.raises(ValueError, match="malformed"):
        look(b"abc", windows, reach, bytes(size), bytearray(SLOT * slots), room)


WORDS = re.compile(rb"(?=(key=[a-z0-9]{3}|line[^\n]{0,60}number 7|return None\n[^x]{0,80}\}))", re.DOTALL)


def hits(text: bytes) -> list[tuple[int, int]]:
    """What an automaton might say: ends of what matches, which is at most 100 bytes long."""
    return [(len(m[1]) % 3, m.end(1)) for m in WORDS.finditer(text)]


@given(TEXTS, st.data(), st.sampled_from([16, 1 << 10, 1 << 20]))
def test_nothing_is_missed(texts: list[bytes], data: st.DataObject, slots: int) -> None:
    seen = SeenBlocks(hits, 100, slots)
    for text in [*texts, *reversed(texts)]:
        for _ in range(2):
            windows = data.draw(windows_of(text))
            found = set(seen.hits(text, windows))
            everything = set(hits(text))
            assert (
                {hit for hit in everything if any(a < hit[1] <= b for a, b in windows)} <= found <= everything
            )


@pytest.mark.parametrize("number", range(60))
def test_nothing_is_found_across_what_is_scanned_together(number: int) -> None:
    """Windows near the beginning of a text are scanned from there: what ends one does not stand before the next."""
    r = random.Random(number)
    text = b"begin " + b"".join(b"%x end\n" % r.getrandbits(8 * r.randint(1, 9)) for _ in range(30))

    def across(joined: bytes) -> list[tuple[int, int]]:
        found = re.finditer(rb"(?=(end\n{1,2}begin.{20,70}))", joined, re.DOTALL)
        return [(0, m.start(1) + n) for m in found for n in range(30, len(m[1]) + 1)]

    for low in range(40, 200, 20):
        assert SeenBlocks(across, 100).hits(text, ((0, 8), (low, low + 20))) == []


def test_what_a_text_repeats_is_found_each_time() -> None:
    r = random.Random(7)
    part = b"".join(b"%x is a line with key=a%d\n" % (r.getrandbits(64), n) for n in range(90))
    seen = SeenBlocks(hits, 100)
    for text in (part * 3, part * 2):
        assert sorted(seen.hits(text, ((0, len(text)),))) == sorted(hits(text))


def test_what_was_seen_is_not_looked_at_again() -> None:
    r = random.Random(5)
    lines = [b"%x is a line of its own with key=a%d\n" % (r.getrandbits(64), n) for n in range(4000)]
    looked: list[int] = []

    def scan(text: bytes) -> list[tuple[int, int]]:
        looked.append(len(text))
        return hits(text)

    seen = SeenBlocks(scan, 100)
    text = b"".join(lines)
    assert sorted(seen.hits(text, ((0, len(text)),))) == sorted(hits(text))
    assert sum(looked) == len(text) + 1
    looked.clear()
    lines[2000] = b"something new, key=new\n"
    changed = b"".join(lines)
    assert sorted(seen.hits(changed, ((0, len(changed)),))) == sorted(hits(changed))
    assert sum(looked) < 10_000
