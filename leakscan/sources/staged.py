"""What the next commit would add: the index against HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import catfile, run
from leakscan.git.patch import OPTIONS, PATCH, Change, Reader
from leakscan.model.content import Chunk, Skipped
from leakscan.model.origin import NameOrigin, Origin, StagedOrigin
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.sources import added, gate
from leakscan.sources.base import Attribution
from leakscan.sources.metadata import SHORTEST_NAME

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Collection, Iterator, Sequence

    from leakscan.git.repository import Repository

_SHARE = 200  # files in one unit
_OPTIONS = (*OPTIONS, "--ita-invisible-in-index")


class Share(NamedTuple):
    """A unit: changes number `start` to `stop`."""

    start: int
    stop: int


class StagedSource:
    """Staged files, whole, of which the added lines are reported; the names of added files.

    Open the repository with `hook=True`, so that the index that git hands to a hook is the one that is read.
    `exclude` are patterns in gitignore syntax, relative to the top level; `max_size` is in bytes.
    """

    def __init__(
        self,
        repo: Repository,
        *,
        exclude: Sequence[str] = (),
        max_size: int = gate.DEFAULT_MAX_SIZE,
    ) -> None:
        self.repo = repo
        self.max_size = max_size
        self._exclude = tuple(exclude)
        self._changes: list[Change] = []
        self._skipped: list[Skipped] = []
        self._size = 0
        # Git starts to look now, while the rules are loaded.
        self._asked: subprocess.Popen[bytes] | None = run.start(repo.where, *_command("HEAD", *PATCH))

    def units(self) -> Sequence[Share]:
        """Shares of some hundred files. One call of git; two more before the first commit."""
        changes = self._diff()
        self._skipped = [
            Skipped(escape(change.path), "unreadable", "unmerged: resolve the conflict and stage the file")
            for change in changes
            if change.status == "U"
        ]
        self._changes = [change for change in changes if change.is_blob]
        if self._exclude and self._changes:
            from leakscan.sources.walk import excluded

            out = excluded(self._exclude, [change.path for change in self._changes])
            self._skipped += [Skipped(escape(path), "excluded") for path in sorted(out)]
            self._changes = [change for change in self._changes if change.path not in out]
        count = len(self._changes)
        return [Share(start, min(start + _SHARE, count)) for start in range(0, count, _SHARE)]

    def size(self) -> int:
        return self._size

    def skipped(self) -> Sequence[Skipped]:
        return self._skipped

    def read(self, unit: Share) -> Iterator[Chunk | Skipped]:
        changes = self._changes[unit.start : unit.stop]
        for change in changes:
            name = change.path.rpartition(b"/")[2]
            if change.status == "A" and len(name) >= SHORTEST_NAME:
                yield Chunk(NameOrigin(change.path), name)
        wanted = [change for change in changes if change.lines != ()]  # () is a change of mode alone
        found = catfile.stream(self.repo, [change.new for change in wanted], self.max_size)
        for change, blob in zip(wanted, found, strict=True):
            only = None if change.status == "A" else change.lines
            if only is None and change.status == "M" and isinstance(blob, catfile.Object):
                only = added.lines_of(self.repo, change.old, blob)
            yield added.chunk(blob, StagedOrigin(change.path, change.new), change.path, only, self.max_size)

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        return Attribution()

    def _diff(self) -> list[Change]:
        where = self.repo.where
        base = "HEAD"
        process = self._asked or run.start(where, *_command(base, *PATCH))
        self._asked = None
        out, err = process.communicate()
        status = process.returncode
        if status and self._unborn():
            base = self.repo.empty_tree
            status, out, err = run.attempt(where, *_command(base, *PATCH))
        if status == 0:
            self._size = len(out)
            return Reader(out).changes(patch=True)
        # A blob of HEAD that is not there (damaged, partial clone) leaves no patch: the files count as new.
        status, out, _ = run.attempt(where, *_command(base, "--raw"))
        if status:
            raise run.failure(where, err)
        return Reader(out).changes(patch=False)

    def _unborn(self) -> bool:
        """Whether there is no commit yet."""
        from leakscan.git import refs

        return refs.head(self.repo) is None


def _command(base: str, *what: str) -> tuple[str, ...]:
    return ("diff-index", "--cached", *_OPTIONS, *what, base, "--")
