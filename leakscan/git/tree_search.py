"""Which of some blobs and names are in a tree and all below it, and under which paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from leakscan.git import catfile
from leakscan.git.entries import entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from leakscan.git.repository import Repository

PATHS = 1000  # of one thing in one tree, the first by name: a tree can name a blob a billion times

Key: TypeAlias = str | bytes  # a blob's hexadecimal id, or a name
Hits: TypeAlias = frozenset[tuple[Key, bytes]]  # (what, path)
NONE: Hits = frozenset()


class TreeSearch:
    """Searches trees for `keys`. `hits` has the answer for every tree that was come by; equal answers are one."""

    def __init__(self, repo: Repository, kinds: Mapping[str, catfile.Kind], keys: Collection[Key]) -> None:
        """`kinds` are those of all objects that are there: a tree that is not has no hits."""
        self.hits: dict[str, Hits] = {}
        self._repo = repo
        self._kinds = kinds
        self._keys = keys

    def search(self, cat: catfile.CatFile, roots: Iterable[str]) -> None:
        """Fill `hits` for trees and all below them."""
        shared: dict[Hits, Hits] = {NONE: NONE}
        below: dict[str, list[tuple[bytes, str]]] = {}
        own: dict[str, list[tuple[Key, bytes]]] = {}
        for root in roots:
            stack = [root]
            while stack:  # no recursion: a tree can be deeper than Python's stack
                tree = stack[-1]
                if tree in self.hits:
                    stack.pop()
                    continue
                if tree not in below:
                    below[tree], own[tree] = self._open(cat, tree)
                    stack += [oid for _, oid in below[tree] if oid not in self.hits]
                    continue
                stack.pop()
                found = _joined(own.pop(tree), below.pop(tree), self.hits)
                self.hits[tree] = shared.setdefault(found, found)

    def _open(
        self, cat: catfile.CatFile, tree: str
    ) -> tuple[list[tuple[bytes, str]], list[tuple[Key, bytes]]]:
        """A tree's subtrees (name, id), and the keys that it has itself (key, path)."""
        if self._kinds.get(tree) != "tree":
            return [], []
        found = cat.read(tree)
        parsed = entries(found.data, self._repo.oid_size) if isinstance(found, catfile.Object) else None
        below: list[tuple[bytes, str]] = []
        own: list[tuple[Key, bytes]] = []
        for entry in parsed or ():
            oid = entry.oid.hex()
            if entry.is_tree:
                below.append((entry.name, oid))
            elif entry.is_blob and oid in self._keys:
                own.append((oid, entry.name))
            if entry.name in self._keys:
                own.append((entry.name, entry.name))
        return below, own


def _joined(own: list[tuple[Key, bytes]], below: list[tuple[bytes, str]], hits: Mapping[str, Hits]) -> Hits:
    """A tree's hits from its own entries and its subtrees'."""
    paths: dict[Key, set[bytes]] = {}
    for key, path in own:
        paths.setdefault(key, set()).add(path)
    for name, oid in below:
        for key, path in hits.get(oid, NONE):
            paths.setdefault(key, set()).add(name + b"/" + path)
    return frozenset((key, path) for key, found in paths.items() for path in sorted(found)[:PATHS])
