"""What this clone knows about objects that a server has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.purge.model import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from leakscan.git.repository import Repository


class Here:
    """Asked once about the objects of a server: `asked`, ids in hex. Raises GitError."""

    def __init__(self, repo: Repository, asked: set[str]) -> None:
        self._repo = repo
        self._known = _reachable(repo, asked)
        listed = repo.git("for-each-ref", "--format=%(refname)").splitlines()
        self.names = tuple(shown(name) for name in listed)

    def clean(self, oid: str) -> bool:
        """Whether some ref of this clone reaches it: it has been looked at, and is not to be changed."""
        return oid in self._known

    def lacking(self, oids: Collection[str]) -> tuple[str, ...]:
        """Those that are not here."""
        asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
        out = self._repo.git("cat-file", "--batch-check", input=asked) if asked else b""
        return tuple(line.split()[0].decode() for line in out.splitlines() if line.endswith(b" missing"))


def _reachable(repo: Repository, asked: set[str]) -> set[str]:
    """Those of `asked` that a ref of this clone holds: itself, or in its history if it is a commit."""
    if not asked:
        return set()
    out = repo.git(
        "for-each-ref", "--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype)"
    ).decode()
    words = [line.split() for line in out.splitlines()]
    tips = {row[0] for row in words}
    ends = {row[n] for row in words for n in (0, 2) if row[n + 1 : n + 2] == ["commit"]}
    known = asked & tips
    rest = sorted(asked - tips)
    if not rest:
        return known
    out = repo.git("cat-file", "--batch-check", input="".join(f"{oid}\n" for oid in rest).encode()).decode()
    commits = {line.split()[0] for line in out.splitlines() if line.split()[1:2] == ["commit"]}
    if not commits:
        return known
    stdin = "".join(f"{oid}\n" for oid in sorted(commits)) + "".join(f"^{oid}\n" for oid in sorted(ends))
    status, listed, err = run.attempt(repo.where, "rev-list", "--stdin", input=stdin.encode())
    if status:
        raise run.failure(repo.where, err)
    unknown = set(listed.decode().split())
    return known | (commits - unknown)
