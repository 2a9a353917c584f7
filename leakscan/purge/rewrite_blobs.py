"""Rewritten blobs stored as the old ones are: as deltas of one another.

Where an old blob is a delta that copies from its base, the new one copies the same from the new base: both have the same
bytes exchanged.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from leakscan.git import kernel

from . import replace
from .families import walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakscan.git.inventory import Inventory

    from .objects import Hit
    from .pack_writer import PackWriter
    from .reader import Reader
    from .replace import Edit, Matcher

_Made: TypeAlias = "tuple[bytes, bytes, list[Edit]]"  # a new blob: id, content, how it was made


def store_blobs(
    held: Inventory, reader: Reader, writer: PackWriter, matcher: Matcher, promised: Mapping[bytes, bytes],
    hits: Mapping[bytes, Hit],
) -> None:  # fmt: skip
    """Write the new form of each of `promised` (old id: new id, which were given out already), bases first."""

    def store(old: bytes, raw: bytes, base: _Made | None, copies: bytes) -> _Made:
        edits = matcher.edits(raw, spans=hits[old].spans)
        new = replace.apply(raw, edits)
        oid = promised[old]
        if writer.oid("blob", new) != oid:  # a replacement has put something together
            new = matcher.replaced(new)
        if base is not None:
            delta = kernel.along(base[1], new, _moved(copies, edits, base[2]))
            if 2 * len(delta) < len(new):
                writer.put("blob", oid, new, (base[0], delta))
                return oid, new, edits
        writer.put("blob", oid, new)
        return oid, new, edits

    done = walk(held, "blobs", promised, store)
    for old in sorted(promised.keys() - done):
        store(old, reader.read(old), None, b"")


def _moved(copies: bytes, edits: Sequence[Edit], base_edits: Sequence[Edit]) -> bytes:
    """Where copied ranges are in the new texts."""
    here, there = _Map(edits), _Map(base_edits)
    found: list[int] = []
    for base_start, start, length in struct.iter_unpack("=3I", copies):
        first, last = here.new(start), here.new(start + length)
        base_first, base_last = there.new(base_start), there.new(base_start + length)
        if last - first == base_last - base_first:
            found += (base_first, first, last - first)
    return struct.pack(f"={len(found)}I", *found)


class _Map:
    """Where an offset has gone; one in the midst of what was exchanged goes to its end."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._starts = [start for start, _, _ in edits]
        self._ends = [end for _, end, _ in edits]
        self._shifts = [0, *accumulate(len(instead) - (end - start) for start, end, instead in edits)]

    def new(self, at: int) -> int:
        number = bisect_right(self._starts, at - 1) if at else 0
        if number and at < self._ends[number - 1]:
            at = self._ends[number - 1]
        return at + self._shifts[number]
