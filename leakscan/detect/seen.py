"""The automaton's hits, looked for only in what no text before has had.

Deltas know what a blob shares with one other blob. Histories repeat themselves more than that: most of what is new in a
delta stands in some other version as well (in redis' history five bytes of six). So texts are cut into blocks by their own
content (see `blocks_twin`), and what was hit in a block is remembered under its hash.
"""

from __future__ import annotations

import mmap
import os
import struct
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import TYPE_CHECKING

from . import blocks
from .blocks_twin import NOWHERE, SECRET, SLOT

if TYPE_CHECKING:
    from .automaton import Hits

# Slots of a table, 12 bytes each: one for each block that is remembered, and some more.
_LEAST = 1 << 16
_MOST = 1 << 22
_SHARE = 256  # bytes that are to be read, of deltas and of what stands for itself, for each slot: most blocks are smaller
_LARGE = 8 << 20  # bytes: several large pages

_RUN = struct.Struct("=4I")
_PAIR = struct.Struct("=2I")
_VALUE = struct.Struct("=I")


def slots_for(size: int) -> int:
    """How many slots, where `size` bytes are to be read."""
    return min(max(1 << (size // _SHARE).bit_length(), _LEAST), _MOST)


def _memory(size: int) -> bytearray | mmap.mmap:
    """Zeros. A large table is asked all over: large pages, where the system has them, let the processor find the places."""
    if size < _LARGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        return bytearray(size)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


class SeenBlocks:
    """Remembers what was hit in which block. One per process.

    `scan` gives the hits (rule, end) in a text; none of them depends on more than `reach` bytes before its end.
    """

    def __init__(self, scan: Callable[[bytes], Hits], reach: int, slots: int = _LEAST) -> None:
        self._scan = scan
        self._reach = reach
        self._slots = slots
        self._secret = os.urandom(SECRET)
        self._forget()

    def _forget(self) -> None:
        self._table = _memory(SLOT * self._slots)
        self._room = self._slots * 3 // 4
        self._lists: list[Hits] = [[]]  # by value: hits as (rule, bytes behind the block's start)

    def hits(self, text: bytes, windows: tuple[tuple[int, int], ...]) -> Hits:
        """All hits that end in the windows (half-open, sorted, disjoint), and perhaps some that end near them.

        In no order; duplicates possible.
        """
        if self._room < self._slots // 8:
            self._forget()
        fresh, runs, new, known, again, self._room = blocks.look(
            text, windows, self._reach, self._secret, self._table, self._room
        )
        found: Hits = []
        for at, value in _PAIR.iter_unpack(known):
            found += [(rule, at + behind) for rule, behind in self._lists[value]]
        if fresh and (hits := self._scan(fresh)):
            found += self._placed(hits, runs, new)
        for at, slot in _PAIR.iter_unpack(again):
            (value,) = _VALUE.unpack_from(self._table, SLOT * slot + 8)
            found += [(rule, at + behind) for rule, behind in self._lists[value]]
        return found

    def _placed(self, hits: Hits, runs: bytes, new: bytes) -> Hits:
        """Hits in the joined runs as hits in the text; they are remembered.

        None is of two runs: each begins `reach` bytes before what counts in it, or as many line breaks after the one before.
        """
        hits.sort(key=itemgetter(1))
        ends = [end for _, end in hits]
        found: Hits = []
        done = at = first = 0
        for origin, low, high, count in _RUN.iter_unpack(runs):
            at += self._reach if at and not origin else 0
            shift = origin - at
            at += high - origin + 1
            last = bisect_left(ends, at, first)
            if last > first:
                some = [(rule, end + shift) for rule, end in hits[first:last] if low < end + shift <= high]
                if some:
                    found += some
                    self._note(some, low, new[done * _PAIR.size : (done + count) * _PAIR.size])
                first = last
            done += count
        return found

    def _note(self, hits: Hits, low: int, packed: bytes) -> None:
        """Remember hits in the blocks of a run, the first of which starts at `low`."""
        blocks: Sequence[tuple[int, int]] = list(_PAIR.iter_unpack(packed))
        ends = [end for end, _ in blocks]
        lists: dict[int, Hits] = {}
        for rule, end in hits:
            number = bisect_left(ends, end)
            behind = end - (ends[number - 1] if number else low)
            lists.setdefault(blocks[number][1], []).append((rule, behind))
        for slot, some in lists.items():
            if slot != NOWHERE:
                _VALUE.pack_into(self._table, SLOT * slot + 8, len(self._lists))
                self._lists.append(some)
