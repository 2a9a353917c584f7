"""What `_rewrite.h` does, in Python: for places without a compiler, and as its oracle. Same results, many times slower.

All functions take hostile bytes. ValueError: malformed. Sizes and offsets are bytes.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from leakscan.git.delta_code import copies, inserts, varint
from leakscan.git.key_twin import key

if TYPE_CHECKING:
    from leakscan.git.buffer import Buffer

_LEAST_COPY = 8
_MAX = 0xFFFFFFFF
_ROW = {n: re.compile(rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % n, re.DOTALL) for n in (20, 32)}


def table(ids: Buffer, id_size: int, names: tuple[bytes, ...], seed: int) -> bytes:
    """What `entries` looks for: ids (one behind the other) and names, as a hash table of native 64-bit keys.

    Open addressing; as many slots as a power of two. 0 is a free slot, and the key 0 stands as 1.
    """
    if id_size not in (20, 32):
        raise ValueError("malformed")
    whole = bytes(ids)
    wanted = [whole[at : at + id_size] for at in range(0, len(whole) - id_size + 1, id_size)]
    size = 16
    while size < 2 * (len(wanted) + len(names)) + 1:
        size *= 2
    slots = [0] * size
    for item in (*wanted, *names):
        number = key(item, seed) or 1
        at = number & (size - 1)
        while slots[at] not in (0, number):
            at = (at + 1) & (size - 1)
        slots[at] = number
    return struct.pack(f"={size}Q", *slots)


def entries(
    tree: Buffer, id_size: int, table: Buffer, seed: int, named: bool = False
) -> list[tuple[bytes, bytes, bytes, int]]:
    """The entries of a tree whose id, or with `named` whose name, is in `table`: mode, name, id, where the id starts."""
    size = len(table) // 8
    if id_size not in (20, 32) or not size or size & (size - 1):
        raise ValueError("malformed")
    slots = memoryview(bytes(table)[: 8 * size]).cast("Q")
    return [
        (mode, name, oid, at)
        for mode, name, oid, at in _rows(bytes(tree), id_size)
        if _has(slots, key(oid, seed)) or (named and _has(slots, key(name, seed)))
    ]


def differing(old: Buffer, new: Buffer, id_size: int) -> list[tuple[bytes, bytes, bytes, bytes]] | None:
    """In which entries two trees differ: mode, name, old id, new id. None where they differ in more than ids."""
    if id_size not in (20, 32):
        raise ValueError("malformed")
    before, after = bytes(old), bytes(new)
    if len(before) != len(after):
        return None
    found = []
    start = 0
    for mode, name, oid, at in _rows(before, id_size):
        if before[start:at] != after[start:at]:
            return None
        start = at + id_size
        if after[at:start] != oid:
            found.append((mode, name, oid, after[at:start]))
    return found


def along(base: Buffer, data: Buffer, ranges: Buffer) -> bytes:
    """A delta that makes `data` of `base` and copies what is alike in those of `ranges`.

    `ranges` are triples of native 32-bit numbers (base_start, start, length), sorted by start; see `delta_twin.delta`.
    They may be wrong: of each, stretches of 8 bytes and more are copied where they are alike, the rest is inserted.
    """
    base, data = bytes(base), bytes(data)
    if len(base) > _MAX or len(data) > _MAX:
        raise OverflowError("larger than the limit")
    out = bytearray(varint(len(base)) + varint(len(data)))
    done = 0
    whole = bytes(ranges)
    for source, at, left in struct.iter_unpack("=3I", whole[: len(whole) // 12 * 12]):
        cut = max(0, done - at)
        if cut >= left:
            continue
        source, at, left = source + cut, at + cut, left - cut
        if source + left > len(base) or at + left > len(data):
            continue
        while left:
            same = 0
            while same < left and base[source + same] == data[at + same]:
                same += 1
            if same >= _LEAST_COPY:
                out += inserts(data[done:at]) + copies(source, same)
                done = at + same
            source, at, left = source + same, at + same, left - same
            skip = 1
            while (
                skip + _LEAST_COPY <= left
                and base[source + skip : source + skip + _LEAST_COPY]
                != data[at + skip : at + skip + _LEAST_COPY]
            ):
                skip += 1
            if skip + _LEAST_COPY > left:
                break
            source, at, left = source + skip, at + skip, left - skip
    return bytes(out + inserts(data[done:]))


def _rows(tree: bytes, id_size: int) -> list[tuple[bytes, bytes, bytes, int]]:
    found = []
    at = 0
    while at < len(tree):
        row = _ROW[id_size].match(tree, at)
        if row is None:
            raise ValueError("malformed")
        found.append((row[1], row[2], row[3], row.start(3)))
        at = row.end()
    return found


def _has(slots: memoryview, number: int) -> bool:
    number = number or 1
    at = number & (len(slots) - 1)
    for _ in range(len(slots)):
        if slots[at] == number:
            return True
        if not slots[at]:
            return False
        at = (at + 1) & (len(slots) - 1)
    return False
