"""What `_pruned.h` does, in Python: trees without what leads to nothing wanted."""

from __future__ import annotations

import struct
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from leakscan.git.buffer import Buffer, native
from leakscan.git.tree_heads import BLOB_ENTRY, HEAD, TREE_ENTRY
from leakscan.git.tree_items import BLOB_ITEM, MOST, NAME_ITEM, TREE_ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


Source: TypeAlias = "tuple[Buffer, Buffer, Buffer, Buffer, Buffer]"

_UNCOUNTED = 0xFFFFFFFF


def pruned(
    sources: tuple[Source, ...], lists: Buffer, changes: Buffer, blobs: Buffer, roots: Buffer, seed: int
) -> tuple[bytes, bytes, bytes, bytes, list[bytes]]:
    """Trees without what leads to nothing wanted: those with the keys `roots` (64-bit), and all below them.

    A source is heads, keys and numbers as `trees_twin` gives them, one byte for each of their names: whether it is wanted,
    and the names with a NUL between each two. `lists` and `changes` are what `hits_twin` found in them, looking for these
    names and for `blobs` (64-bit keys). Returns the numbers (32-bit) of the pruned trees of `roots`, 0 where there is none;
    where the items of each pruned tree end (64-bit), and all items (see `tree_items`); how many paths there are below each
    (32-bit, that many at most); and the names. Trees that hold the same have one number. `seed` keys hashes.
    """
    del seed
    owners = chain.from_iterable(HEAD.iter_unpack(bytes(source[0])) for source in sources)
    found = _Pruned(
        sources,
        {head[0]: n for head, n in zip(owners, native("I", lists), strict=True) if n},
        native("I", changes),
        {key: n for n, key in enumerate(native("Q", blobs))},
    )
    numbers = [found.number_of(root) for root in native("Q", roots)]
    ends = [0]
    for tree in found.trees[1:]:
        ends.append(ends[-1] + len(tree))
    items = list(chain.from_iterable(found.trees))
    return (
        struct.pack(f"={len(numbers)}I", *numbers),
        struct.pack(f"={len(ends)}Q", *ends),
        struct.pack(f"={len(items)}Q", *items),
        struct.pack(f"={len(ends)}I", *found.counts),
        list(found.names),
    )


class _List(NamedTuple):
    base: int
    come: list[int]  # items; of trees, with the numbers of their lists
    go: list[int]


class _Pruned:
    def __init__(
        self,
        sources: tuple[Source, ...],
        lists: dict[int, int],
        changes: tuple[int, ...],
        blobs: dict[int, int],
    ) -> None:
        self.names: dict[bytes, int] = {}
        self.trees: list[tuple[int, ...]] = [()]
        self.counts = [0]
        self._lists = lists
        self._blobs = blobs
        self._changes = [_List(0, [], []), *self._read(sources, changes)]
        if any(number >= len(self._changes) for number in lists.values()):
            raise ValueError("malformed")
        self._made = {0: 0}  # numbers of trees, by those of lists
        self._numbers: dict[tuple[int, ...], int] = {(): 0}

    def number_of(self, key: int) -> int:
        """The number of the tree with this key, pruned."""
        number = self._lists.get(key, 0)
        self._fill(number)
        return self._made[number]

    def _read(self, sources: tuple[Source, ...], changes: tuple[int, ...]) -> Iterator[_List]:
        edges = list(chain.from_iterable(_entries(source) for source in sources))
        at = made = 0
        while at < len(changes):
            if len(changes) - at < 3 or changes[at] > made:
                raise ValueError("malformed")
            base, n_come, n_go = changes[at : at + 3]
            at += 3
            rows = changes[at : at + n_come + n_go]
            if len(rows) < n_come + n_go or max(rows, default=0) >= max(len(edges), 1):
                raise ValueError("malformed")
            at += n_come + n_go
            items = [self._items(*edges[row]) for row in rows]
            yield _List(
                base,
                list(chain.from_iterable(items[:n_come])),
                list(chain.from_iterable(items[n_come:])),
            )
            made += 1

    def _items(self, key: int, kind: int, text: bytes | None, wanted: int) -> list[int]:
        if text is None:
            raise ValueError("malformed")
        name = self.names.setdefault(text, len(self.names))
        found = [name << 32 | name << 2 | NAME_ITEM] if wanted else []
        if kind == BLOB_ENTRY and key in self._blobs:
            found.append(name << 32 | self._blobs[key] << 2 | BLOB_ITEM)
        elif kind == TREE_ENTRY and key in self._lists:
            found.append(name << 32 | self._lists[key] << 2 | TREE_ITEM)
        return found

    def _fill(self, number: int) -> None:
        """Prune the tree of a list, and before it what that depends on. No recursion: trees can be deep.

        A tree is made from its base's, so it waits for that, and that for its subtrees, one of which can be the first: a
        tree that is stored as what it differs in from the one that holds it. Then the first is made from its own entries.
        """
        stack = [(number, False)]
        begun: set[tuple[int, bool]] = set()
        while stack:
            number, alone = stack[-1]
            if number in self._made:
                stack.pop()
                continue
            change = self._changes[number]
            edges = self._content(number) if alone else [(i, 1) for i in change.come]
            edges += [] if alone else [(i, -1) for i in change.go]
            needed = [item >> 2 & MOST for item, _ in edges if item & 3 == TREE_ITEM]
            needed += [] if alone else [change.base]
            wait = [(n, alone) for n in needed if n not in self._made]
            if wait and (number, alone) not in begun:
                begun.add((number, alone))
                stack += [one for one in wait if one not in begun]
            elif wait and not alone:
                stack[-1] = number, True
            else:
                before = self.trees[0 if alone else self._made[change.base]]
                self._made[number] = self._once(self._applied(before, edges))

    def _content(self, number: int) -> list[tuple[int, int]]:
        """The entries of a list, and how often it has each."""
        content: Counter[int] = Counter()
        while number:
            number, come, go = self._changes[number]
            content.update(come)
            content.subtract(go)
        return sorted((item, times) for item, times in content.items() if times)

    def _applied(self, before: tuple[int, ...], edges: Iterable[tuple[int, int]]) -> tuple[int, ...]:
        content: Counter[int] = Counter()
        for item, times in edges:
            if item & 3 == TREE_ITEM:
                tree = self._made.get(item >> 2 & MOST, 0)
                if not tree:
                    continue
                item = item >> 32 << 32 | tree << 2 | TREE_ITEM
            content[item] += times
        content.update(before)
        return tuple(sorted(content.elements()))

    def _once(self, items: tuple[int, ...]) -> int:
        """The number of the one tree that holds this."""
        if items not in self._numbers:
            self._numbers[items] = len(self.trees)
            self.trees.append(items)
            count = sum(self.counts[item >> 2 & MOST] if item & 3 == TREE_ITEM else 1 for item in items)
            self.counts.append(min(count, _UNCOUNTED))
        return self._numbers[items]


def _entries(source: Source) -> Iterator[tuple[int, int, bytes | None, int]]:
    """(key, kind, name, whether the name is wanted) of each entry."""
    _, keys, numbers, wanted, joined = map(bytes, source)
    names = joined.split(b"\0", len(wanted) - 1) if wanted else []
    if len(names) != len(wanted) or len(keys) // 8 != len(numbers) // 4:
        raise ValueError("malformed")
    for key, number in zip(native("Q", keys), native("I", numbers), strict=True):
        known = number >> 2 < len(names)
        yield (
            key,
            number & 3,
            names[number >> 2] if known else None,
            wanted[number >> 2] if known else 0,
        )
