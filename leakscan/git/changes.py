"""What commits change against all of their parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.git.patch import OPTIONS, PATCH, Change, Reader
from leakscan.model.content import LineRange, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leakscan.git.repository import Repository


_ARGUMENTS = 64 * 1024  # bytes of paths that any system takes on a command line


def changes(
    repo: Repository, parents: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[Change]], list[Skipped]]:
    """For commits (with their parents) the files that gain content, and the commits that cannot be compared.

    A merge changes a file when the file differs from those of all parents, and a line is new when it is in
    none of them. A commit without parents adds all that it has. Where a blob is missing, the lines are
    unknown (None).
    """
    merges = [oid for oid, them in parents.items() if len(them) > 1]
    found, skipped = _simple(repo, [oid for oid, them in parents.items() if len(them) < 2])
    # One call for each merge: limited to its own paths, git need not compare whole branches.
    for oid, paths in _candidates(repo, merges).items():
        versions = _against(repo, oid, parents[oid], paths)
        if versions is None:
            skipped.append(Skipped(f"commit {oid}", "missing", "it cannot be compared with its parents"))
        else:
            found[oid] = in_none([{change.path: change for change in version} for version in versions])
    return found, skipped


def _simple(repo: Repository, oids: list[str]) -> tuple[dict[str, list[Change]], list[Skipped]]:
    """Commits with one parent or none."""
    if not oids:
        return {}, []
    status, out, err = _diff_tree(repo, oids, "--root", *PATCH)
    if status == 0:
        return dict(lists(out, patch=True)), []
    if len(oids) == 1:
        status, out, _ = _diff_tree(repo, oids, "--root", "--raw")
        if status == 0:
            return dict(lists(out, patch=False)), []
        return {}, [Skipped(f"commit {oids[0]}", "missing", str(run.failure(repo.where, err)))]
    # Something is missing or broken; halving finds where.
    half = len(oids) // 2
    first, unread = _simple(repo, oids[:half])
    second, unread_too = _simple(repo, oids[half:])
    return first | second, unread + unread_too


def _candidates(repo: Repository, merges: list[str]) -> dict[str, list[bytes]]:
    """The paths at which merges differ from all of their parents; most merges have none."""
    if not merges:
        return {}
    status, out, _ = run.attempt(
        repo.where, "diff-tree", "--stdin", "-c", "-r", "-z", "--raw", "--no-renames", input=questions(merges)
    )
    if status and len(merges) > 1:
        half = len(merges) // 2
        return _candidates(repo, merges[:half]) | _candidates(repo, merges[half:])
    if status:
        return {merges[0]: []}  # all paths
    reader = Reader(out)
    found = {}
    while (oid := reader.commit()) is not None:
        if paths := reader.paths():
            found[oid] = paths
    return found


def _against(
    repo: Repository, oid: str, parents: Sequence[str], paths: Sequence[bytes]
) -> list[list[Change]] | None:
    """What a commit changes against each parent, at some paths; None where that cannot be said."""
    # Git takes the other ids on a line for the commit's parents; with --always each line has its answer.
    question = questions(f"{oid} {parent}" for parent in parents)
    if sum(map(len, paths)) > _ARGUMENTS:
        paths = ()  # the paths only save time
    options = ("--literal-pathspecs", "diff-tree", "--stdin", "--always", *OPTIONS)
    for shown in (PATCH, ("--raw",)):
        status, out, _ = run.attempt(repo.where, *options, *shown, "--", *paths, input=question)
        if status == 0:
            return [change for _, change in lists(out, patch=shown is PATCH)]
    return None


def in_none(versions: Sequence[Mapping[bytes, Change]]) -> list[Change]:
    """What a merge has that none of its parents has."""
    found = []
    for path, change in versions[0].items():
        others = [version[path] for version in versions if path in version]
        if len(others) < len(versions):
            continue
        statuses = {other.status for other in others}
        if statuses == {"A"} or "T" in statuses:
            found.append(change._replace(lines=None, status="A"))
            continue
        # Against a parent that lacks the file every line is new: the others decide.
        gains = [other.lines for other in others if other.status == "M"]
        known = [
            {n for first, last in lines for n in range(first, last + 1)}
            for lines in gains
            if lines is not None
        ]
        old = next(other.old for other in others if other.status == "M")
        lines = tuple(LineRange(n, n) for n in sorted(set.intersection(*known))) if known else None
        found.append(change._replace(lines=lines, status="M", old=old))
    return found


def _diff_tree(repo: Repository, oids: Sequence[str], *options: str) -> tuple[int, bytes, bytes]:
    return run.attempt(repo.where, "diff-tree", "--stdin", *OPTIONS, *options, input=questions(oids))


def questions(items: Iterable[str]) -> bytes:
    """The input of `git diff-tree --stdin`."""
    return "".join(f"{item}\n" for item in items).encode()


def lists(out: bytes, *, patch: bool) -> Iterator[tuple[str, list[Change]]]:
    """Its output: one list a commit."""
    reader = Reader(out)
    while (oid := reader.commit()) is not None:
        yield oid, reader.changes(patch=patch)
