"""What `_hits.h` does, in Python: which trees lead to something wanted."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from leakscan.git.buffer import Buffer, native
from leakscan.git.tree_heads import BLOB_ENTRY, HEAD, TREE_ENTRY

if TYPE_CHECKING:
    from collections.abc import Iterator


def hits(
    parts: tuple[tuple[Buffer, Buffer, Buffer, Buffer], ...], blobs: Buffer, trees: Buffer
) -> tuple[bytes, bytes, bytes]:
    """Which trees lead to something wanted.

    A part is heads, keys and numbers as `trees_twin` gives them, and one byte for each of their names: whether it is wanted.
    Wanted are besides blobs and trees with these keys (64-bit), and every tree that has a wanted entry. Returns for each
    head of all parts the number of its list of wanted entries (32-bit; 0: it has none); for each list from 1 up: the list
    that it is made from, how many entries come, how many go, and which (32-bit, counted through all parts); the keys of
    trees that were found to be wanted, beyond `trees`.
    """
    tables = [_Part(*part) for part in parts]
    of_kind = {BLOB_ENTRY: set(native("Q", blobs)), TREE_ENTRY: set(native("Q", trees))}
    grown: dict[int, None] = {}
    while sum(table.spread(of_kind, grown) for table in reversed(tables)):
        pass
    lists: list[int] = []
    changes: list[int] = []
    before = made = 0
    for table in tables:
        waiting: list[int] = []
        for depth, come, go in table.changes(of_kind):
            here = waiting[depth - 1] if depth else 0
            if come or go:
                changes += [here, len(come), len(go), *(before + entry for entry in (*come, *go))]
                made += 1
                here = made
            lists.append(here)
            waiting[depth:] = [here]
        before += len(table.keys)
    return (
        struct.pack(f"={len(lists)}I", *lists),
        struct.pack(f"={len(changes)}I", *changes),
        struct.pack(f"={len(grown)}Q", *grown),
    )


class _Part:
    def __init__(self, heads: Buffer, keys: Buffer, numbers: Buffer, names: Buffer) -> None:
        self.heads = list(HEAD.iter_unpack(bytes(heads)))
        self.keys, self.numbers, self.names = native("Q", keys), native("I", numbers), bytes(names)
        if len(self.keys) != len(self.numbers) or sum(h[3] + h[4] for h in self.heads) > len(self.keys):
            raise ValueError("malformed")

    def changes(self, of_kind: dict[int, set[int]]) -> Iterator[tuple[int, list[int], list[int]]]:
        """For each head its depth, and the wanted entries that come and go. `of_kind` may grow meanwhile."""
        entry = 0
        for _, _, depth, added, dropped in self.heads:
            come = [e for e in range(entry, entry + added) if self._wanted(e, of_kind)]
            entry += added
            go = [e for e in range(entry, entry + dropped) if self._wanted(e, of_kind)]
            entry += dropped
            yield depth, come, go

    def spread(self, of_kind: dict[int, set[int]], grown: dict[int, None]) -> bool:
        """Trees that have wanted entries become wanted. Whether there are new ones."""
        news = False
        counts: list[int] = []
        for head, (depth, come, go) in zip(self.heads, self.changes(of_kind), strict=True):
            if depth > len(counts):
                raise ValueError("malformed")
            count = (counts[depth - 1] if depth else 0) + len(come) - len(go)
            counts[depth:] = [count]
            if count > 0 and head[0] not in of_kind[TREE_ENTRY]:
                of_kind[TREE_ENTRY].add(head[0])
                grown[head[0]] = None
                news = True
        return news

    def _wanted(self, entry: int, of_kind: dict[int, set[int]]) -> bool:
        number = self.numbers[entry]
        if number >> 2 < len(self.names) and self.names[number >> 2]:
            return True
        return self.keys[entry] in of_kind.get(number & 3, ())
