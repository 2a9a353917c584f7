"""All trees of a repository, and which of them lead to something: by what is new in each, not by what each holds.

A tree that names a blob holds the blob's id; a tree that names that tree holds its id, and so on up. Trees are stored as
deltas, so it is enough to know what every tree adds to its base and what it drops (`kernel_twin.trees`, `hits`). Ids are
told apart by 64-bit hashes under a random key that nobody can know beforehand.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from leakscan.git import kernel
from leakscan.git.catfile import Broken
from leakscan.git.entries import GITLINK, entries
from leakscan.git.inventory import LARGEST, batches
from leakscan.git.kernel_twin import BLOB_ENTRY, HEAD, SUBMODULE_ENTRY, TREE_ENTRY
from leakscan.git.spool import TreeBatch
from leakscan.git.tree_search import NONE, PATHS, Hits, Key
from leakscan.model.content import Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from leakscan.git.inventory import Inventory
    from leakscan.git.kernel_twin import Buffer

_BATCH = 8 << 20  # bytes of packed trees that are looked at at a time


class Unread(NamedTuple):
    """Beside the trees: what is wrong with some, and the ids that they name and no pack holds."""

    problems: list[Skipped]
    absent: list[bytes]


def walk(held: Inventory, beside: Unread | None = None) -> Iterator[TreeBatch]:
    """All trees. What else there is to say of them goes to `beside`, if that is given."""
    size, seed = held.repo.oid_size, held.seed
    indexes = tuple(pack.index for pack in held.store.packs) if beside is not None else ()
    others = list(held.singles["tree"])
    for number, plan in enumerate(held.plans):
        pack = held.store.packs[number]
        for steps in batches(plan.trees, _BATCH):
            names, unread, malformed, absent, heads, keys, numbers = kernel.trees(
                pack.data, pack.index, steps, size, indexes, seed, LARGEST
            )
            positions = memoryview(unread + malformed).cast("I")
            others += [pack.oid(p) for p in positions if not held.is_double(number, p)]
            if beside is not None:
                beside.absent.append(absent)
            pack.forget()
            yield TreeBatch(number, names, heads, keys, numbers, b"")
    yield _singles(held, others, beside)


def _singles(held: Inventory, oids: Iterable[bytes], beside: Unread | None) -> TreeBatch:
    """Trees that no plan covers, or whose entry is broken: each by itself."""
    size, seed = held.repo.oid_size, held.seed
    names: dict[bytes, int] = {}
    heads: list[bytes] = []
    numbers: list[int] = []
    ids: list[bytes] = []
    own_ids: list[bytes] = []
    for oid in oids:
        found = held.store.read(oid, LARGEST)
        parsed = None if isinstance(found, Broken) else entries(found.data, size)
        if parsed is None:
            if beside is not None:
                beside.problems.append(
                    Skipped(f"tree {found.oid}", found.why, found.detail)
                    if isinstance(found, Broken)
                    else Skipped(f"tree {found.oid}", "corrupt", "not a well-formed tree")
                )
            continue
        own = struct.unpack("=Q", kernel.keys(oid, size, seed))[0]
        heads.append(HEAD.pack(own, len(heads), 0, len(parsed), 0))
        own_ids.append(oid)
        for entry in parsed:
            kind = TREE_ENTRY if entry.is_tree else BLOB_ENTRY if entry.is_blob else SUBMODULE_ENTRY
            numbers.append(names.setdefault(entry.name, len(names)) << 2 | kind)
            ids.append(entry.oid)
            if beside is not None and entry.mode != GITLINK:
                beside.absent.append(entry.oid)
    packed = struct.pack(f"={len(numbers)}I", *numbers)
    keys = kernel.keys(b"".join(ids), size, seed)
    return TreeBatch(-1, list(names), b"".join(heads), keys, packed, b"".join(own_ids))


# The entries of a list, (number, key) and how often, and whose names the numbers stand for.
Content: TypeAlias = "tuple[TreeBatch, dict[tuple[int, int], int]]"


class TreeHits:
    """Which wanted blobs and names are in trees and all below them: what `tree_search` finds, without opening a tree."""

    def __init__(self, batches: Sequence[TreeBatch], oid_size: int, seed: int, keys: Collection[Key]) -> None:
        """`batches` are all trees; `keys` what is wanted: blobs by id, and names."""
        self._names = {key for key in keys if isinstance(key, bytes)}
        blobs = [key for key in keys if isinstance(key, str)]
        packed = kernel.keys(bytes.fromhex("".join(blobs)), oid_size, seed)
        self._blobs = dict(zip(_numbers(packed, "Q"), blobs, strict=True))
        parts = tuple((b.heads, b.keys, b.numbers, bytes(n in self._names for n in b.names)) for b in batches)
        lists, changes, _ = kernel.hits(parts, packed, b"")
        owners = [key for batch in batches for key in _numbers(batch.heads, "Q")[0 :: HEAD.size // 8]]
        self._lists = {
            key: number for key, number in zip(owners, _numbers(lists, "I"), strict=True) if number
        }
        self._contents = list(unfold(batches, _numbers(changes, "I")))
        self._hits: dict[int, Hits] = {}
        self._shared: dict[Hits, Hits] = {NONE: NONE}

    def of(self, key: int) -> Hits:
        """The hits of the tree with this key; equal ones are one object."""
        number = self._lists.get(key)
        if number is None:
            return NONE
        if number not in self._hits:
            self._fill(number)
        return self._hits[number]

    def below(self, key: int) -> list[int]:
        """The keys of the subtrees of a tree that lead to something wanted."""
        number = self._lists.get(key)
        if number is None:
            return []
        _, content = self._contents[number - 1]
        return [k for (n, k) in content if n & 3 == TREE_ENTRY and k in self._lists]

    def all(self) -> list[int]:
        """The keys of all trees that lead to something wanted."""
        return list(self._lists)

    def _fill(self, number: int) -> None:
        stack = [number]  # no recursion: a tree can be deeper than Python's stack
        begun: set[int] = set()
        while stack:
            number = stack[-1]
            batch, content = self._contents[number - 1]
            own: list[tuple[Key, bytes]] = []
            below: list[tuple[bytes, int]] = []
            for (what, key), count in content.items():
                name = batch.names[what >> 2]
                if what & 3 == BLOB_ENTRY and key in self._blobs:
                    own += [(self._blobs[key], name)] * count
                if name in self._names:
                    own += [(name, name)] * count
                if what & 3 == TREE_ENTRY and key in self._lists:
                    below += [(name, self._lists[key])] * count
            wanting = [n for _, n in below if n not in self._hits and n not in begun]
            if wanting and number not in begun:
                begun.add(number)
                stack += wanting
                continue
            stack.pop()
            found = joined(own, below, self._hits)
            self._hits[number] = self._shared.setdefault(found, found)


def unfold(batches: Sequence[TreeBatch], changes: Sequence[int]) -> Iterator[Content]:
    """The lists of wanted entries that `kernel_twin.hits` describes, from the first one."""
    made: list[Content] = []
    rest = iter(batches)
    start = end = at = 0
    batch = None
    keys: Sequence[int] = ()
    numbers: Sequence[int] = ()
    while at < len(changes):
        base, come, go = changes[at : at + 3]
        entries_ = changes[at + 3 : at + 3 + come + go]
        at += 3 + come + go
        while entries_[0] >= end:
            batch = next(rest)
            start, end = end, end + len(batch.keys) // 8
            keys, numbers = (
                memoryview(batch.keys).cast("B").cast("Q"),
                memoryview(batch.numbers).cast("B").cast("I"),
            )
        assert batch is not None
        content = dict(made[base - 1][1]) if base else {}
        for i, entry in enumerate(entries_):
            what = numbers[entry - start], keys[entry - start]
            count = content.get(what, 0) + (1 if i < come else -1)
            if count > 0:
                content[what] = count
            else:
                content.pop(what, None)
        made.append((batch, content))
        yield made[-1]


def joined(own: list[tuple[Key, bytes]], below: list[tuple[bytes, int]], hits: Mapping[int, Hits]) -> Hits:
    """A tree's hits from its own entries and its subtrees': of each thing the first `PATHS` paths."""
    if not own and len(below) == 1:
        (name, number), prefix = below[0], below[0][0] + b"/"
        return frozenset((key, prefix + path) for key, path in hits.get(number, NONE))
    paths: dict[Key, list[bytes]] = {}
    for key, path in own:
        paths.setdefault(key, []).append(path)
    for name, number in below:
        for key, path in hits.get(number, NONE):
            paths.setdefault(key, []).append(name + b"/" + path)
    return frozenset((key, path) for key, found in paths.items() for path in sorted(found)[:PATHS])


def all_batches(held: Inventory) -> list[TreeBatch]:
    """All trees: as another process has written them down, or else read now."""
    batches = held.spool.read_trees()
    return batches if batches is not None else list(walk(held))


def first_named(held: Inventory, ids: Collection[bytes]) -> dict[bytes, tuple[str, bytes]]:
    """For each id the first tree (by its id) that names it, and the first name there. For what is missing."""
    size = held.repo.oid_size
    batches = all_batches(held)
    packed = kernel.keys(b"".join(ids), size, held.seed)
    by_key = dict(zip(_numbers(packed, "Q"), ids, strict=True))
    parts = tuple((batch.heads, batch.keys, batch.numbers, b"") for batch in batches)
    lists, changes, _ = kernel.hits(parts, packed, packed)
    found: dict[bytes, tuple[str, bytes]] = {}
    numbers = iter(_numbers(lists, "I"))
    contents = list(unfold(batches, _numbers(changes, "I")))
    for batch in batches:
        for _, index, _, _, _ in HEAD.iter_unpack(bytes(batch.heads)):
            number = next(numbers)
            if not number:
                continue
            named = [
                (by_key[key], batch.names[what >> 2])
                for what, key in contents[number - 1][1]
                if key in by_key
            ]
            if named:
                oid = (
                    batch.oids[index * size : (index + 1) * size]
                    if batch.pack < 0
                    else held.store.packs[batch.pack].oid(index)
                )
                for missing, name in named:
                    found[missing] = min((oid.hex(), name), found.get(missing, (oid.hex(), name)))
    return found


def _numbers(packed: Buffer, code: Literal["Q", "I"]) -> list[int]:
    return memoryview(packed).cast("B").cast(code).tolist()
