"""What `_trees.h` does, in Python: what every tree adds to its delta's base, and what it drops."""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from typing import TYPE_CHECKING

from leakscan.git.family_twin import family
from leakscan.git.index_twin import Index
from leakscan.git.key_twin import key
from leakscan.git.tree_heads import BLOB_ENTRY, HEAD, SUBMODULE_ENTRY, TREE_ENTRY

if TYPE_CHECKING:
    from leakscan.git.buffer import Buffer

_ENTRY = {n: re.compile(rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % n, re.DOTALL) for n in (20, 32)}


def trees(
    pack: Buffer,
    idx: Buffer,
    steps: Buffer,
    id_size: int,
    indexes: tuple[Buffer, ...],
    seed: int,
    limit: int,
) -> tuple[list[bytes], bytes, bytes, bytes, bytes, bytes, bytes]:
    """What is new in each tree of `steps` against its delta's base; they begin with a family's root.

    Returns the distinct names of all entries; the index positions of trees that could not be made, and of malformed ones
    (native 32-bit numbers; a malformed tree has no entries); the ids of entries, submodules' aside, that none of `indexes`
    knows (as often as they are named; nothing where `indexes` is empty); one head (`HEAD`) for each tree that was made:
    `key` of its id, index position, depth, how many entries are added, how many dropped; for each entry, in the order of
    heads and first added, then dropped: the 64-bit `key` of its id, and a 32-bit number, the index of its name << 2 | kind.
    """
    own = Index(idx, id_size)
    known = [Index(index, id_size) for index in indexes]
    found = _Edges(id_size, seed)
    _walk_trees(found, own, pack, steps, limit)
    absent = [
        oid
        for oid, kind in (found.entries_added if known else ())
        if kind != SUBMODULE_ENTRY and all(index.find(oid) < 0 for index in known)
    ]
    return (
        list(found.names),
        bytes(found.unread),
        bytes(found.malformed),
        b"".join(absent),
        bytes(found.heads),
        b"".join(found.keys),
        b"".join(found.numbers),
    )


class _Edges:
    def __init__(self, id_size: int, seed: int) -> None:
        self.pattern = _ENTRY[id_size]
        self.seed = seed
        self.names: dict[bytes, int] = {}
        self.entries_added: list[tuple[bytes, int]] = []
        self.unread, self.malformed, self.heads = bytearray(), bytearray(), bytearray()
        self.keys: list[bytes] = []
        self.numbers: list[bytes] = []

    def put(self, raw: bytes, added: bool) -> None:
        entry = self.pattern.fullmatch(raw)
        assert entry is not None
        mode, name, oid = entry.groups()
        kind = BLOB_ENTRY
        if mode == b"160000":
            kind = SUBMODULE_ENTRY
        elif mode.lstrip(b"0") == b"40000":
            kind = TREE_ENTRY
        number = self.names.setdefault(name, len(self.names)) << 2 | kind
        self.keys.append(struct.pack("=Q", key(oid, self.seed)))
        self.numbers.append(struct.pack("=I", number))
        if added:
            self.entries_added.append((oid, kind))


def _walk_trees(found: _Edges, own: Index, pack: Buffer, steps: Buffer, limit: int) -> None:
    starts: list[list[int]] = []
    for index, depth, base, copies, tree, _ in family(pack, steps, limit):
        if tree is None:
            found.unread += struct.pack("=I", index)
            starts[depth:] = [[0]]
            continue
        base_starts = starts[depth - 1] if depth else [0]
        mine, fresh, used = _tree_starts(found.pattern, tree, base_starts, copies)
        if mine[-1] < len(tree):
            found.malformed += struct.pack("=I", index)
            mine, fresh, used = [0], [], [0] * len(used)
        again = [i for i, times in enumerate(used) for _ in range(min(times, 255) - 1)]
        dropped = [i for i, times in enumerate(used) if not times]
        for start, end in fresh:
            found.put(tree[start:end], True)
        for some, added in ((again, True), (dropped, False)):
            for i in some:
                assert base is not None
                found.put(base[base_starts[i] : base_starts[i + 1]], added)
        found.heads += HEAD.pack(
            key(own.id(index), found.seed), index, depth, len(fresh) + len(again), len(dropped)
        )
        starts[depth:] = [mine]


def _tree_starts(
    pattern: re.Pattern[bytes], tree: bytes, base: list[int], copies: bytes
) -> tuple[list[int], list[tuple[int, int]], list[int]]:
    """Where entries start (and the last one ends), which are parsed, and how often each of the base's is inherited."""
    starts: list[int] = []
    fresh: list[tuple[int, int]] = []
    used = [0] * (len(base) - 1)
    ranges = list(struct.iter_unpack("=3I", copies))
    at = current = 0
    while at < len(tree):
        while current < len(ranges) and ranges[current][1] + ranges[current][2] <= at:
            current += 1
        if current < len(ranges) and ranges[current][1] <= at:
            base_start, start, length = ranges[current]
            in_base = at - start + base_start
            k = first = bisect_left(base, in_base)
            while k < len(used) and base[first] == in_base and base[k + 1] <= base_start + length:
                starts.append(base[k] - in_base + at)
                used[k] += 1
                k += 1
            if k > first:
                at += base[k] - in_base
                continue
        entry = pattern.match(tree, at)
        if entry is None:
            break
        starts.append(at)
        fresh.append((at, entry.end()))
        at = entry.end()
    return [*starts, at], fresh, used
