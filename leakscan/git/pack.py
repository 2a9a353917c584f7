"""One pack: its index and its entries, mapped into memory. https://git-scm.com/docs/gitformat-pack

Only the index version 2 is known further in; version 1, and what a multi-pack index says of a pack that has lost its own
index, are turned into it here.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.git.header import read_header
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.buffer import Buffer
    from leakscan.git.header import Header

_IDX = b"\xfftOc"
_NAMES = 8 + 1024  # where an index's ids start


class Malformed(ValueError):
    """A pack or an index is not what it says it is. The text is for a person."""


class Plan(NamedTuple):
    """In which order to walk a pack: see `plan_twin.plan`."""

    foreign: bytes
    commits: bytes
    trees: bytes
    blobs: bytes
    tags: bytes
    broken: bytes


class Pack:
    """A pack by the path of its .pack file. Raises Malformed, OSError. Not picklable."""

    def __init__(self, path: bytes, id_size: int, index: bytes | None = None) -> None:
        """`index` replaces the .idx file."""
        self.path = path
        self.id_size = id_size
        self.data = _map(path)
        self.index: Buffer = _map(path[:-5] + b".idx") if index is None else index
        head = self.data[:12]
        if head[:4] != b"PACK" or head[4:8] not in (b"\0\0\0\2", b"\0\0\0\3"):
            raise Malformed("not a pack of version 2 or 3")
        if self.index[:4] != _IDX:
            self.index = _modern(self.index, id_size)
        try:
            kernel.find(self.index, b"", id_size)
        except ValueError:
            raise Malformed("its index is malformed") from None
        self.count: int = struct.unpack(">I", self.index[_NAMES - 4 : _NAMES])[0]
        self._offsets = _NAMES + self.count * (id_size + 4)
        if len(self.data) < 12 + id_size:
            raise Malformed("truncated")

    def plan(self) -> Plan:
        """The order in which to walk this pack."""
        made = Plan(*kernel.plan(self.index, self.data, self.id_size, True))
        self.forget()
        _forget(self.index)
        return made

    def steps(self, planned: Buffer) -> bytes:
        """The steps that some of a plan's stand for: see `steps`."""
        return kernel.steps(self.index, self.data, planned, self.id_size)

    def names(self) -> memoryview:
        """The ids of all objects, one behind the other in the order of the index."""
        return memoryview(self.index)[_NAMES : _NAMES + self.count * self.id_size]

    def oid(self, position: int) -> bytes:
        """The id of the object at a position of the index."""
        at = _NAMES + position * self.id_size
        return bytes(self.index[at : at + self.id_size])

    def find(self, oid: bytes) -> int | None:
        """The position of an id in the index."""
        found: int = struct.unpack("=i", kernel.find(self.index, oid, self.id_size))[0]
        return None if found < 0 else found

    def offset(self, position: int) -> int:
        """Where the entry of the object at a position starts. Whatever a hostile index says."""
        at = self._offsets + 4 * position
        offset = int.from_bytes(self.index[at : at + 4], "big")
        if offset >> 31:
            at = self._offsets + 4 * self.count + 8 * (offset & 0x7FFFFFFF)
            offset = int.from_bytes(self.index[at : at + 8], "big")
        return offset

    def header(self, offset: int) -> Header | None:
        """The header of the entry at `offset`; None where there is no sound one."""
        return read_header(self.data, len(self.data) - self.id_size, offset, self.id_size)

    def forget(self) -> None:
        """Let go of the pages read so far: they stay in the system's cache, but no longer count as this process's memory."""
        _forget(self.data)

    def close(self) -> None:
        """Unmap the files."""
        self.data.close()
        if isinstance(self.index, mmap.mmap):
            self.index.close()


def _forget(file: Buffer) -> None:
    if isinstance(file, mmap.mmap) and hasattr(file, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        file.madvise(mmap.MADV_DONTNEED)


def _map(path: bytes) -> mmap.mmap:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Malformed("not a file")
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        if not os.fstat(descriptor).st_size:
            raise Malformed("empty")
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)


def _modern(old: Buffer, id_size: int) -> bytes:
    """A version 1 index as version 2."""
    if len(old) < 1024 + 2 * id_size:
        raise Malformed("its index is malformed")
    count = struct.unpack(">I", old[1020:1024])[0]
    width = 4 + id_size
    table = bytes(old[1024 : 1024 + count * width])
    if len(table) != count * width:
        raise Malformed("its index is malformed")
    rows = [(table[at + 4 : at + width], table[at : at + 4]) for at in range(0, len(table), width)]
    return make_index([(oid, int.from_bytes(offset, "big")) for oid, offset in rows], id_size)


def make_index(
    rows: Sequence[tuple[bytes, int]], id_size: int, checksums: Sequence[int] | None = None
) -> bytes:
    """A version 2 index of (id, offset), without checksums of its own; `checksums` are the CRCs of the entries."""
    order = sorted(range(len(rows)), key=rows.__getitem__)
    ids = [rows[i][0] for i in order]
    offsets = [rows[i][1] for i in order]
    fanout = [bisect_left(ids, bytes([first + 1])) for first in range(255)]
    large = [offset for offset in offsets if offset >> 31]
    if large:
        numbers = iter(range(len(large)))
        offsets = [1 << 31 | next(numbers) if offset >> 31 else offset for offset in offsets]
    sums = (
        bytes(4 * len(ids))
        if checksums is None
        else struct.pack(f">{len(ids)}I", *(checksums[i] for i in order))
    )
    return b"".join(
        (
            _IDX + b"\0\0\0\2",
            struct.pack(">256I", *fanout, len(ids)),
            *ids,
            sums,
            struct.pack(f">{len(offsets)}I", *offsets),
            struct.pack(f">{len(large)}Q", *large),
            bytes(2 * id_size),
        )
    )


def read_midx(path: bytes, id_size: int) -> dict[bytes, list[tuple[bytes, int]]]:
    """What a multi-pack index knows: (id, offset) by the file name of the index of each pack. Raises Malformed, OSError.

    https://git-scm.com/docs/gitformat-pack#_multi_pack_index_midx_files_have_the_following_format
    """
    with _map(path) as data:
        if data[:4] != b"MIDX" or data[4] != 1 or len(data) < 12:
            raise Malformed("not a multi-pack index of version 1")
        chunks: dict[bytes, bytes] = {}
        table = data[12 : 12 + 12 * (data[6] + 1)]
        if len(table) != 12 * (data[6] + 1):
            raise Malformed("truncated")
        marks = [
            (table[at : at + 4], int.from_bytes(table[at + 4 : at + 12], "big"))
            for at in range(0, len(table), 12)
        ]
        for (name, start), (_, end) in pairwise(marks):
            chunks[name] = data[start:end] if start <= end <= len(data) else b""
    names = chunks.get(b"PNAM", b"").rstrip(b"\0").split(b"\0")
    oids, places, large = chunks.get(b"OIDL", b""), chunks.get(b"OOFF", b""), chunks.get(b"LOFF", b"")
    count = len(oids) // id_size
    if len(places) != 8 * count:
        raise Malformed("its tables do not fit each other")
    found: dict[bytes, list[tuple[bytes, int]]] = {name: [] for name in names}
    for i, (number, offset) in enumerate(struct.iter_unpack(">II", places)):
        if offset >> 31 and large:
            at = 8 * (offset & 0x7FFFFFFF)
            offset = int.from_bytes(large[at : at + 8], "big")
        if number < len(names):
            found[names[number]].append((oids[i * id_size : (i + 1) * id_size], offset))
    return found
