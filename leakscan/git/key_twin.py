"""Hashes of object ids, by which the kernel finds them: as `_trees.h` makes them, in Python."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leakscan.git.buffer import Buffer


def key(data: bytes, seed: int) -> int:
    """A 64-bit hash of an object id. Keyed: nobody can choose ids that collide."""
    mask = 0xFFFFFFFFFFFFFFFF
    h = seed ^ (len(data) * 0x9E3779B97F4A7C15 & mask)
    whole = len(data) & ~7
    for at in range(0, whole, 8):
        h = (h ^ int.from_bytes(data[at : at + 8], "little")) * 0xD6E8FEB86659FD93 & mask
        h = (h ^ h >> 32) + seed & mask
    h = (h ^ int.from_bytes(data[-8:], "little")) * 0xD6E8FEB86659FD93 & mask
    h = (h ^ h >> 32) + seed & mask
    h = h * 0xD6E8FEB86659FD93 & mask
    return h ^ h >> 29


def keys(ids: Buffer, id_size: int, seed: int) -> bytes:
    """`key` of every one of `ids`, native 64-bit numbers."""
    view = bytes(ids)
    found = [key(view[at : at + id_size], seed) for at in range(0, len(view) - id_size + 1, id_size)]
    return struct.pack(f"={len(found)}Q", *found)
