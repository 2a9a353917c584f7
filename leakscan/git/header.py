"""The headers of a pack's entries and of deltas. https://git-scm.com/docs/gitformat-pack"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from leakscan.git.buffer import Buffer

COMMIT, TREE, BLOB, TAG, OFS_DELTA, REF_DELTA = 1, 2, 3, 4, 6, 7


class Header(NamedTuple):
    """A pack entry's header. `base` is an offset, an id, or None for a whole object."""

    type: int
    size: int
    data: int
    base: int | bytes | None


def read_header(pack: Buffer, end: int, offset: int, id_size: int) -> Header | None:
    """The header of the entry at `offset`; None where it is malformed. `end` is where the pack's trailer starts."""
    at = offset
    if at < 12 or at >= end:
        return None
    byte = pack[at]
    at += 1
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 128:
        if at == end or shift > 56:
            return None
        byte = pack[at]
        at += 1
        size |= (byte & 127) << shift
        shift += 7
    if kind == OFS_DELTA:
        if at == end:
            return None
        byte = pack[at]
        at += 1
        value = byte & 127
        while byte & 128:
            if at == end or value >> 55:
                return None
            byte = pack[at]
            at += 1
            value = (value + 1) << 7 | (byte & 127)
        return Header(kind, size, at, offset - value) if 0 < value <= offset else None
    if kind == REF_DELTA:
        if end - at < id_size:
            return None
        return Header(kind, size, at + id_size, bytes(pack[at : at + id_size]))
    return Header(kind, size, at, None) if kind in (COMMIT, TREE, BLOB, TAG) else None


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if shift > 56:
            break
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at
    raise ValueError("malformed")
