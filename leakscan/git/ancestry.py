"""All commits of a repository and their parents, as numbers: what the fast attribution walks."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from leakscan.git import history, kernel
from leakscan.git.ancestry_twin import NONE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from leakscan.git.inventory import Inventory


class Ancestry:
    """All commits by number, in no order; what is known of them is laid out as `ancestry_twin` says."""

    def __init__(self, held: Inventory) -> None:
        written = held.spool.read_commits()
        rows = written if written is not None else b"".join(batch.rows for batch in history.walk(held))
        self._size, self._seed = held.repo.oid_size, held.seed
        self.oids, self.trees, self.times, self.ends, self.parents = kernel.ancestry(
            rows, self._size, self._seed
        )
        self.count = len(self.times) // 8
        self._times = memoryview(self.times).cast("q")
        self._ends = memoryview(self.ends).cast("I")
        self._parents = memoryview(self.parents).cast("I")

    def numbers(self, oids: Collection[str]) -> dict[str, int]:
        """The numbers of those of some ids that are commits here."""
        sound = [oid for oid in oids if len(oid) == 2 * self._size]
        packed = kernel.numbered(self.oids, bytes.fromhex("".join(sound)), self._size, self._seed)
        found = zip(sound, memoryview(packed).cast("I"), strict=True)
        return {oid: number for oid, number in found if number != NONE}

    def oid(self, number: int) -> str:
        """The id of a commit."""
        return self.raw(number).hex()

    def raw(self, number: int) -> bytes:
        """The id of a commit, binary."""
        return self.oids[number * self._size : (number + 1) * self._size]

    def time(self, number: int) -> int:
        """When a commit was made, in seconds."""
        return self._times[number]

    def above(self, number: int) -> Sequence[int]:
        """The parents of a commit."""
        return self._parents[self._ends[number - 1] if number else 0 : self._ends[number]].tolist()

    def ancestors(self, tips: Iterable[int]) -> bytes:
        """For each commit a byte: whether it is reachable from `tips`, these included."""
        return kernel.ancestors(self.ends, self.parents, array("I", tips).tobytes())

    def changed(self, trees: bytes) -> list[int]:
        """The commits whose tree (32-bit numbers) is not that of every parent, or that are the first to have one."""
        return memoryview(kernel.changed(self.ends, self.parents, trees)).cast("I").tolist()
