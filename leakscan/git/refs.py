"""Refs, heads and reflogs."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.content import Skipped
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakscan.git.repository import Repository

# <old> <new> <who> <seconds> <offset>\t<message>, oldest first
# (https://git-scm.com/docs/gitrepository-layout).
_LINE = re.compile(
    rb"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (.*?)(?: (-?\d+) ([+-]\d{4}))?(?:\t(.*))?$", re.DOTALL
)

_ALL = ("for-each-ref", "--format=%(refname)%00%(objectname)%00%(symref)")
_HEAD = ("rev-parse", "--quiet", "--verify", "HEAD")
_HEADS = ("worktree", "list", "--porcelain")


class Ref(NamedTuple):
    """A ref by its full name, and what it points at directly (a tag object, not what that tags)."""

    name: bytes
    oid: str


class ReflogEntry(NamedTuple):
    """One entry of a reflog; 0 is the newest, as in `ref@{0}`. `old` is all zeros at a ref's birth."""

    ref: bytes
    entry: int
    old: str
    new: str
    message: bytes


def refs(repo: Repository) -> tuple[Ref, ...]:
    """All refs, sorted by name: branches, tags, remotes, notes, the stash, and whatever else is under refs/.

    Symbolic refs (such as refs/remotes/origin/HEAD) are left out: what they name is there itself. Nothing
    is looked up, so a ref to a missing object is there too.
    """
    return _refs(repo.git(*_ALL))


class Tips(NamedTuple):
    """What `refs`, `head` and `heads` say."""

    refs: tuple[Ref, ...]
    head: str | None
    heads: tuple[str, ...]


def tips_asked_for(repo: Repository) -> Callable[[], Tips]:
    """All of them, asked of git at once and now; the answers are waited for in the call of what comes back."""
    asked = [run.begun(repo.where, *question) for question in (_ALL, _HEAD, _HEADS)]

    def answer() -> Tips:
        every, head, heads = (wait() for wait in asked)
        for status, _, err in (every, heads):
            if status:
                raise run.failure(repo.where, err)
        return Tips(_refs(every[1]), _head(*head), _heads(heads[1]))

    return answer


def _refs(out: bytes) -> tuple[Ref, ...]:
    found = []
    for line in out.splitlines():
        name, oid, symbolic = line.split(b"\0")
        if not symbolic:
            found.append(Ref(name, oid.decode()))
    return tuple(sorted(found))


def head(repo: Repository) -> str | None:
    """The commit that HEAD is at; None before the first commit."""
    return _head(*run.attempt(repo.where, *_HEAD))


def _head(status: int, out: bytes, _: bytes) -> str | None:
    return out.decode().strip() if status == 0 else None


def heads(repo: Repository) -> tuple[str, ...]:
    """The commits that the HEADs of all work trees are at, sorted."""
    return _heads(repo.git(*_HEADS))


def _heads(out: bytes) -> tuple[str, ...]:
    found = set(re.findall(rb"^HEAD ([0-9a-f]+)$", out, re.MULTILINE))
    return tuple(sorted(oid.decode() for oid in found if oid.strip(b"0")))


def reflogs(repo: Repository) -> tuple[list[ReflogEntry], list[Skipped]]:
    """Every entry of every reflog, those of other work trees too (named worktrees/ID/HEAD, as git does)."""
    if os.path.isdir(os.path.join(repo.common_dir, b"reftable")):
        detail = "kept in a reftable; the commits that they name are scanned, their messages are not"
        return [], [Skipped("reflogs", "unreadable", detail)]
    found: list[ReflogEntry] = []
    problems: list[Skipped] = []
    for name, path in sorted(_logs(repo)):
        try:
            with open(path, "rb") as file:
                lines = file.read().splitlines()
        except OSError as error:
            problems.append(Skipped(f"reflog of {escape(name)}", "unreadable", error.strerror or ""))
            continue
        for number, line in enumerate(reversed(lines)):
            parts = _LINE.match(line)
            if parts is None:
                problems.append(Skipped(f"reflog entry {escape(name)}@{{{number}}}", "corrupt"))
            else:
                old, new = parts[1].decode(), parts[2].decode()
                found.append(ReflogEntry(name, number, old, new, parts[6] or b""))
    return found, problems


def _logs(repo: Repository) -> Iterator[tuple[bytes, bytes]]:
    yield from _files(os.path.join(repo.common_dir, b"logs"), b"")
    try:
        others = sorted(os.listdir(os.path.join(repo.common_dir, b"worktrees")))
    except OSError:
        return
    for other in others:
        yield from _files(
            os.path.join(repo.common_dir, b"worktrees", other, b"logs"), b"worktrees/" + other + b"/"
        )


def _files(directory: bytes, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
    for parent, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(parent, name)
            if os.path.isfile(path) and not os.path.islink(path):
                relative = os.path.relpath(path, directory)
                yield prefix + relative.replace(os.sep.encode(), b"/"), path
