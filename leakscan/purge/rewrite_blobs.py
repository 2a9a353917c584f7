"""Rewritten blobs stored as the old ones are: as deltas of one another.

Where an old blob is a delta that copies from its base, the new one copies the same from the new base: both have the same
bytes exchanged.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from typing import TYPE_CHECKING

from leakscan.git import kernel

from . import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .objects import Reader
    from .pack_writer import PackWriter
    from .replace import Edit, Matcher

_KEPT = 64 << 20  # bytes of new blobs that others may rest on


class BlobStore:
    """Stores blobs that have been promised by their id, at the end, when it is known which there are."""

    def __init__(self, reader: Reader, writer: PackWriter, matcher: Matcher) -> None:
        self._reader, self._writer, self._matcher = reader, writer, matcher
        self._kept: OrderedDict[bytes, tuple[bytes, list[Edit]]] = OrderedDict()
        self._size = 0

    def store(self, promised: Mapping[bytes, bytes]) -> None:
        """Write the new form of each of `promised` (old id: new id), bases first."""
        done: set[bytes] = set()
        for first in promised:
            chain = [first]
            while chain:
                old = chain[-1]
                found = None if old in done else self._reader.base(old)
                base = found[0] if found is not None else None
                if base is not None and base in promised and base not in done and base not in chain:
                    chain.append(base)
                    continue
                chain.pop()
                if old not in done:
                    done.add(old)
                    usable = found if base in done else None
                    self._write(old, usable, promised)

    def _write(
        self, old: bytes, found: tuple[bytes, bytes] | None, promised: Mapping[bytes, bytes]
    ) -> None:  # fmt: skip
        new, edits = self._made(old)
        if found is not None and promised[found[0]] != promised[old]:
            base, base_edits = self._made(found[0])
            delta = kernel.along(base, new, _moved(found[1], edits, base_edits))
            if 2 * len(delta) < len(new):
                self._writer.put("blob", promised[old], new, (promised[found[0]], delta))
                return
        self._writer.put("blob", promised[old], new)

    def _made(self, old: bytes) -> tuple[bytes, list[Edit]]:
        made = self._kept.get(old)
        if made is None:
            raw = self._reader.read(old)
            edits = self._matcher.edits(raw)
            new = replace.apply(raw, edits)
            made = (new if not self._matcher.spans(new) else self._matcher.replaced(new), edits)
            self._kept[old] = made
            self._size += len(made[0])
            while self._size > _KEPT and len(self._kept) > 2:
                self._size -= len(self._kept.popitem(last=False)[1][0])
        return made


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
