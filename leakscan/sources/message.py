"""The message of a commit that is about to be made, as git's commit-msg hook gets it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.content import Chunk, Skipped
from leakscan.model.errors import UsageError
from leakscan.model.origin import FileOrigin, Origin
from leakscan.sources import gate
from leakscan.sources.base import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_SCISSORS = b"# ------------------------ >8 ------------------------"


class MessageSource:
    """The file `path` without what git will strip from a message that was `edited`.

    That is lines that begin with `#`, and all below the scissors line; they are left empty, so that line numbers stay
    those of the file. Git strips nothing of this from a message that no editor has seen, as with `commit -m`.
    https://git-scm.com/docs/githooks#_commit_msg, https://git-scm.com/docs/git-commit#Documentation/git-commit.txt---cleanupltmodegt
    """

    def __init__(self, path: str, *, edited: bool = True) -> None:
        """Raises UsageError if the file cannot be read."""
        try:
            with open(path, "rb") as file:
                self._raw = file.read(gate.DEFAULT_MAX_SIZE)
        except OSError as error:
            raise UsageError(f"the commit message {path!r} cannot be read: {error.strerror}") from None
        self._path = os.fsencode(path)
        self._edited = edited

    def units(self) -> Sequence[None]:
        return [None]

    def size(self) -> int:
        return len(self._raw)

    def read(self, unit: None) -> Iterator[Chunk | Skipped]:
        text = self._raw
        if self._edited:
            lines = text.partition(_SCISSORS)[0].split(b"\n")
            text = b"\n".join(b"" if line.startswith(b"#") else line for line in lines)
        yield Chunk(FileOrigin(self._path), text)

    def skipped(self) -> Sequence[Skipped]:
        return ()

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        return Attribution()
