"""In which order to read some objects of many: the plan of a pack, as far as they and their bases go.

The plan of a whole pack looks at the header of every entry. A push brings a few dozen objects to a repository of
millions, so here only their own entries and those that they are made from are looked at.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.git.header import BLOB
from leakscan.git.steps import HAS_CHILDREN, LAST_CHILD, STEP, depth_first, heaviest_last
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from leakscan.git.header import Header
    from leakscan.git.objects import ObjectStore
    from leakscan.git.pack import Pack

NOBODYS = 0xFFFFFFFF  # the position of an entry that is only there to make others from
BASE = 4  # a flag of such a step: it is worth telling, so that those that rest on it can inherit


class Some(NamedTuple):
    """Steps for each pack of the store (see `steps`), and ids (sorted) of what they do not cover."""

    steps: tuple[bytes, ...]
    singles: list[bytes]


def plan(store: ObjectStore, oids: Collection[bytes]) -> Some:
    """How to read the blobs with these ids, each once."""
    left = sorted(oids)
    singles: list[bytes] = []
    steps = []
    for pack in store.packs:
        positions = struct.unpack(f"={len(left)}i", kernel.find(pack.index, b"".join(left), store.id_size))
        some = _Families(pack, [position for position in positions if position >= 0])
        steps.append(some.steps())
        singles += [pack.oid(position) for position in some.unplanned]
        left = [oid for oid, position in zip(left, positions, strict=True) if position < 0]
    return Some(tuple(steps), sorted(singles + left))


class _Families:
    """The entries of a pack that hold some objects, and those that they are made from."""

    def __init__(self, pack: Pack, positions: Collection[int]) -> None:
        self.unplanned: list[int] = []  # broken, foreign, no blob: for somebody who looks closer
        self._positions = positions
        self._asked = {pack.offset(position): position for position in positions}
        self._offsets: list[int] = []
        self._headers: list[Header] = []
        self._children: list[list[int]] = []
        self._roots: list[int] = []
        number: dict[int, int] = {}  # of an entry, by its offset
        for offset in sorted(self._asked):
            below = -1
            at: int | None = offset
            while at is not None:
                known = number.get(at)
                header = None if known is not None else pack.header(at)
                if known is None:
                    if header is None:
                        break  # what rests on it is in no family
                    known = number[at] = len(self._offsets)
                    self._offsets.append(at)
                    self._headers.append(header)
                    self._children.append([])
                if below >= 0:
                    self._children[known].append(below)
                if header is None:
                    break
                if header.base is None and header.type == BLOB:
                    self._roots.append(known)
                below, at = known, _base(pack, header)

    def steps(self) -> bytes:
        """All of them, depth first."""
        offsets, headers, children = self._offsets, self._headers, self._children
        heaviest_last(self._roots, children)
        out = []
        told: set[int] = set()
        planned = set()
        for i, depth, parent in depth_first(self._roots, children):
            position = self._asked.get(offsets[i], NOBODYS)
            flags = HAS_CHILDREN if children[i] else 0
            if parent >= 0 and children[parent][-1] == i:
                flags |= LAST_CHILD
            if position == NOBODYS and (len(children[i]) > 1 or parent in told):
                flags |= BASE
            if position != NOBODYS or flags & BASE:
                told.add(i)
            planned.add(position)
            header = headers[i]
            out.append(STEP.pack(header.data, header.size, position, depth, flags))
        self.unplanned = sorted(set(self._positions) - planned)
        return b"".join(out)


def _base(pack: Pack, header: Header) -> int | None:
    """Where the entry is that one is made from; None where there is none in this pack."""
    if not isinstance(header.base, bytes):
        return header.base
    position = pack.find(header.base)
    return None if position is None else pack.offset(position)
