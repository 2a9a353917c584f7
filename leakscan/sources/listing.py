"""Which files of a git work tree there are to scan: what git tracks or would add."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.git.repository import Repository
from leakscan.model.content import Skipped
from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.sources import walk
from leakscan.sources.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_CLOSED = re.compile(rb"^warning: could not open directory '(.*?)/?': (.*)$", re.MULTILINE)


class _Names(NamedTuple):
    files: list[bytes]
    modules: list[bytes]  # submodules
    nested: list[bytes]  # untracked repositories
    closed: list[tuple[bytes, bytes]]  # directories that git could not look into, and why


def work_tree(
    repo: Repository, prefix: bytes, *, within: Sequence[bytes] = (), uncommitted: bool = False
) -> Iterator[File | Skipped]:
    """The files of a work tree, submodules and nested repositories included; reported paths begin with `prefix`.

    `within` are paths relative to the top level, empty for all. With `uncommitted`, only what differs from
    HEAD or is untracked (in submodules everything: their commits are in another history). Raises GitError
    when the repository itself cannot be listed.
    """
    assert repo.work_tree is not None
    top = repo.work_tree
    names = _changed(repo, within) if uncommitted else _all(repo, within)
    for name, reason in names.closed:
        yield Skipped(escape(prefix + name), "unreadable", escape(reason))
    real = _RealDirectories(top)
    for name in names.files:
        if not real.hold(name):
            detail = "a symbolic link stands where its directory should be"
            yield Skipped(escape(prefix + name), "special-file", detail)
            continue
        location = os.path.join(top, name)
        try:
            facts = os.lstat(location)
        except FileNotFoundError:
            continue  # tracked and deleted, or outside a sparse checkout: no content here
        except OSError as error:
            yield Skipped(escape(prefix + name), "unreadable", error.strerror or "")
            continue
        if not stat.S_ISDIR(facts.st_mode):  # a file that became a directory: its files are listed themselves
            yield File(prefix + name, location, facts.st_size)
    for name in names.modules:
        location = os.path.join(top, name)
        if real.hold(name + b"/x") and os.path.lexists(os.path.join(location, b".git")):
            yield from nested(location, prefix + name + b"/")
        elif not os.path.islink(location):
            detail = "fetch it with `git submodule update --init`"
            yield Skipped(escape(prefix + name), "uninitialised-submodule", detail)
    for name in names.nested:
        if real.hold(name + b"x"):
            yield from nested(os.path.join(top, name), prefix + name)


def nested(directory: bytes, prefix: bytes) -> Iterator[File | Skipped]:
    """The files of a repository in a directory: as git lists them, or all of them where git refuses."""
    repo = _own_repository(directory)
    if repo is not None:
        yield from work_tree(repo, prefix)
    else:
        yield from plain(directory, prefix)


def plain(directory: bytes, prefix: bytes) -> Iterator[File | Skipped]:
    """The files of a directory that is no work tree; repositories in it as git lists them."""
    top = os.path.join(directory, b"")
    for found in walk.walk(directory, enter=lambda path: _own_repository(path) is None):
        if isinstance(found, walk.Unlisted):
            yield Skipped(escape(prefix + found.path) or escape(directory), "unreadable", found.why)
        elif isinstance(found, walk.Nested):
            yield from nested(os.path.join(directory, found.path), prefix + found.path + b"/")
        else:
            location = top + found
            try:
                size = os.lstat(location).st_size
            except OSError:
                size = 0  # whatever is wrong, reading will tell
            yield File(prefix + found, location, size)


def ignored(repo: Repository, paths: Sequence[bytes]) -> set[bytes]:
    """Those of `paths` (relative to the top level) that git ignores."""
    if not paths:
        return set()
    question = b"".join(path + b"\0" for path in paths)
    status, out, err = run.attempt(repo.where, "check-ignore", "-z", "--stdin", input=question)
    if status > 1:
        raise run.failure(repo.where, err)
    return {path for path in out.split(b"\0") if path}


def _own_repository(directory: bytes) -> Repository | None:
    """The repository whose work tree is exactly this directory, if git agrees to read it."""
    try:
        repo = Repository.open(directory)
    except GitError:
        return None
    same = repo.work_tree is not None and os.path.realpath(repo.work_tree) == os.path.realpath(directory)
    return repo if same else None


def _all(repo: Repository, within: Sequence[bytes]) -> _Names:
    arguments = ("-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
    out, closed = _ask(repo.where, "ls-files", *arguments, "--", *within)
    names = _Names([], [], [], closed)
    seen = set()
    for line in out.split(b"\0"):
        if line.startswith(b"? "):
            name = line[2:]
            (names.nested if name.endswith(b"/") else names.files).append(name)
        elif line:
            facts, _, name = line.partition(b"\t")
            if name not in seen:  # an unmerged file has up to three entries
                seen.add(name)
                (names.modules if facts.split()[1] == b"160000" else names.files).append(name)
    return names


def _modules(repo: Repository, within: Sequence[bytes]) -> list[bytes]:
    out, _ = _ask(repo.where, "ls-files", "-z", "--stage", "--cached", "--", *within)
    first: dict[bytes, bytes] = {}  # an unmerged file has up to three entries
    for facts, _, name in (line.partition(b"\t") for line in out.split(b"\0")):
        first.setdefault(name, facts)
    return [name for name, facts in first.items() if facts.startswith(b"160000 ")]


def _changed(repo: Repository, within: Sequence[bytes]) -> _Names:
    where = run.silenced(repo.where)
    options = ("--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=all", "--no-renames")
    out, closed = _ask(where, "status", *options, "--", *within)
    names = _Names([], _modules(repo, within), [], closed)
    fields = {b"1": 8, b"u": 10}
    for line in out.split(b"\0"):
        kind = line[:1]
        if kind == b"?":
            (names.nested if line.endswith(b"/") else names.files).append(line[2:])
        elif kind in fields:
            parts = line.split(b" ", fields[kind])
            if b"160000" not in parts[3:6]:
                names.files.append(parts[-1])
    return names


def _ask(where: run.Where, *arguments: str | bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """What git lists, and the directories that it passed over with no more than a warning."""
    status, out, err = run.attempt(where, "--literal-pathspecs", *arguments)
    if status:
        raise run.failure(where, err)
    return out, [(found[1], found[2]) for found in _CLOSED.finditer(err)]


class _RealDirectories:
    """Tells whether a path stays inside: no directory on its way is a symbolic link."""

    def __init__(self, top: bytes) -> None:
        self._top = top
        self._known = {b"": True}

    def hold(self, path: bytes) -> bool:
        """Whether all directories above `path` (relative to the top) are real. What is not there is."""
        directory = path.rpartition(b"/")[0]
        known = self._known.get(directory)
        if known is None:
            known = self.hold(directory) and not os.path.islink(os.path.join(self._top, directory))
            self._known[directory] = known
        return known
