"""Files on disk: what git tracks or would add, plain directories, single files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.git.repository import Repository
from leakscan.model.content import Chunk, Skipped
from leakscan.model.errors import UsageError
from leakscan.model.origin import NameOrigin, Origin
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.sources import files, gate, listing
from leakscan.sources.base import Attribution
from leakscan.sources.files import File
from leakscan.sources.metadata import SHORTEST_NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_SHARE = 4 * 1024 * 1024  # bytes of files in one unit
_COST = 16 * 1024  # bytes that opening a file costs as much as


class Share(NamedTuple):
    """A unit: files number `start` to `stop`, or (0, 0) for the names of all of them."""

    start: int
    stop: int


class WorktreeSource:
    """The files that PATHs (files and directories) stand for.

    In a work tree: what git tracks or would add; a path that git ignores counts when it is given by name.
    Other directories: all files that their `.gitignore` files leave. Paths are reported relative to `root`:
    the top level of the work tree that all PATHs are in, else the one directory given, else the current
    directory; absolute when they are outside of it.

    `exclude` are patterns in gitignore syntax, relative to `root`. `uncommitted_only`: in work trees, only
    what differs from HEAD or is untracked. `max_size` is in bytes.
    """

    def __init__(
        self,
        paths: Sequence[str | bytes | os.PathLike[str]] = (".",),
        *,
        exclude: Sequence[str] = (),
        max_size: int = gate.DEFAULT_MAX_SIZE,
        uncommitted_only: bool = False,
        known: Repository | None = None,
    ) -> None:
        """`known` is a repository that git has been asked about already.

        Raises UsageError for paths that do not exist, GitError for a repository that git refuses."""
        places = [_place(os.fsencode(path)) for path in paths]
        gone = [escape(os.fsencode(p)) for p, where in zip(paths, places, strict=True) if where is None]
        if gone:
            raise UsageError("no such file or directory: " + ", ".join(gone))
        self._places = list(dict.fromkeys(place for place in places if place is not None))
        self._exclude = tuple(exclude)
        self.max_size = max_size
        self.uncommitted_only = uncommitted_only
        self._repos = _Repositories(known)
        self.root = self._root()
        self._files: list[File] = []
        self._skipped: list[Skipped] = []

    @property
    def repository(self) -> Repository | None:
        """The repository whose work tree `root` is the top of, if it is one."""
        return self._repos.of(self.root)

    def units(self) -> Sequence[Share]:
        """Shares of some megabytes, in the order of paths; the names come last."""
        found: dict[bytes, File] = {}
        skipped: dict[Skipped, None] = {}
        for item in self._list():
            if isinstance(item, Skipped):
                skipped[item] = None
            else:
                found.setdefault(item.location, item)
        self._files = sorted(found.values())
        if self._exclude:
            from leakscan.sources.walk import excluded as match

            excluded = match(self._exclude, (file.path for file in self._files))
            skipped |= dict.fromkeys(Skipped(escape(path), "excluded") for path in sorted(excluded))
            self._files = [file for file in self._files if file.path not in excluded]
        self._skipped = list(skipped)
        shares = []
        start = held = 0
        for number, file in enumerate(self._files, 1):
            held += min(file.size, self.max_size) + _COST
            if held >= _SHARE:
                shares.append(Share(start, number))
                start, held = number, 0
        if start < len(self._files):
            shares.append(Share(start, len(self._files)))
        return [*shares, Share(0, 0)]

    def size(self) -> int:
        return sum(min(file.size, self.max_size) + _COST for file in self._files)

    def skipped(self) -> Sequence[Skipped]:
        return self._skipped

    def read(self, unit: Share) -> Iterator[Chunk | Skipped]:
        if unit.stop == 0:
            return self._names()
        return (files.read(file, self.max_size) for file in self._files[unit.start : unit.stop])

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        return Attribution()

    def _names(self) -> Iterator[Chunk | Skipped]:
        seen = set()
        for file in self._files:
            path = file.path
            while path and path not in seen:
                seen.add(path)
                parent, _, name = path.rpartition(b"/")
                if len(name) >= SHORTEST_NAME:
                    yield Chunk(NameOrigin(path), name)
                path = parent

    def _list(self) -> Iterator[File | Skipped]:
        trees: dict[bytes, list[bytes]] = {}
        for place in self._places:
            if not os.path.isdir(place) or os.path.islink(place):
                yield File(self._reported(place), place, os.lstat(place).st_size)
                continue
            repo = self._repos.of(place)
            top = repo.work_tree if repo else None
            if top is None or b".git" in place[len(top) :].split(b"/"):
                yield from listing.plain(place, self._prefix(place))
            else:
                trees.setdefault(top, []).append(place)
        for top, places in trees.items():
            repo = self._repos.of(top)
            assert repo is not None
            within = [os.path.relpath(place, top) for place in places if place != top]
            ignored = listing.ignored(repo, within)
            for path in ignored:
                place = os.path.join(top, path)
                yield from listing.plain(place, self._prefix(place))
            wanted = [path for path in within if path not in ignored]
            if top in places or wanted:
                yield from listing.work_tree(
                    repo,
                    self._prefix(top),
                    within=[] if top in places else wanted,
                    uncommitted=self.uncommitted_only,
                )

    def _root(self) -> bytes:
        repos = [self._repos.of(place) for place in self._places]
        tops = {repo.work_tree if repo else None for repo in repos}
        if len(tops) == 1 and (top := tops.pop()) is not None:
            return top
        if len(self._places) == 1 and os.path.isdir(self._places[0]):
            return self._places[0]
        return os.path.realpath(os.getcwdb())

    def _reported(self, place: bytes) -> bytes:
        inside = os.path.join(self.root, b"")
        path = place[len(inside) :] if place.startswith(inside) else place
        return path.replace(os.sep.encode(), b"/")

    def _prefix(self, directory: bytes) -> bytes:
        return b"" if directory == self.root else self._reported(directory) + b"/"


class _Repositories:
    """Repositories by directory; git is asked once for each work tree."""

    def __init__(self, known: Repository | None) -> None:
        self._found: dict[bytes, Repository | None] = {}
        top = known.work_tree if known else None
        if top is not None and known is not None and known.git_dir == os.path.join(top, b".git"):
            self._found[top] = known

    def of(self, place: bytes) -> Repository | None:
        """The repository whose work tree holds a file or directory (absolute, no links in it)."""
        directory = place if os.path.isdir(place) and not os.path.islink(place) else os.path.dirname(place)
        if directory not in self._found:
            if os.path.lexists(os.path.join(directory, b".git")):
                repo = Repository.discover(directory)
                top = repo.work_tree if repo else None
                inside = top is not None and (
                    directory == top or directory.startswith(os.path.join(top, b""))
                )
                self._found[directory] = repo if inside else None
            else:
                parent = os.path.dirname(directory)
                self._found[directory] = self.of(parent) if parent != directory else None
        return self._found[directory]


def _place(path: bytes) -> bytes | None:
    """`path` absolute and without links, but for itself being a link to what is no directory."""
    if os.path.isdir(path):
        return os.path.realpath(path)
    if not os.path.lexists(path):
        return None
    directory, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(directory), name)
