"""Blobs of which only the added lines are reported: common to the staged change and to ranges of commits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, overload

from leakscan.git import catfile, run
from leakscan.git.patch import Reader
from leakscan.model.content import Chunk, LineRange, Skipped
from leakscan.model.text import escape
from leakscan.sources import gate

if TYPE_CHECKING:
    from leakscan.git.repository import Repository
    from leakscan.model.origin import Origin


_ALL = (LineRange(1, sys.maxsize),)


def chunk(
    found: catfile.Object | catfile.Broken,
    origin: Origin,
    what: bytes,
    only: Sequence[LineRange] | None,
    max_size: int,
) -> Chunk | Skipped:
    """A blob as a chunk, or why it is none. `what` names it in a report; `only` are the lines that are new."""
    if isinstance(found, catfile.Broken):
        return Skipped(escape(what), found.why, found.detail or f"blob {found.oid}")
    text = gate.admit(found.data, max_size)
    if isinstance(text, str):
        return Skipped(escape(what), text)
    # Git counted lines of the bytes as stored; in what was UTF-16 they are others.
    return Chunk(origin, text, only if text is found.data else None)


class Lazily(Sequence[LineRange]):
    """Lines that are looked for when somebody asks: few of many texts hold anything. `find` gives None for all of them."""

    __slots__ = ("_find", "_found")

    def __init__(self, find: Callable[[], Collection[LineRange] | None]) -> None:
        self._find = find
        self._found: tuple[LineRange, ...] | None = None

    @property
    def _lines(self) -> tuple[LineRange, ...]:
        if self._found is None:
            found = self._find()
            self._found = _ALL if found is None else tuple(sorted(found))
        return self._found

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> LineRange: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[LineRange, ...]: ...
    def __getitem__(self, index: int | slice) -> LineRange | tuple[LineRange, ...]:
        return self._lines[index]


def lines_of(repo: Repository, old: str, new: catfile.Object) -> tuple[LineRange, ...] | None:
    """The lines that blob `new` adds to `old` although git took one for binary; None where that cannot be told.

    An attribute (`-diff`, `binary`) makes git say so of any text.
    """
    if b"\0" in new.data:
        return None
    options = ("--text", "-U0", "--inter-hunk-context=0", "--no-ext-diff", "--no-textconv", "--no-color")
    status, out, _ = run.attempt(repo.where, "diff", *options, "--no-renames", old, new.oid, "--")
    return None if status or not out else Reader(out).section()
