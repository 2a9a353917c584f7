"""All trees of a repository, and which of them lead to something: by what is new in each, not by what each holds.

A tree that names a blob holds the blob's id; a tree that names that tree holds its id, and so on up. Trees are stored as
deltas, so it is enough to know what every tree adds to its base and what it drops (`trees_twin.trees`, `hits`). Ids are
told apart by 64-bit hashes under a random key that nobody can know beforehand.
"""

from __future__ import annotations

import struct
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias

from leakscan.git import kernel
from leakscan.git.catfile import Broken
from leakscan.git.entries import GITLINK, entries
from leakscan.git.spool import TreeBatch
from leakscan.git.steps import LARGEST, batches
from leakscan.git.tree_heads import BLOB_ENTRY, HEAD, SUBMODULE_ENTRY, TREE_ENTRY
from leakscan.model.content import Skipped
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from leakscan.git.buffer import Buffer
    from leakscan.git.inventory import Inventory

_BATCH = 2 << 20  # bytes of packed trees that are looked at at a time


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
        for steps in batches(pack, plan.trees, _BATCH):
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


Entry: TypeAlias = tuple[int, int]  # number of the name << 2 | kind, key


class Change(NamedTuple):
    """A list of wanted entries: what comes to the list `base` (0 is the empty one) and what goes."""

    batch: TreeBatch  # whose names are meant
    base: int
    come: list[Entry]
    go: list[Entry]


def unfold(batches: Sequence[TreeBatch], changes: Sequence[int]) -> list[Change]:
    """The lists of wanted entries that `hits_twin.hits` describes, from the first one."""
    found: list[Change] = []
    rest = iter(batches)
    start = end = at = 0
    batch = None
    keys: Sequence[int] = ()
    numbers: Sequence[int] = ()
    while at < len(changes):
        base, n_come, n_go = changes[at : at + 3]
        at += 3
        while changes[at] >= end:
            batch = next(rest)
            start, end = end, end + len(batch.keys) // 8
            keys = memoryview(batch.keys).cast("B").cast("Q")
            numbers = memoryview(batch.numbers).cast("B").cast("I")
        assert batch is not None
        both = [(numbers[i - start], keys[i - start]) for i in changes[at : at + n_come + n_go]]
        at += n_come + n_go
        found.append(Change(batch, base, both[:n_come], both[n_come:]))
    return found


def all_batches(held: Inventory) -> list[TreeBatch]:
    """All trees: as another process has written them down, or else read now."""
    batches = held.spool.read_trees()
    return batches if batches is not None else list(walk(held))


def first_named(held: Inventory, ids: Collection[bytes]) -> dict[bytes, tuple[str, bytes]]:
    """For each id the first tree (by its id) that names it, and the first name there. For what is missing."""
    size = held.repo.oid_size
    batches = all_batches(held)
    packed = kernel.keys(b"".join(ids), size, held.seed)
    by_key = dict(zip(numbers_of(packed, "Q"), ids, strict=True))
    parts = tuple((batch.heads, batch.keys, batch.numbers, b"") for batch in batches)
    _, changes, _ = kernel.hits(parts, packed, packed)
    named = {
        entry
        for change in unfold(batches, numbers_of(changes, "I"))
        for entry in change.come
        if entry[1] in by_key
    }
    found: dict[bytes, tuple[str, bytes]] = {}
    for batch in batches:
        waiting: list[Counter[Entry]] = []
        entries_ = zip(numbers_of(batch.numbers, "I"), numbers_of(batch.keys, "Q"), strict=True)
        for _, index, depth, added, dropped in HEAD.iter_unpack(bytes(batch.heads)):
            here = Counter(waiting[depth - 1]) if depth else Counter()
            here.update(entry for entry in islice(entries_, added) if entry in named)
            here.subtract(entry for entry in islice(entries_, dropped) if entry in named)
            waiting[depth:] = [here]
            for (what, key), count in here.items():
                if count > 0:
                    tree = batch.oids[index * size : (index + 1) * size]
                    if batch.pack >= 0:
                        tree = held.store.packs[batch.pack].oid(index)
                    first = (bytes(tree).hex(), batch.names[what >> 2])
                    found[by_key[key]] = min(first, found.get(by_key[key], first))
    return found


def numbers_of(packed: Buffer, code: Literal["Q", "I"]) -> list[int]:
    return memoryview(packed).cast("B").cast(code).tolist()
