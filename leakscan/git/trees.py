"""All trees of a repository, and which of them lead to something: by what is new in each, not by what each holds.

A tree that names a blob holds the blob's id; a tree that names that tree holds its id, and so on up. Trees are stored as
deltas, so it is enough to know what every tree adds to its base and what it drops (`kernel_twin.trees`, `hits`). Ids are
told apart by 64-bit hashes under a random key that nobody can know beforehand.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from leakscan.git import kernel
from leakscan.git.catfile import Broken
from leakscan.git.entries import GITLINK, entries
from leakscan.git.inventory import LARGEST, batches
from leakscan.git.kernel_twin import BLOB_ENTRY, HEAD, SUBMODULE_ENTRY, TREE_ENTRY
from leakscan.git.spool import TreeBatch
from leakscan.model.content import Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from leakscan.git.inventory import Inventory

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
            names, unread, malformed, absent, *rest = kernel.trees(
                pack.data, pack.index, steps, size, indexes, seed, LARGEST
            )
            positions = memoryview(unread + malformed).cast("I")
            others += [pack.oid(p) for p in positions if not held.is_double(number, p)]
            if beside is not None:
                beside.absent.append(absent)
            pack.forget()
            yield TreeBatch(number, names, *rest)
    yield _singles(held, others, beside)


def _singles(held: Inventory, oids: Iterable[bytes], beside: Unread | None) -> TreeBatch:
    """Trees that no plan covers, or whose entry is broken: each by itself."""
    size, seed = held.repo.oid_size, held.seed
    names: dict[bytes, int] = {}
    heads: list[bytes] = []
    numbers: list[int] = []
    ids: list[bytes] = []
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
        heads.append(HEAD.pack(own, 0, 0, len(parsed), 0))
        for entry in parsed:
            kind = TREE_ENTRY if entry.is_tree else BLOB_ENTRY if entry.is_blob else SUBMODULE_ENTRY
            numbers.append(names.setdefault(entry.name, len(names)) << 2 | kind)
            ids.append(entry.oid)
            if beside is not None and entry.mode != GITLINK:
                beside.absent.append(entry.oid)
    packed = struct.pack(f"={len(numbers)}I", *numbers)
    return TreeBatch(-1, list(names), b"".join(heads), kernel.keys(b"".join(ids), size, seed), packed)


def first_named(held: Inventory, ids: Collection[bytes]) -> dict[bytes, tuple[str, bytes]]:
    """For each id the first tree (by its id) that names it, and under which name there. Slow: for what is missing."""
    found: dict[bytes, tuple[str, bytes]] = {}
    return found
