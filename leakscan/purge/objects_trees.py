"""Which trees lead to something: those that have, at whatever depth, an entry that is looked for."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from leakscan.git import kernel, trees
from leakscan.git.kernel_twin import SUBMODULE_ENTRY
from leakscan.git.steps import STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from leakscan.git.inventory import Inventory


class TreeIndex:
    """All trees of a repository, by what is new in each."""

    def __init__(self, held: Inventory) -> None:
        self._held = held
        self._unread = trees.Unread([], [])
        self._batches = list(trees.walk(held, self._unread))
        self.names = {name for batch in self._batches for name in batch.names}
        self.problems = [f"{problem.what}: {problem.why}" for problem in self._unread.problems]

    def submodules(self, commits: Collection[bytes]) -> set[bytes]:
        """Under which names trees have one of `commits` as a submodule."""
        if not commits:
            return set()
        packed = kernel.keys(b"".join(sorted(commits)), self._held.repo.oid_size, self._held.seed)
        wanted = set(struct.unpack(f"={len(commits)}Q", packed))
        found = set()
        for batch in self._batches:
            keys, numbers = memoryview(batch.keys).cast("B"), memoryview(batch.numbers).cast("B")
            for key, number in zip(keys.cast("Q"), numbers.cast("I"), strict=True):
                if number & 3 == SUBMODULE_ENTRY and key in wanted:
                    found.add(batch.names[number >> 2])
        return found

    def leading(self, blobs: Collection[bytes], named: Callable[[bytes], bool]) -> set[bytes]:
        """The trees that have one of `blobs` or an entry that is `named` so, and the trees that lead to those."""
        size, seed = self._held.repo.oid_size, self._held.seed
        wanted = {name for name in self.names if named(name)}
        parts = tuple(
            (batch.heads, batch.keys, batch.numbers, bytes(name in wanted for name in batch.names))
            for batch in self._batches
        )
        _, _, grown = kernel.hits(parts, kernel.keys(b"".join(sorted(blobs)), size, seed), b"")
        found = set(struct.unpack(f"={len(grown) // 8}Q", grown))
        if not found:
            return set()
        leading: set[bytes] = set()
        for number, plan in enumerate(self._held.plans):
            pack = self._held.store.packs[number]
            keys = memoryview(kernel.keys(pack.names(), size, seed)).cast("Q")
            leading.update(
                pack.oid(step[2]) for step in STEP.iter_unpack(plan.trees) if keys[step[2]] in found
            )
        for oid in self._held.singles["tree"]:
            if struct.unpack("=Q", kernel.keys(oid, size, seed))[0] in found:
                leading.add(oid)
        return leading
