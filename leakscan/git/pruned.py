"""Trees without what leads to nothing wanted: which of some blobs and names are in a tree and all below it, and where.

Finds what `tree_search` finds, without opening a tree: from what every tree adds to its base and drops (`trees`). Trees that
hold the same are one object whatever else they hold, so two of them are compared only as far down as they differ.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from leakscan.git import kernel
from leakscan.git.tree_heads import BLOB_ENTRY, HEAD, TREE_ENTRY
from leakscan.git.tree_search import NONE, PATHS, Hits, Key
from leakscan.git.trees import Entry, numbers_of, unfold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leakscan.git.spool import TreeBatch

COUNTED = 1_000_000
"""Up to how many paths a tree's are counted."""

Own: TypeAlias = tuple[Key, bytes]  # what is wanted, and its name here


class PrunedTree:
    """What a tree holds of what is wanted. Compared by identity: `Pruning` makes equal ones once."""

    __slots__ = ("below", "count", "own", "sign")

    def __init__(self, own: dict[Own, int], below: dict[bytes, tuple[PrunedTree, ...]], sign: int) -> None:
        """`own`: how often each entry is there; more than once in a malformed tree only, as are trees of one name.
        `sign`: the sum of its entries' hashes, by which alike ones are found."""
        self.own = own
        self.below = below
        self.sign = sign
        count: int = len(own) + sum(tree.count for trees in below.values() for tree in trees)
        self.count: int = min(count, COUNTED)


EMPTY = PrunedTree({}, {}, 0)


def added(tree: PrunedTree, before: Sequence[PrunedTree]) -> Iterator[tuple[Key, bytes]]:
    """What is wanted, and its path, where `tree` has it and none of `before` does. In no order."""
    stack = [(b"", tree, before)]
    while stack:  # no recursion: trees can be deep
        prefix, tree, before = stack.pop()
        for hit in tree.own.keys() - chain.from_iterable(other.own for other in before):
            yield hit[0], prefix + hit[1]
        for name, trees in tree.below.items():
            others = [other for one in before for other in one.below.get(name, ())]
            stack += [(prefix + name + b"/", one, others) for one in trees if one not in others]


class Pruning:
    """All trees of a repository, pruned to what is wanted."""

    def __init__(self, batches: Sequence[TreeBatch], oid_size: int, seed: int, keys: Collection[Key]) -> None:
        """`batches` are all trees; `keys` what is wanted: blobs by id, and names."""
        self._names = {key for key in keys if isinstance(key, bytes)}
        blobs = [key for key in keys if isinstance(key, str)]
        packed = kernel.keys(bytes.fromhex("".join(blobs)), oid_size, seed)
        self._blobs = dict(zip(numbers_of(packed, "Q"), blobs, strict=True))
        parts = tuple((b.heads, b.keys, b.numbers, bytes(n in self._names for n in b.names)) for b in batches)
        lists, changes, _ = kernel.hits(parts, packed, b"")
        owners = [key for batch in batches for key in numbers_of(batch.heads, "Q")[0 :: HEAD.size // 8]]
        self._lists = {
            key: number for key, number in zip(owners, numbers_of(lists, "I"), strict=True) if number
        }
        self._changes = unfold(batches, numbers_of(changes, "I"))
        self._trees: dict[int, PrunedTree] = {0: EMPTY}  # by the number of its list
        self._all = [EMPTY]
        self._alike: dict[int, list[PrunedTree]] = {}  # by their signs

    def of(self, key: int) -> PrunedTree:
        """The tree with this key, pruned."""
        number = self._lists.get(key, 0)
        if number not in self._trees:
            self._fill(number)
        return self._trees[number]

    def all(self) -> Sequence[PrunedTree]:
        """All that was ever asked for and what is below it, each once: subtrees come before what holds them."""
        return self._all

    def flat(self, keys: Collection[Key]) -> dict[PrunedTree, Hits]:
        """The hits of `all` for some of the keys: of each in each tree the first `PATHS` paths."""
        found: dict[PrunedTree, Hits] = {}
        shared = {NONE: NONE}
        for tree in self.all():
            paths: dict[Key, set[bytes]] = {}
            for key, name in tree.own:
                if key in keys:
                    paths.setdefault(key, set()).add(name)
            for name, trees in tree.below.items():
                for key, path in chain.from_iterable(found[one] for one in trees):
                    paths.setdefault(key, set()).add(name + b"/" + path)
            hits = frozenset((key, path) for key, some in paths.items() for path in sorted(some)[:PATHS])
            found[tree] = shared.setdefault(hits, hits)
        return found

    def below(self, key: int) -> list[int]:
        """The keys of the subtrees of a tree that lead to something wanted."""
        content = self._content(self._lists.get(key, 0))
        return [k for number, k in content if number & 3 == TREE_ENTRY and k in self._lists]

    def wanted(self) -> list[int]:
        """The keys of all trees that lead to something wanted."""
        return list(self._lists)

    def _content(self, number: int) -> dict[Entry, int]:
        """The entries of a list, and how often it has each."""
        bases = []
        while number:
            bases.append(number)
            number = self._changes[number - 1].base
        content: dict[Entry, int] = {}
        for number in reversed(bases):
            _, _, come, go = self._changes[number - 1]
            for entry in come:
                content[entry] = content.get(entry, 0) + 1
            for entry in go:
                content[entry] = content.get(entry, 0) - 1
                if not content[entry]:
                    del content[entry]
        return content

    def _fill(self, number: int) -> None:
        """Prune the tree of a list, and before it what that depends on. No recursion: trees can be deep.

        A tree is made from its base's, so it waits for that, and that for its subtrees, one of which can be the first: a
        tree that is stored as what it differs in from the one that holds it. Then the first is made from its own entries.
        """
        trees, lists = self._trees, self._lists
        stack = [(number, False)]
        begun: set[tuple[int, bool]] = set()
        while stack:
            number, alone = stack[-1]
            if number in trees:
                stack.pop()
                continue
            _, base, come, go = self._changes[number - 1]
            if not alone and base in trees and self._is_same(come, go):
                trees[number] = trees[base]
                continue
            if alone:
                content = self._content(number)
                needed = [lists[key] for what, key in content if what & 3 == TREE_ENTRY and key in lists]
            else:
                needed = [lists[key] for what, key in (*come, *go) if what & 3 == TREE_ENTRY and key in lists]
                needed.append(base)
            wait = [(n, alone) for n in needed if n not in trees]
            if wait and (number, alone) not in begun:
                begun.add((number, alone))
                stack += [one for one in wait if one not in begun]
                continue
            if wait and not alone:
                stack[-1] = number, True
                continue
            trees[number] = self._made(number, content if alone else None)

    def _made(self, number: int, content: dict[Entry, int] | None) -> PrunedTree:
        """The tree of a list: from its content, or from its base's, if that is None. What it needs has been made."""
        batch, base, come, go = self._changes[number - 1]
        names = batch.names
        changes: dict[tuple[bytes, Key | PrunedTree], int] = {}
        for what, key, count in (
            [(*entry, count) for entry, count in content.items()]
            if content is not None
            else [*((*entry, 1) for entry in come), *((*entry, -1) for entry in go)]
        ):
            name = names[what >> 2]
            found: list[Key | PrunedTree] = [name] if name in self._names else []
            if what & 3 == BLOB_ENTRY and key in self._blobs:
                found.append(self._blobs[key])
            elif what & 3 == TREE_ENTRY and key in self._lists:
                subtree = self._trees.get(self._lists[key], EMPTY)
                found += [subtree] if subtree is not EMPTY else []
            for one in found:
                changes[name, one] = changes.get((name, one), 0) + count
        before = EMPTY if content is not None else self._trees[base]
        own, below, sign = dict(before.own), dict(before.below), before.sign
        for (name, one), count in changes.items():
            sign += count * hash((name, one))
            if isinstance(one, PrunedTree):
                trees = list(below.pop(name, ()))
                for _ in range(-count):
                    trees.remove(one)
                trees += [one] * count
                if trees:
                    below[name] = tuple(sorted(trees, key=id))
            else:
                own[one, name] = own.get((one, name), 0) + count
                if not own[one, name]:
                    del own[one, name]
        return self._once(own, below, sign)

    def _is_same(self, come: list[Entry], go: list[Entry]) -> bool:
        """Whether one subtree is replaced by one that holds the same: as in most changes."""
        if not len(come) == len(go) == 1 or come[0][0] != go[0][0] or come[0][0] & 3 != TREE_ENTRY:
            return False
        new, old = (self._lists.get(key, 0) for _, key in (come[0], go[0]))
        return new in self._trees and self._trees[new] is self._trees.get(old)

    def _once(self, own: dict[Own, int], below: dict[bytes, tuple[PrunedTree, ...]], sign: int) -> PrunedTree:
        """The one tree that holds this."""
        if not own and not below:
            return EMPTY
        alike = self._alike.setdefault(sign, [])
        for tree in alike:
            if tree.own == own and tree.below == below:
                return tree
        tree = PrunedTree(own, below, sign)
        alike.append(tree)
        self._all.append(tree)
        return tree
