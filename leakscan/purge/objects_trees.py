"""Which trees lead to something: those that have, at whatever depth, an entry that is looked for."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

from leakscan.git import kernel, trees
from leakscan.git.spool import TreeBatch
from leakscan.git.steps import positions
from leakscan.git.tree_heads import HEAD, SUBMODULE_ENTRY
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from leakscan.git.inventory import Inventory


_MOST = 4_000_000  # entries

Read: TypeAlias = tuple[list[TreeBatch], trees.Unread]


def read_trees(held: Inventory) -> Read:
    """All trees."""
    unread = trees.Unread([], [])
    return list(trees.walk(held, unread)), unread


class TreeIndex:
    """All trees of a repository, by what is new in each."""

    def __init__(self, held: Inventory, read: Read | None = None) -> None:
        """`read` is what `read_trees` gave, if it was done before."""
        self._held = held
        self._batches, self._unread = read if read is not None else read_trees(held)
        self.names = {name for batch in self._batches for name in batch.names}
        self._lists = self._changes = b""
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
        """The trees that have one of `blobs` or an entry that is `named` so, and the trees that lead to those.

        What each of them has of that is to be had from `wanted` afterwards.
        """
        size, seed = self._held.repo.oid_size, self._held.seed
        wanted = {name for name in self.names if named(name)}
        parts = tuple(
            (batch.heads, batch.keys, batch.numbers, bytes(name in wanted for name in batch.names))
            for batch in self._batches
        )
        lists, changes, grown = kernel.hits(parts, kernel.keys(b"".join(sorted(blobs)), size, seed), b"")
        self._lists, self._changes = lists, changes
        found = set(struct.unpack(f"={len(grown) // 8}Q", grown))
        if not found:
            return set()
        leading: set[bytes] = set()
        for number, plan in enumerate(self._held.plans):
            pack = self._held.store.packs[number]
            keys = memoryview(kernel.keys(pack.names(), size, seed)).cast("Q")
            leading.update(
                pack.oid(position) for position in positions(plan.trees) if keys[position] in found
            )
        for oid in self._held.singles["tree"]:
            if struct.unpack("=Q", kernel.keys(oid, size, seed))[0] in found:
                leading.add(oid)
        return leading

    def wanted(self) -> Wanted | None:
        """What `leading` has found in each tree; None where that is too much to be written down."""
        changes = trees.unfold(self._batches, memoryview(self._changes).cast("I").tolist())
        contents: list[dict[Found, int]] = [{}]
        total = 0
        for change in changes:
            content = dict(contents[change.base])
            total += len(content)
            if total > _MOST:
                return None
            names = change.batch.names
            for way, some in ((1, change.come), (-1, change.go)):
                for number, key in some:
                    found = Found(names[number >> 2], number & 3, key)
                    content[found] = content.get(found, 0) + way
                    if not content[found]:
                        del content[found]
            contents.append(content)
        lists = [tuple(sorted(content)) for content in contents]
        shared = {content: content for content in lists}
        lists = [shared[content] for content in lists]
        by_key: dict[int, tuple[Found, ...]] = {}
        numbers = iter(memoryview(self._lists).cast("I").tolist())
        for batch in self._batches:
            keys = memoryview(batch.heads).cast("B").cast("Q")[:: HEAD.size // 8]
            by_key.update((key, lists[number]) for key, number in zip(keys, numbers) if number)  # noqa: B905
        return Wanted(by_key)


class Found(NamedTuple):
    """A wanted entry of a tree: its name, what it is (`tree_heads`' ..._ENTRY), and the key of its id."""

    name: bytes
    kind: int
    key: int


class Wanted(NamedTuple):
    """What each tree, by the key of its id, has of what is wanted. Equal ones are one object."""

    of: dict[int, tuple[Found, ...]]
