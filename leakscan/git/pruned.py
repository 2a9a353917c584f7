"""Trees without what leads to nothing wanted: which of some blobs and names are in a tree and all below it, and where.

Finds what `tree_search` finds, without opening a tree: from what every tree adds to its base and drops (`trees`). Trees that
hold the same have one number whatever else they hold, so two of them are compared only as far down as they differ.
"""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.git.tree_heads import HEAD, TREE_ENTRY
from leakscan.git.tree_items import BLOB_ITEM, MOST, NAME_ITEM, TREE_ITEM
from leakscan.git.tree_search import NONE, PATHS, Hits, Key
from leakscan.git.trees import Entry, numbers_of, unfold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from leakscan.git.lives_twin import Commits
    from leakscan.git.spool import TreeBatch

EMPTY = 0
"""The number of the pruned tree that holds nothing."""


class Pruning:
    """Trees, pruned to what is wanted, and all below them. They have numbers from `EMPTY` up; subtrees come first."""

    def __init__(
        self,
        batches: Sequence[TreeBatch],
        oid_size: int,
        seed: int,
        keys: Collection[Key],
        roots: bytes,
    ) -> None:
        """`batches` are all trees; `keys` what is wanted: blobs by id, and names; `roots` the keys of
        the trees, 64-bit numbers."""
        self._blobs = [key for key in keys if isinstance(key, str)]
        self._seed = seed
        packed = kernel.keys(bytes.fromhex("".join(self._blobs)), oid_size, seed)
        lists, changes, wanted = _hits(batches, keys, packed)
        sources = tuple(
            (batch.heads, batch.keys, batch.numbers, names, b"\0".join(batch.names))
            for batch, names in zip(batches, wanted, strict=True)
        )
        numbers, self._ends, self._items, counts, self._names = kernel.pruned(
            sources, lists, changes, packed, roots, seed
        )
        self.numbers = numbers
        """The numbers (32-bit) of the trees that were asked for, in their order."""

        self.roots = memoryview(numbers).cast("I")
        """The same."""
        self._counts = memoryview(counts).cast("I")

    def paths(self) -> int:
        """How many things and paths there are in the tree that has most."""
        return max((self._counts[number] for number in self.roots), default=0)

    def key(self, what: int) -> Key:
        """What an item stands for that is no tree, by its lower 32 bits."""
        return self._names[what >> 2] if what & 3 == NAME_ITEM else self._blobs[what >> 2]

    def whats(self) -> dict[Key, int]:
        """The lower 32 bits of an item by what they stand for."""
        found: dict[Key, int] = {name: number << 2 | NAME_ITEM for number, name in enumerate(self._names)}
        return found | {blob: number << 2 | BLOB_ITEM for number, blob in enumerate(self._blobs)}

    def lives(
        self,
        commits: Commits,
        asked: tuple[bytes, bytes, bytes],
        id_size: int,
        head: int,
        groups: int,
    ) -> tuple[bytes, bytes, bytes, bytes]:
        """The lives of some groups: see `lives_twin`. `asked` are pairs of what, of commits and of tips."""
        questions = (self._ends, self._items, *asked)
        return kernel.lives(commits, questions, id_size, head, len(self._blobs), len(self._names), groups)

    def trees(self) -> Iterator[Sequence[int]]:
        """The items of every tree (see `tree_items`), in the order of their numbers."""
        items = memoryview(self._items).cast("Q")
        yield ()
        for start, end in pairwise(memoryview(self._ends).cast("Q")):
            yield items[start:end].tolist()

    def introduced(self, steps: Iterable[tuple[int, Sequence[int]]]) -> Iterator[tuple[Key, bytes, int]]:
        """What is in a tree and, at the same path, in none of some others: with the number of the first step
        that brings it."""
        numbers = list(chain.from_iterable((tree, len(others), *others) for tree, others in steps))
        packed = array("I", numbers).tobytes()
        found = kernel.introduced(self._ends, self._items, self._names, packed, self._seed)
        for what, path, step in found:
            yield self.key(what), path, step

    def flat(self, keys: Collection[Key]) -> list[Hits]:
        """What every tree holds of some of the keys: of each the first `PATHS` paths."""
        found: list[Hits] = []
        shared = {NONE: NONE}
        for items in self.trees():
            paths: dict[Key, set[bytes]] = {}
            for item in items:
                name = self._names[item >> 32]
                if item & 3 == TREE_ITEM:
                    for key, path in found[item >> 2 & MOST]:
                        paths.setdefault(key, set()).add(name + b"/" + path)
                elif (key := self.key(item & 0xFFFFFFFF)) in keys:
                    paths.setdefault(key, set()).add(name)
            hits = frozenset((key, path) for key, some in paths.items() for path in sorted(some)[:PATHS])
            found.append(shared.setdefault(hits, hits))
        return found


def outermost(batches: Sequence[TreeBatch], oid_size: int, seed: int, keys: Collection[Key]) -> bytes:
    """The keys (64-bit) of the trees that lead to something wanted and are in no other such tree."""
    blobs = bytes.fromhex("".join(key for key in keys if isinstance(key, str)))
    lists, changes, _ = _hits(batches, keys, kernel.keys(blobs, oid_size, seed))
    owners = [key for batch in batches for key in numbers_of(batch.heads, "Q")[:: HEAD.size // 8]]
    wanted = {key: number for key, number in zip(owners, numbers_of(lists, "I"), strict=True) if number}
    contents: list[Counter[Entry]] = [Counter()]
    for change in unfold(batches, numbers_of(changes, "I")):
        content = Counter(contents[change.base])
        content.update(change.come)
        content.subtract(change.go)
        contents.append(+content)
    below = {key for number in wanted.values() for what, key in contents[number] if what & 3 == TREE_ENTRY}
    return array("Q", [key for key in wanted if key not in below]).tobytes()


def _hits(
    batches: Sequence[TreeBatch], keys: Collection[Key], blobs: bytes
) -> tuple[bytes, bytes, list[bytes]]:
    """Lists and changes as `hits_twin` describes them; for each batch, which of its names are wanted."""
    named = {key for key in keys if isinstance(key, bytes)}
    wanted = [
        bytes([name in named for name in batch.names]) if named else bytes(len(batch.names))
        for batch in batches
    ]
    parts = tuple((b.heads, b.keys, b.numbers, names) for b, names in zip(batches, wanted, strict=True))
    lists, changes, _ = kernel.hits(parts, blobs, b"")
    return lists, changes, wanted
