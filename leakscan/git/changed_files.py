"""Which files commits change against all of their parents; the lines when somebody asks.

Most of what a range brings holds nothing, so nobody asks which of its lines are new. `changes` says the same in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.git.changes import in_none, lists, questions
from leakscan.git.patch import OPTIONS, PATCH, Change, Reader
from leakscan.model.content import LineRange, Skipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakscan.git.repository import Repository

_RAW = ("-r", "-c", "--root", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
_TOGETHER = 64  # commits that are asked about one file at a time


def changed_files(
    repo: Repository, parents: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[Change]], list[Skipped]]:
    """What `changes` finds, its lines unknown (but for those where it is certain that there are none)."""
    return _read(repo, parents, list(parents)) if parents else ({}, [])


def _read(
    repo: Repository, parents: Mapping[str, Sequence[str]], oids: list[str]
) -> tuple[dict[str, list[Change]], list[Skipped]]:
    status, out, err = run.attempt(repo.where, "diff-tree", "--stdin", *_RAW, input=questions(oids))
    if status == 0:
        reader = Reader(out)
        found = {}
        while (oid := reader.commit()) is not None:
            found[oid] = reader.files()
        return found, []
    if len(oids) == 1:
        merge = len(parents[oids[0]]) > 1
        detail = "it cannot be compared with its parents" if merge else str(run.failure(repo.where, err))
        return {}, [Skipped(f"commit {oids[0]}", "missing", detail)]
    # Something is missing or broken; halving finds where.
    half = len(oids) // 2
    first, unread = _read(repo, parents, oids[:half])
    second, unread_too = _read(repo, parents, oids[half:])
    return first | second, unread + unread_too


class NewLines:
    """Which lines commits add to files: git is asked of some commits at a time that change the same file."""

    def __init__(
        self, repo: Repository, parents: Mapping[str, Sequence[str]], changed: Sequence[tuple[str, Change]]
    ) -> None:
        """`parents` of the commits; `changed` is all that they change, in whatever order makes neighbours of what is
        asked together."""
        self._repo = repo
        self._parents = parents
        self._changed = changed
        self._known: dict[tuple[str, bytes], tuple[LineRange, ...] | None] = {}

    def of(self, oid: str, change: Change) -> tuple[LineRange, ...] | None:
        """The lines of one of the changes. None: git takes the file for binary, or it is new, or something is missing."""
        if change.lines is not None or change.status != "M":
            return change.lines
        if (oid, change.path) not in self._known:
            path = change.path
            asked = [o for o, other in self._changed if other.path == path and other.status == "M"]
            start = asked.index(oid) // _TOGETHER * _TOGETHER
            self._ask(asked[start : start + _TOGETHER], path)
        return self._known[oid, change.path]

    def _ask(self, oids: Sequence[str], path: bytes) -> None:
        # Git takes the other ids on a line for the commit's parents; with --always each line has its answer.
        lines = [" ".join((oid, *one)) for oid in oids for one in self._one_by_one(oid)]
        options = ("--literal-pathspecs", "diff-tree", "--stdin", "--always", "--root", *OPTIONS, *PATCH)
        status, out, _ = run.attempt(self._repo.where, *options, "--", path, input=questions(lines))
        if status and len(oids) > 1:
            half = len(oids) // 2
            self._ask(oids[:half], path)
            self._ask(oids[half:], path)
            return
        answers = iter(()) if status else lists(out, patch=True)
        for oid in oids:
            versions = [
                {change.path: change for change in next(answers, ("", []))[1]} for _ in self._one_by_one(oid)
            ]
            found = versions[0].get(path)
            if len(versions) > 1:
                found = next((change for change in in_none(versions) if change.path == path), None)
            self._known[oid, path] = found.lines if found else None

    def _one_by_one(self, oid: str) -> list[tuple[str, ...]]:
        """A merge is compared with each parent, any other commit as git sees it."""
        parents = self._parents[oid]
        return [(parent,) for parent in parents] if len(parents) > 1 else [()]
