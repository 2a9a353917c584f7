"""What `git diff-index` and `git diff-tree` print for `-z --raw -p -U0`: changed files, and the lines they gain.

Format: https://git-scm.com/docs/diff-format. The raw part (with NULs, nothing quoted) names files and
blobs; the patch part follows in the same order and is read by counting lines, so that no content can pass
for a header.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from leakscan.model.content import LineRange
from leakscan.model.errors import GitError

# No context, no renames: what is reported is what a commit adds, and a renamed file adds its name.
OPTIONS = (
    "-r", "--no-renames", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=none",
    "--submodule=short", "--diff-filter=AMTU", "-z",
)  # fmt: skip
PATCH = ("--raw", "-p", "-U0", "--inter-hunk-context=0")

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_HEADERS = (b"old mode ", b"new mode ", b"deleted file ", b"new file ", b"index ", b"--- ", b"+++ ")
_TREELIKE = b"160000"


class Change(NamedTuple):
    """A file that gains content. Modes as printed, in octal."""

    path: bytes
    status: str  # A added, M modified, T of another kind (file, link, submodule), U unmerged
    mode: bytes
    old: str  # blob ids; all zeros where there is none
    new: str
    lines: (
        tuple[LineRange, ...] | None
    )  # which lines are new; None: unknown (binary, or no patch was asked for)

    @property
    def is_blob(self) -> bool:
        return self.mode != _TREELIKE and self.status != "U"


class Reader:
    """Reads changes one list after another from git's output."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def commit(self) -> str | None:
        """The commit id that opens a list of `diff-tree --stdin`; None at the end."""
        if self._at >= len(self._data):
            return None
        return self._until(b"\0").decode("ascii", "replace")

    def changes(self, *, patch: bool) -> list[Change]:
        """The next list; with the lines of the patch, when git was asked for one."""
        found = []
        while self._data.startswith(b":", self._at):
            _, mode, old, new, status = self._until(b"\0").split(b" ")
            path = self._until(b"\0")
            found.append(Change(path, status[:1].decode(), mode, old.decode(), new.decode(), None))
        if patch and self._data.startswith(b"\0", self._at):
            self._at += 1
            found = [self._with_lines(change) for change in found]
        return found

    def paths(self) -> list[bytes]:
        """The next list, of `diff-tree -c --raw`, by its paths alone: what differs from all parents of a merge."""
        found = []
        while self._data.startswith(b"::", self._at):
            self._until(b"\0")
            found.append(self._until(b"\0"))
        return found

    def _with_lines(self, change: Change) -> Change:
        if self._data.startswith(b"* Unmerged path ", self._at):
            self._until(b"\n")
            return change
        if change.status == "T":
            self.section()  # what goes, before what comes
        lines = self.section()
        return change._replace(lines=lines)

    def section(self) -> tuple[LineRange, ...] | None:
        """The new lines of one file's patch; None when it is binary to git."""
        data = self._data
        if not self._until(b"\n").startswith(b"diff --git "):
            raise GitError("git printed a patch that leakscan cannot read; please report its version")
        while data.startswith(_HEADERS, self._at):
            self._until(b"\n")
        if data.startswith(b"Binary files ", self._at):
            self._until(b"\n")
            return None
        found = []
        while hunk := _HUNK.match(data, self._at):
            self._until(b"\n")
            self._pass(int(hunk[1] or 1))
            first, count = int(hunk[2]), int(hunk[3] or 1)
            self._pass(count)
            if count:
                found.append(LineRange(first, first + count - 1))
        return tuple(found)

    def _pass(self, lines: int) -> None:
        for _ in range(lines):
            self._at = self._data.index(b"\n", self._at) + 1
        if lines and self._data.startswith(b"\\ ", self._at):  # "\ No newline at end of file"
            self._until(b"\n")

    def _until(self, end: bytes) -> bytes:
        start = self._at
        stop = self._data.find(end, start)
        if stop < 0:
            raise GitError("git's output ends in the middle of a patch")
        self._at = stop + 1
        return self._data[start:stop]
