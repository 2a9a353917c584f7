"""The automaton's hits, looked for only in what no text before has had.

Deltas know what a blob shares with one other blob. Histories repeat themselves more than that: most of what is new in a
delta stands in some other version as well (in redis' history five bytes of six). So texts are cut into blocks by their own
content (see `blocks_twin`), and what was hit in a block is remembered under its hash.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from . import blocks
from .blocks_twin import SECRET, SLOT

if TYPE_CHECKING:
    from .automaton import Hits

# Slots of a table, 12 bytes each: one for each block that is remembered, and some more.
_LEAST = 1 << 16
_MOST = 1 << 22
_SHARE = 256  # bytes that are to be read, of deltas and of what stands for itself, for each slot: most blocks are smaller
_LARGE = 8 << 20  # bytes: several large pages


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
        self._store = bytearray(4)  # see `block_hits_twin`

    def hits(self, text: bytes, windows: tuple[tuple[int, int], ...]) -> Hits:
        """All hits that end in the windows (half-open, sorted, disjoint), and perhaps some that end near them.

        In no order; duplicates possible.
        """
        if self._room < self._slots // 8:
            self._forget()
        fresh, runs, new, known, again, self._room = blocks.look(
            text, windows, self._reach, self._secret, self._table, self._room
        )
        scanned = self._scan(fresh) if fresh else []
        if not scanned and not known and not again:
            return []
        return blocks.hits(scanned, (runs, new, known, again), self._reach, self._table, self._store)
