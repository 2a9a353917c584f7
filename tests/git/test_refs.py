"""Refs, heads and reflogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo

from leakscan.git import refs
from leakscan.git.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo.init(tmp_path / "r")
    repo.commit("first")
    return repo


def test_all_refs_but_symbolic_ones(repo: GitRepo) -> None:
    first = repo.head()
    repo.git("tag", "-a", "-m", "x", "v1")
    repo.git("update-ref", "refs/pull/1/head", "HEAD")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main")
    repo.git("pack-refs", "--all")
    assert refs.refs(Repository.open(repo.path)) == (
        (b"refs/heads/main", first),
        (b"refs/pull/1/head", first),
        (b"refs/tags/v1", repo.oid("v1")),
    )


def test_a_ref_to_nowhere_is_there_too(repo: GitRepo) -> None:
    (repo.path / ".git" / "refs" / "heads" / "broken").write_text("12" * 20 + "\n")
    names = [ref.name for ref in refs.refs(Repository.open(repo.path))]
    assert names == [b"refs/heads/broken", b"refs/heads/main"]


def test_head(tmp_path: Path, repo: GitRepo) -> None:
    assert refs.head(Repository.open(repo.path)) == repo.head()
    assert refs.head(Repository.open(GitRepo.init(tmp_path / "new").path)) is None


def test_heads_and_reflogs_of_other_work_trees(repo: GitRepo) -> None:
    first = repo.head()
    repo.git("worktree", "add", "-q", "--detach", str(repo.path.parent / "linked"))
    linked = GitRepo(repo.path.parent / "linked")
    linked.clock = repo.clock
    second = linked.commit("second")
    opened = Repository.open(repo.path)
    assert set(refs.heads(opened)) == {first, second}
    entries, problems = refs.reflogs(opened)
    assert problems == []
    assert (b"worktrees/linked/HEAD", 0, first, second, b"commit: second") in entries


def test_reflogs_count_from_the_newest(repo: GitRepo) -> None:
    first = repo.head()
    second = repo.commit("second")
    entries, _ = refs.reflogs(Repository.open(repo.path))
    mine = [entry for entry in entries if entry.ref == b"refs/heads/main"]
    assert mine == [
        (b"refs/heads/main", 0, first, second, b"commit: second"),
        (b"refs/heads/main", 1, "0" * 40, first, b"commit (initial): first"),
    ]


def test_a_damaged_reflog_is_said(repo: GitRepo) -> None:
    with open(repo.path / ".git" / "logs" / "HEAD", "ab") as file:
        file.write(b"what is this\n")
    entries, problems = refs.reflogs(Repository.open(repo.path))
    assert [(item.what, item.why) for item in problems] == [("reflog entry HEAD@{0}", "corrupt")]
    assert any(entry.ref == b"HEAD" for entry in entries)
