"""What a repository holds and in which order to read it: the plan of every pack, and what lies beside the packs."""

from __future__ import annotations

import os
import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from leakscan.git import kernel
from leakscan.git.catfile import Broken, Kind, Object
from leakscan.git.objects import ObjectStore
from leakscan.git.pack import Plan
from leakscan.git.spool import Spool
from leakscan.git.steps import LARGEST, PLANNED, STEP, batches, depths, positions
from leakscan.model.content import Skipped
from leakscan.model.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.git.repository import Repository

_BATCH = 1 << 20  # bytes of tags that are unpacked at a time


class Seen(Protocol):
    """What was read before: whole packs by file name, and objects."""

    @property
    def packs(self) -> frozenset[bytes]: ...

    def seen(self, ids: bytes, id_size: int, /) -> bytes:
        """For each of `ids`, one behind the other, one byte: whether it was seen."""


class Inventory:
    """All objects of a repository, when it was made. Picklable: a copy opens the packs again when they are needed."""

    def __init__(self, repo: Repository, since: Seen | None = None) -> None:
        """Reads the indexes and the headers of all entries; no object.

        What `since` has seen is there to be read, but in no plan, or else a double.
        """
        self.repo = repo
        self.seed = int.from_bytes(
            os.urandom(8), "little"
        )  # keys the hashes that ids of trees and blobs are told apart by
        self.spool = Spool()
        self._store: ObjectStore | None = ObjectStore.of(repo)
        store = self._store
        self.problems = list(store.problems)
        self.plans: list[Plan] = []
        self._paths = tuple(pack.path for pack in store.packs)
        for pack in store.packs:
            if since is not None and os.path.basename(pack.path) in since.packs:
                self.plans.append(Plan(b"", b"", b"", b"", b"", b""))
                continue
            try:
                self.plans.append(pack.plan())
            except ValueError:
                raise GitError(f"{os.fsdecode(pack.path)} is malformed; `git fsck` says more") from None
        # By pack, for each position of its index: whether an earlier pack holds the object as well.
        self.doubles = [
            _doubles(store, number, since) if any(plan) else None for number, plan in enumerate(self.plans)
        ]
        if since is not None:
            self.plans = [_only_new(*both) for both in zip(self.plans, self.doubles, strict=True)]
        # What no plan covers, by kind, sorted.
        self.singles: dict[Kind, list[bytes]] = {"blob": [], "tree": [], "commit": [], "tag": []}
        self._gather(store, since)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_store": None}

    @property
    def store(self) -> ObjectStore:
        """The packs, opened. Raises GitError when they are not those of before."""
        if self._store is None:
            self._store = ObjectStore.of(self.repo)
            if tuple(pack.path for pack in self._store.packs) != self._paths:
                raise GitError("the repository was repacked while it was scanned; try again")
        return self._store

    def is_double(self, pack: int, position: int) -> bool:
        """Whether the object at a position of a pack's index is another pack's to tell."""
        doubles = self.doubles[pack]
        return doubles is not None and bool(doubles[position])

    def tags(self) -> Iterator[Object | Broken]:
        """All tag objects, each once."""
        for number, plan in enumerate(self.plans):
            pack = self.store.packs[number]
            for part in batches(pack, plan.tags, _BATCH):
                made = kernel.unpack_all(pack.data, part, LARGEST)
                for step, data in zip(STEP.iter_unpack(part), made, strict=True):
                    if not self.is_double(number, step[2]):
                        oid = pack.oid(step[2])
                        yield (
                            self.store.read(oid, LARGEST) if data is None else Object(oid.hex(), "tag", data)
                        )
            pack.forget()
        for oid in self.singles["tag"]:
            yield self.store.read(oid, LARGEST)

    def absent(self, ids: bytes) -> list[bytes]:
        """Those of `ids` (one behind the other) that the repository does not hold; sorted, each once."""
        size = self.repo.oid_size
        for pack in self.store.packs:
            found = struct.unpack(f"={len(ids) // size}i", kernel.find(pack.index, ids, size))
            if -1 not in found:
                return []
            ids = b"".join(ids[i * size : (i + 1) * size] for i, place in enumerate(found) if place < 0)
        left = sorted({ids[at : at + size] for at in range(0, len(ids), size)})
        # Git knows the empty tree without having it.
        return [oid for oid in left if oid.hex() != self.repo.empty_tree and not self.store.known(oid)]

    def _gather(self, store: ObjectStore, since: Seen | None) -> None:
        loose, broken = store.loose()
        self.loose = [item.oid for item in loose]
        seen = since.seen(b"".join(self.loose), store.id_size) if since is not None else bytes(len(loose))
        for item, known in zip(loose, seen, strict=True):
            if not known:
                self.singles[item.kind].append(item.oid)
        for number, plan in enumerate(self.plans):
            for position in memoryview(plan.foreign + plan.broken).cast("I"):
                if not self.is_double(number, position):
                    found = store.read(store.packs[number].oid(position), LARGEST)
                    if isinstance(found, Broken):
                        broken.append(found)
                    else:
                        self.singles[found.kind].append(bytes.fromhex(found.oid))
        for some in self.singles.values():
            some.sort()
        self.problems += [Skipped(f"object {item.oid}", item.why, item.detail) for item in broken]


def _doubles(store: ObjectStore, number: int, since: Seen | None) -> bytes | None:
    pack = store.packs[number]
    masks = [kernel.shared(pack.index, other.index, pack.id_size) for other in store.packs[:number]]
    if since is not None:
        masks.append(since.seen(bytes(pack.names()), pack.id_size))
    found = 0
    for mask in masks:
        found |= int.from_bytes(mask, "little")
    return found.to_bytes(pack.count, "little") if found else None


def _only_new(plan: Plan, doubles: bytes | None) -> Plan:
    """A plan without the families in which nothing is to be told."""
    if doubles is None:
        return plan
    parts = []
    for planned in plan[1:5]:
        indexes = positions(planned)
        roots = [number for number, depth in enumerate(depths(planned)) if not depth]
        kept = [
            planned[start * PLANNED.size : stop * PLANNED.size]
            for start, stop in pairwise([*roots, len(indexes)])
            if not all(doubles[i] for i in indexes[start:stop])
        ]
        parts.append(b"".join(kept))
    commits, trees, blobs, tags = parts
    return Plan(plan.foreign, commits, trees, blobs, tags, plan.broken)
