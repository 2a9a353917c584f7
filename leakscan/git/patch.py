"""What `git diff-index` and `git diff-tree` print for `-z --raw -p -U0`: changed files, and the lines they gain.

Format: https://git-scm.com/docs/diff-format. The raw part (with NULs, nothing quoted) names files and
blobs; the patch part follows in the same order and is read by counting lines, so that no content can pass
for a header.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakscan.model.content import LineRange
from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def _against_all(path: bytes, fields: Sequence[bytes]) -> Change | None:
    """A change of a file against each of n parents: n + 1 modes, n + 1 ids, the last ones those of the commit."""
    n = len(fields) // 2 - 1
    modes, new_mode = [fields[0][n:], *fields[1:n]], fields[n]
    olds, new = fields[n + 1 : 2 * n + 1], fields[2 * n + 1].decode()
    if not new_mode.strip(b"0"):
        return None
    kinds = ["A" if not m.strip(b"0") else "M" if m[:-4] == new_mode[:-4] else "T" for m in modes]
    if n > 1 and ("T" in kinds or "M" not in kinds):
        return Change(path, "A", new_mode, olds[0].decode(), new, None)
    old = next((o for o, kind in zip(olds, kinds, strict=True) if kind == "M"), olds[0]).decode()
    same = any(kind == "M" and o.decode() == new for o, kind in zip(olds, kinds, strict=True))
    return Change(path, "M" if "M" in kinds else kinds[0], new_mode, old, new, () if same else None)


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

    def files(self) -> list[Change]:
        """The next list of `diff-tree -c --raw`, without lines: of a merge, what differs from all of its parents.

        A file that all of a merge's parents lack, or have of another kind, is added. What has only another mode than in
        one of them has no new lines.
        """
        found = []
        while self._data.startswith(b":", self._at):
            fields = self._until(b"\0").split(b" ")
            path = self._until(b"\0")
            if (change := _against_all(path, fields)) is not None:
                found.append(change)
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
