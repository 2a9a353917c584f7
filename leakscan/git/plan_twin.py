"""What `_plan.h` does, in Python: in which order to walk a pack. Steps: see `steps`."""

from __future__ import annotations

import struct
from bisect import bisect_left
from typing import TYPE_CHECKING

from leakscan.git.header import BLOB, COMMIT, TAG, TREE, read_header
from leakscan.git.index_twin import Index
from leakscan.git.steps import HAS_CHILDREN, LAST_CHILD, PLANNED, STEP, depth_first, heaviest_last

if TYPE_CHECKING:
    from leakscan.git.buffer import Buffer

_MAX = 0xFFFFFFFF


def plan(
    idx: Buffer, pack: Buffer, id_size: int, mapped: bool = False
) -> tuple[bytes, bytes, bytes, bytes, bytes, bytes]:
    """In which order to walk a pack, from its version 2 index.

    Returns the index positions (native 32-bit numbers) of deltas that rest on a base outside of the pack; what is planned of
    commits, of trees, of blobs and of tags; the index positions of broken entries: without a sound header, without their
    base, or on a circle. Of a base's children the one with most behind it comes last, so that few bases wait at a time.
    `mapped` says that `pack` is a file mapped for reading: the compiled kernel then lets go of the pages that it has read.
    """
    if id_size not in (20, 32) or len(pack) < 12 + id_size:
        raise ValueError("malformed")
    index = Index(idx, id_size)
    end = len(pack) - id_size
    slots = sorted(((index.offset(i), i) for i in range(index.n)), key=lambda slot: slot[0])
    offsets = [offset for offset, _ in slots]
    where = {position: i for i, (_, position) in enumerate(slots)}
    headers = [read_header(pack, end, offset, id_size) for offset in offsets]
    roots: list[int] = []
    foreign: set[int] = set()
    children: list[list[int]] = [[] for _ in slots]
    for i, header in enumerate(headers):
        if header is None:
            continue
        if isinstance(header.base, int):
            found = bisect_left(offsets, header.base)
            if found < i and offsets[found] == header.base:
                children[found].append(i)
        elif header.base is not None:
            position = index.find(header.base)
            if position < 0:
                foreign.add(i)
                roots.append(i)
            else:
                children[where[position]].append(i)
        else:
            roots.append(i)
    heaviest_last(roots, children)
    by_kind: dict[int, list[bytes]] = {0: [], COMMIT: [], TREE: [], BLOB: [], TAG: []}
    broken = set(range(len(slots)))
    kind = 0
    for i, depth, parent in depth_first(roots, children):
        header = headers[i]
        assert header is not None
        broken.discard(i)
        if parent < 0:
            kind = 0 if i in foreign else header.type
        if not kind:
            by_kind[0].append(struct.pack("=I", slots[i][1]))
            continue
        flags = (HAS_CHILDREN if children[i] else 0) | (
            LAST_CHILD if parent >= 0 and children[parent][-1] == i else 0
        )
        by_kind[kind].append(PLANNED.pack(slots[i][1], min(header.size, _MAX), depth << 2 | flags))
    lost = b"".join(struct.pack("=I", slots[i][1]) for i in sorted(broken))
    joined = [b"".join(by_kind[kind]) for kind in range(5)]
    return joined[0], joined[1], joined[2], joined[3], joined[4], lost


def steps(idx: Buffer, pack: Buffer, planned: Buffer, id_size: int) -> bytes:
    """The steps that some of a plan's stand for. Where a header cannot be read any more, it is too large for anybody."""
    if id_size not in (20, 32) or len(pack) < 12 + id_size:
        raise ValueError("malformed")
    index = Index(idx, id_size)
    found = []
    for position, _, word in PLANNED.iter_unpack(bytes(planned)):
        if position >= index.n:
            raise ValueError("malformed")
        header = read_header(pack, len(pack) - id_size, index.offset(position), id_size)
        data, size = (header.data, header.size) if header is not None else (0, 0xFFFFFFFFFFFFFFFF)
        found.append(STEP.pack(data, size, position, word >> 2, word & 3))
    return b"".join(found)
