"""A pack's version 2 index, read as `_plan.h` reads it, in Python. https://git-scm.com/docs/gitformat-pack"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leakscan.git.buffer import Buffer


class Index:
    """A version 2 index. ValueError where its tables do not fit into it."""

    def __init__(self, data: Buffer, id_size: int) -> None:
        if id_size not in (20, 32) or len(data) < 1032 + 2 * id_size or data[:8] != b"\xfftOc\0\0\0\2":
            raise ValueError("malformed")
        self._data = data
        self._id_size = id_size
        self._fanout = struct.unpack(">256I", data[8:1032])
        self.n = self._fanout[255]
        room = len(data) - 1032 - 2 * id_size
        if self.n > room // (id_size + 8) or any(a > b for a, b in pairwise(self._fanout)):
            raise ValueError("malformed")
        self._offsets = 1032 + self.n * (id_size + 4)
        self._large = self._offsets + self.n * 4
        self._n_large = (room - self.n * (id_size + 8)) // 8

    def id(self, position: int) -> bytes:
        at = 1032 + position * self._id_size
        return bytes(self._data[at : at + self._id_size])

    def find(self, oid: bytes) -> int:
        low: int = self._fanout[oid[0] - 1] if oid[0] else 0
        high: int = self._fanout[oid[0]]
        while low < high:
            middle = (low + high) // 2
            here = self.id(middle)
            if here == oid:
                return middle
            if here < oid:
                low = middle + 1
            else:
                high = middle
        return -1

    def offset(self, position: int) -> int:
        at = self._offsets + 4 * position
        offset = int.from_bytes(self._data[at : at + 4], "big")
        if offset >> 31:
            offset &= 0x7FFFFFFF
            if offset >= self._n_large:
                return 0xFFFFFFFFFFFFFFFF
            at = self._large + 8 * offset
            offset = int.from_bytes(self._data[at : at + 8], "big")
        return offset


def find(idx: Buffer, ids: Buffer, id_size: int) -> bytes:
    """The positions of `ids` (one behind the other) in a version 2 index, as native signed 32-bit numbers; -1 is absent."""
    index = Index(idx, id_size)
    view = bytes(ids)
    found = [index.find(view[i : i + id_size]) for i in range(0, len(view) - id_size + 1, id_size)]
    return struct.pack(f"={len(found)}i", *found)


def shared(idx: Buffer, other: Buffer, id_size: int) -> bytes:
    """For each object of an index one byte: whether the other index has it as well."""
    mine, others = Index(idx, id_size), Index(other, id_size)
    return bytes(others.find(mine.id(i)) >= 0 for i in range(mine.n))
