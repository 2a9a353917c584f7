"""What a range of commits adds, read in full through git: the plain twin of `range`, its oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import catfile, commits
from leakscan.git.changes import changes
from leakscan.model.content import Chunk, LineRange, Skipped
from leakscan.model.finding import Commit, Locus
from leakscan.model.origin import BlobOrigin, CommitOrigin, NameOrigin, Origin
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.sources import added, gate, metadata, revisions
from leakscan.sources.base import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leakscan.git.patch import Change
    from leakscan.git.repository import Repository

_SHARE = 200  # blobs in one unit


class Share(NamedTuple):
    """A unit: blobs number `start` to `stop`; (0, 0) stands for messages and names."""

    start: int
    stop: int


class _Blob:
    """What is known of a blob that some commit brought in."""

    def __init__(self, path: bytes) -> None:
        self.path = path  # any of its paths, to name it by when it cannot be read
        self.only: set[LineRange] | None = set()
        self.places: dict[bytes, str] = {}  # path: the earliest commit that brought it there


class PlainRangeSource:
    """The lines that each of some commits adds to its parents (a merge: to all of them), messages and names too.

    `revs`: see `revisions.listed`. `exclude` are patterns in gitignore syntax, relative to the top level; `max_size` is
    in bytes.
    """

    def __init__(
        self,
        repo: Repository,
        *revs: str,
        exclude: Sequence[str] = (),
        max_size: int = gate.DEFAULT_MAX_SIZE,
    ) -> None:
        self.repo = repo
        self.max_size = max_size
        self._revs = revs
        self._exclude = tuple(exclude)
        self._texts: dict[str, commits.CommitText] = {}
        self._blobs: dict[str, _Blob] = {}
        self._names: dict[bytes, str] = {}
        self._order: list[str] = []
        self._skipped: list[Skipped] = []

    def units(self) -> Sequence[Share]:
        """Shares of some hundred blobs, after the messages and names. Raises UsageError for an unknown revision."""
        self._texts = self._read_commits(revisions.listed(self.repo, self._revs))
        self._skipped += revisions.cut_off(self.repo, self._texts)
        oldest_first = sorted(self._texts, key=lambda oid: (self._texts[oid].committer.time, oid))
        found, unread = changes(self.repo, {oid: self._texts[oid].parents for oid in oldest_first})
        self._skipped += unread
        for oid in oldest_first:
            for change in found.get(oid, ()):
                self._note(oid, change)
        self._leave_out()
        self._order = sorted(self._blobs)
        count = len(self._order)
        shares = [Share(start, min(start + _SHARE, count)) for start in range(0, count, _SHARE)]
        return [Share(0, 0), *shares]

    def size(self) -> int:
        return len(self._order) * 16 * 1024

    def skipped(self) -> Sequence[Skipped]:
        return self._skipped

    def read(self, unit: Share) -> Iterator[Chunk | Skipped]:
        if unit.stop == 0:
            yield from metadata.text_chunks(self._texts.items(), ())
            for path in sorted(self._names):
                yield Chunk(NameOrigin(path), path.rpartition(b"/")[2])
            return
        oids = self._order[unit.start : unit.stop]
        for found in catfile.stream(self.repo, oids, self.max_size):
            blob = self._blobs[found.oid]
            only = None if blob.only is None else tuple(sorted(blob.only))
            if only != ():
                yield added.chunk(found, BlobOrigin(found.oid), blob.path, only, self.max_size)

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        """The commits of the range that brought the content in. No lives: the range is not all of history."""
        loci: dict[Origin, tuple[Locus, ...]] = {}
        for origin in {origin for group in groups for origin in group}:
            if isinstance(origin, BlobOrigin) and origin.blob in self._blobs:
                places = self._blobs[origin.blob].places
                loci[origin] = tuple(Locus(path, self._commit(places[path])) for path in sorted(places))
            elif isinstance(origin, CommitOrigin):
                loci[origin] = (Locus(None, self._commit(origin.commit)),)
            elif isinstance(origin, NameOrigin):
                loci[origin] = (Locus(origin.path, self._commit(self._names[origin.path])),)
        return Attribution(loci)

    def _commit(self, oid: str) -> Commit:
        return commits.describe(oid, self._texts[oid])

    def _read_commits(self, oids: list[str]) -> dict[str, commits.CommitText]:
        texts = {}
        for found in catfile.stream(self.repo, oids):
            if isinstance(found, catfile.Broken):
                self._skipped.append(Skipped(f"commit {found.oid}", found.why, found.detail))
            else:
                texts[found.oid] = commits.parse_commit(found.data)
        return texts

    def _note(self, oid: str, change: Change) -> None:
        name = change.path.rpartition(b"/")[2]
        if change.status == "A" and len(name) >= metadata.SHORTEST_NAME:
            self._names.setdefault(change.path, oid)
        if not change.is_blob:
            return
        blob = self._blobs.setdefault(change.new, _Blob(change.path))
        lines = None if change.status == "A" else change.lines
        if lines is None and change.status == "M":
            with catfile.CatFile(self.repo, self.max_size) as cat:
                found = cat.read(change.new)
            if isinstance(found, catfile.Object):
                lines = added.lines_of(self.repo, change.old, found)
        if lines is None:
            blob.only = None
        elif blob.only is not None:
            blob.only.update(lines)
        if lines != ():
            blob.places.setdefault(change.path, oid)

    def _leave_out(self) -> None:
        if self._exclude:
            from leakscan.sources.walk import excluded

            paths = {path for blob in self._blobs.values() for path in blob.places} | set(self._names)
            out = excluded(self._exclude, paths)
            for blob in self._blobs.values():
                blob.places = {path: oid for path, oid in blob.places.items() if path not in out}
            self._names = {path: oid for path, oid in self._names.items() if path not in out}
            self._skipped += [Skipped(escape(path), "excluded") for path in sorted(out)]
        self._blobs = {oid: blob for oid, blob in self._blobs.items() if blob.places}
