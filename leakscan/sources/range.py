"""What a range of commits adds: for continuous integration, pushes and servers' hooks. Finds what `commits` finds.

Only the objects that the range brings are read, along their deltas where they are packed; and which lines of a file are
new, git is asked of those files alone in which something was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from leakscan.git import catfile, commits, plan_of_some
from leakscan.git.changed_files import NewLines, changed_files
from leakscan.git.objects import ObjectStore
from leakscan.git.steps import DEPTH, LARGEST, STEP, column
from leakscan.model.content import Chunk, Skipped
from leakscan.model.errors import GitError
from leakscan.model.finding import Commit, Locus
from leakscan.model.origin import BlobOrigin, CommitOrigin, NameOrigin, Origin
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.sources import added, families, gate, metadata, revisions
from leakscan.sources.base import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leakscan.git.patch import Change
    from leakscan.git.repository import Repository
    from leakscan.model.content import LineRange, Novelty

_SINGLES = 200  # blobs beside the packs in one unit
_SINGLE_COST = 16 * 1024  # bytes that one is taken for


class Share(NamedTuple):
    """A unit: steps `start` to `stop` of what is read of a pack; single blobs by number; or messages and names."""

    what: Literal["texts", "blobs", "singles"]
    pack: int = 0
    start: int = 0
    stop: int = 0


class NoveltyRangeSource:
    """The lines that each of some commits adds to its parents (a merge: to all of them), messages and names too.

    `revs`: see `revisions.listed`. `exclude` are patterns in gitignore syntax, relative to the top level; `max_size` is
    in bytes; `context` is how many bytes around something new a match can depend on.
    """

    def __init__(
        self,
        repo: Repository,
        *revs: str,
        context: int,
        exclude: Sequence[str] = (),
        max_size: int = gate.DEFAULT_MAX_SIZE,
    ) -> None:
        self.repo = repo
        self.context = context
        self.max_size = max_size
        self._revs = revs
        self._exclude = tuple(exclude)
        self._texts: dict[str, commits.CommitText] = {}
        self._changed: list[tuple[str, Change]] = []  # by commit, the oldest first
        self._blobs: dict[str, list[int]] = {}  # by id, the changes that bring it
        self._names: dict[bytes, str] = {}
        self._plan = plan_of_some.Some((), [])
        self._new_lines = NewLines(repo, {}, ())
        self._packs: tuple[bytes, ...] = ()
        self._opened: ObjectStore | None = None
        self._skipped: list[Skipped] = []

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_opened": None}

    @property
    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = ObjectStore.of(self.repo)
            packs = tuple(pack.path for pack in self._opened.packs)
            if self._plan.steps and packs != self._packs:
                raise GitError("the repository was repacked while it was scanned; try again")
            self._packs = packs
        return self._opened

    def units(self) -> Sequence[Share]:
        """Messages and names, then families of blobs, and what lies loose. Raises UsageError for an unknown revision."""
        self._texts = self._read_commits(revisions.listed(self.repo, self._revs))
        self._skipped += revisions.cut_off(self.repo, self._texts)
        oldest_first = sorted(self._texts, key=lambda oid: (self._texts[oid].committer.time, oid))
        parents = {oid: self._texts[oid].parents for oid in oldest_first}
        found, unread = changed_files(self.repo, parents)
        self._skipped += unread
        self._changed = [(oid, change) for oid in oldest_first for change in found.get(oid, ())]
        self._leave_out()
        for number, (oid, change) in enumerate(self._changed):
            name = change.path.rpartition(b"/")[2]
            if change.status == "A" and len(name) >= metadata.SHORTEST_NAME:
                self._names.setdefault(change.path, oid)
            if change.is_blob and change.lines != ():
                self._blobs.setdefault(change.new, []).append(number)
        self._new_lines = NewLines(self.repo, parents, self._changed)
        self._plan = plan_of_some.plan(self._store, [bytes.fromhex(oid) for oid in self._blobs])
        shares = [Share("texts")]
        for number, steps in enumerate(self._plan.steps):
            shares += [
                Share("blobs", number, *part) for part in families.cut(_sizes(steps), column(steps, DEPTH))
            ]
        count = len(self._plan.singles)
        shares += [Share("singles", 0, at, min(at + _SINGLES, count)) for at in range(0, count, _SINGLES)]
        return shares

    def size(self) -> int:
        packed = sum(sum(_sizes(steps)) for steps in self._plan.steps)
        return packed + _SINGLE_COST * len(self._plan.singles)

    def skipped(self) -> Sequence[Skipped]:
        return self._skipped

    def read(self, unit: Share) -> Iterator[Chunk | Skipped]:
        match unit.what:
            case "texts":
                return self._read_texts()
            case "blobs":
                return self._read_packed(unit)
            case "singles":
                return self._read_singles(self._plan.singles[unit.start : unit.stop])

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        """The commits of the range that brought the content in. No lives: the range is not all of history."""
        loci: dict[Origin, tuple[Locus, ...]] = {}
        for origin in {origin for group in groups for origin in group}:
            if isinstance(origin, BlobOrigin) and origin.blob in self._blobs:
                places = self._places(origin.blob)
                loci[origin] = tuple(Locus(path, self._commit(places[path])) for path in sorted(places))
            elif isinstance(origin, CommitOrigin):
                loci[origin] = (Locus(None, self._commit(origin.commit)),)
            elif isinstance(origin, NameOrigin):
                loci[origin] = (Locus(origin.path, self._commit(self._names[origin.path])),)
        return Attribution(loci)

    def _read_texts(self) -> Iterator[Chunk | Skipped]:
        yield from metadata.text_chunks(self._texts.items(), ())
        for path in sorted(self._names):
            yield Chunk(NameOrigin(path), path.rpartition(b"/")[2])

    def _read_packed(self, unit: Share) -> Iterator[Chunk | Skipped]:
        store = self._store
        steps = memoryview(self._plan.steps[unit.pack])[unit.start * STEP.size : unit.stop * STEP.size]
        limits = families.Limits(self.max_size, self.context)
        for oid, text, raw, depth, new in families.read(store, store.packs[unit.pack], steps, None, limits):
            yield self._chunk(oid.hex(), text, raw, depth, new)

    def _read_singles(self, oids: Sequence[bytes]) -> Iterator[Chunk | Skipped]:
        for oid in oids:
            found = self._store.read(oid, self.max_size)
            if isinstance(found, catfile.Broken):
                yield self._chunk(oid.hex(), found, b"")
            else:
                yield self._chunk(oid.hex(), gate.admit(found.data, self.max_size), found.data)

    def _chunk(
        self,
        oid: str,
        text: bytes | gate.Refusal | catfile.Broken,
        raw: bytes,
        depth: int = 0,
        novelty: Novelty | None = None,
    ) -> Chunk | Skipped:
        if not oid:
            assert isinstance(text, bytes)
            return Chunk(BlobOrigin(oid), text, (), depth, novelty)
        if isinstance(text, bytes):
            # Git counts lines of the bytes as stored; in what was UTF-16 they are others.
            whole = text is not raw or any(self._changed[at][1].status != "M" for at in self._blobs[oid])
            only = None if whole else added.Lazily(lambda: self._lines(oid, raw))
            return Chunk(BlobOrigin(oid), text, only, depth, novelty)
        what = escape(self._changed[self._blobs[oid][0]][1].path)
        if isinstance(text, str):
            return Skipped(what, text)
        if text.why == "missing" and self.repo.is_partial:
            return Skipped(what, text.why, catfile.LEFT_OUT)
        return Skipped(what, text.why, text.detail or f"blob {oid}")

    def _lines(self, blob: str, raw: bytes) -> set[LineRange] | None:
        """The lines of a blob that some commit adds; None for all of them."""
        lines: set[LineRange] = set()
        for at in self._blobs[blob]:
            some = self._added(at, raw)
            if some is None:
                return None
            lines.update(some)
        return lines

    def _added(self, at: int, raw: bytes) -> tuple[LineRange, ...] | None:
        """The lines that one change adds to its file, whose content is `raw`."""
        commit, change = self._changed[at]
        lines = self._new_lines.of(commit, change)
        if lines is None and change.status == "M":
            lines = added.lines_of(self.repo, change.old, catfile.Object(change.new, "blob", raw))
        return lines

    def _places(self, blob: str) -> dict[bytes, str]:
        """By path, the earliest commit that brought a blob there."""
        places: dict[bytes, str] = {}
        raw: bytes | None = None
        for at in self._blobs[blob]:
            commit, change = self._changed[at]
            if change.path in places:
                continue
            if change.status == "M" and raw is None:
                found = self._store.read(bytes.fromhex(blob), self.max_size)
                raw = b"" if isinstance(found, catfile.Broken) else found.data
            if change.status != "M" or self._added(at, raw or b"") != ():
                places[change.path] = commit
        return places

    def _commit(self, oid: str) -> Commit:
        return commits.describe(oid, self._texts[oid])

    def _read_commits(self, oids: Sequence[str]) -> dict[str, commits.CommitText]:
        texts = {}
        for oid in oids:
            found = self._store.read(bytes.fromhex(oid), LARGEST)
            if isinstance(found, catfile.Broken):
                self._skipped.append(Skipped(f"commit {found.oid}", found.why, found.detail))
            else:
                texts[oid] = commits.parse_commit(found.data)
        return texts

    def _leave_out(self) -> None:
        if self._exclude:
            from leakscan.sources.walk import excluded

            out = excluded(self._exclude, {change.path for _, change in self._changed if change.lines != ()})
            self._changed = [item for item in self._changed if item[1].path not in out]
            self._skipped += [Skipped(escape(path), "excluded") for path in sorted(out)]


def _sizes(steps: bytes) -> memoryview:
    return memoryview(steps).cast("Q")[1 :: STEP.size // 8]
