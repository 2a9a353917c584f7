"""The automaton's hits, looked for only in what no text before has had.

Deltas know what a blob shares with one other blob. Histories repeat themselves more than that: most of what is new in a
delta stands in some other version as well (in redis' history five bytes of six). So texts are cut into blocks by their own
content (see `blocks_twin`), and what was hit in a block is remembered under its hash.
"""

from __future__ import annotations

import os
import struct
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from . import blocks
from .blocks_twin import NOWHERE, PRIME

if TYPE_CHECKING:
    from .automaton import Hits

SLOTS = 1 << 20  # blocks that can be remembered; a slot takes 12 bytes

_RUN = struct.Struct("=4I")
_PAIR = struct.Struct("=2I")
_VALUE = struct.Struct("=I")


class SeenBlocks:
    """Remembers what was hit in which block. One per process.

    `scan` gives the hits (rule, end) in a text; none of them depends on more than `reach` bytes before its end.
    """

    def __init__(self, scan: Callable[[bytes], Hits], reach: int, slots: int = SLOTS) -> None:
        self._scan = scan
        self._reach = reach
        self._slots = slots
        self._point = int.from_bytes(os.urandom(8), "little") % PRIME
        self._forget()

    def _forget(self) -> None:
        self._keys = bytearray(8 * self._slots)
        self._values = bytearray(4 * self._slots)
        self._room = self._slots * 3 // 4
        self._lists: list[Hits] = [[]]  # by value: hits as (rule, bytes behind the block's start)

    def hits(self, text: bytes, start: int, end: int) -> Hits:
        """All hits that end in `text[start:end]`, and perhaps some that end near it. In no order; duplicates possible."""
        if self._room < self._slots // 8:
            self._forget()
        runs, new, known, again, self._room = blocks.look(
            text, start, end, self._reach, self._point, self._keys, self._values, self._room
        )
        found: Hits = []
        for at, value in _PAIR.iter_unpack(known):
            found += [(rule, at + behind) for rule, behind in self._lists[value]]
        done = 0
        for origin, low, high, count in _RUN.iter_unpack(runs):
            hits = [(rule, origin + end) for rule, end in self._scan(text[origin:high]) if origin + end > low]
            if hits:
                found += hits
                self._note(hits, low, new[done * _PAIR.size : (done + count) * _PAIR.size])
            done += count
        for at, slot in _PAIR.iter_unpack(again):
            (value,) = _VALUE.unpack_from(self._values, 4 * slot)
            found += [(rule, at + behind) for rule, behind in self._lists[value]]
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
                _VALUE.pack_into(self._values, 4 * slot, len(self._lists))
                self._lists.append(some)
