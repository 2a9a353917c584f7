"""All commits of a repository and their parents, as numbers: what the fast attribution walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import history

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakscan.git.inventory import Inventory


class Ancestry:
    """All commits by number, in no order."""

    def __init__(self, held: Inventory) -> None:
        written = held.spool.read_commits()
        text = written if written is not None else b"".join(batch.rows for batch in history.walk(held))
        rows = [line.split(" ") for line in text.decode("ascii").splitlines()]
        self.number = {row[0]: i for i, row in enumerate(rows)}
        if len(self.number) < len(rows):  # in several packs
            rows = [rows[i] for i in self.number.values()]
            self.number = {row[0]: i for i, row in enumerate(rows)}
        self.oids = list(self.number)
        self.trees = [row[1] for row in rows]
        self.times = [int(row[2]) for row in rows]
        get = self.number.get
        self.parents: list[Sequence[int]] = []
        for row in rows:
            if len(row) == 4:
                parent = get(row[3])
                self.parents.append(() if parent is None else (parent,))
            else:
                self.parents.append([n for n in map(get, dict.fromkeys(row[3:])) if n is not None])

    def ancestors(self, tips: Iterable[str]) -> bytearray:
        """For each commit whether it is reachable from `tips`, these included."""
        seen = bytearray(len(self.oids))
        todo = [self.number[oid] for oid in tips if oid in self.number]
        parents = self.parents
        while todo:
            i = todo.pop()
            while not seen[i]:
                seen[i] = 1
                above = parents[i]
                if not above:
                    break
                if len(above) > 1:
                    todo += above[1:]
                i = above[0]
        return seen

    def order(self) -> list[int]:
        """Parents before children."""
        children: list[list[int]] = [[] for _ in self.oids]
        waiting = [len(above) for above in self.parents]
        for i, above in enumerate(self.parents):
            for parent in above:
                children[parent].append(i)
        order = [i for i, count in enumerate(waiting) if not count]
        for i in order:  # grows while it is walked
            for child in children[i]:
                waiting[child] -= 1
                if not waiting[child]:
                    order.append(child)
        return order
