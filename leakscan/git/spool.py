"""What one process has learned of a repository on the way, for another that asks later.

A scan unpacks every tree and commit for the names and messages in them. Attribution needs their structure: which entries are
new in which tree, whose child a commit is. So the process that scans writes that down, into files that have no name and
vanish with the processes that hold them. A process that did not inherit them does the work again.
"""

from __future__ import annotations

import mmap
import struct
import tempfile
from typing import IO, TYPE_CHECKING

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakscan.git.buffer import Buffer
    from leakscan.git.history import CommitBatch

_LENGTHS = struct.Struct("=qQQQQQ")
_END = _LENGTHS.pack(-2, 0, 0, 0, 0, 0)
_COMPLETE = b"complete\n"


class TreeBatch(NamedTuple):
    """Some trees, as `trees_twin.trees` describes them.

    `pack` is the number of their pack, and heads have index positions; it is -1 for single trees, whose index positions are
    counted in `oids`, one id behind the other.
    """

    pack: int
    names: list[bytes]
    heads: Buffer
    keys: Buffer
    numbers: Buffer
    oids: Buffer


class Spool:
    """Open before processes are forked. Picklable, but a copy is empty and takes nothing."""

    def __init__(self) -> None:
        # They stay open for as long as the object lives.
        self._trees: IO[bytes] | None = tempfile.TemporaryFile(prefix="leakscan-")  # noqa: SIM115
        self._commits: IO[bytes] | None = tempfile.TemporaryFile(prefix="leakscan-")  # noqa: SIM115

    def __getstate__(self) -> dict[str, None]:
        return {"_trees": None, "_commits": None}

    def write_trees(self, batches: Iterable[TreeBatch]) -> Iterator[TreeBatch]:
        """Passes `batches` on and writes them down; complete once they have all been taken."""
        file = self._trees
        if file is None:
            yield from batches
            return
        file.seek(0)
        file.truncate()
        for batch in batches:
            names = b"\0".join(batch.names)
            parts = (names, batch.heads, batch.keys, batch.numbers, batch.oids)
            file.write(_LENGTHS.pack(batch.pack, *map(len, parts)))
            for part in parts:
                file.write(part)
                file.write(bytes(-len(part) % 8))
            yield batch
        file.write(_END)
        file.flush()

    def read_trees(self) -> list[TreeBatch] | None:
        """What was written; None if that is not complete."""
        view = _mapped(self._trees)
        if view is None or len(view) < len(_END) or view[-len(_END) :] != _END:
            return None
        found: list[TreeBatch] = []
        at = 0
        while True:
            pack, *lengths = _LENGTHS.unpack_from(view, at)
            if pack == -2:
                return found
            at += _LENGTHS.size
            parts = []
            for length in lengths:
                parts.append(view[at : at + length])
                at += length + -length % 8
            names = bytes(parts[0]).split(b"\0") if lengths[0] else []
            found.append(TreeBatch(pack, names, *parts[1:]))

    def write_commits(self, batches: Iterable[CommitBatch]) -> Iterator[CommitBatch]:
        """Passes `batches` on and writes their rows down; complete once they have all been taken."""
        file = self._commits
        if file is None:
            yield from batches
            return
        file.seek(0)
        file.truncate()
        for batch in batches:
            file.write(batch.rows)
            yield batch
        file.write(_COMPLETE)
        file.flush()

    def read_commits(self) -> Buffer | None:
        """The rows; None if they are not complete."""
        view = _mapped(self._commits)
        if view is None or view[-len(_COMPLETE) :] != _COMPLETE:
            return None
        return view[: -len(_COMPLETE)]


def _mapped(file: IO[bytes] | None) -> memoryview | None:
    if file is None or not file.seek(0, 2):
        return None
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
