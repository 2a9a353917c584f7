"""Opening repositories, and what git is not allowed to do there."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo

from leakscan.git import run
from leakscan.git.repository import Repository
from leakscan.model.errors import GitError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plain_repository(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    (repo.path / "sub").mkdir()
    found = Repository.open(repo.path / "sub")
    assert found.work_tree == os.fsencode(repo.path)
    assert found.git_dir == found.common_dir == os.fsencode(repo.path / ".git")
    assert found.object_format == "sha1"
    assert (found.is_bare, found.is_shallow, found.is_partial) == (False, False, False)
    assert found.root == found.work_tree
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_file_stands_for_its_directory(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    file = repo.write("a/b.txt", "x")
    assert Repository.open(file).work_tree == os.fsencode(repo.path)


def test_a_bare_repository(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r.git", bare=True)
    found = Repository.open(repo.path)
    assert found.is_bare
    assert found.work_tree is None
    assert found.root == os.fsencode(repo.path)


def test_inside_the_git_directory_there_is_no_work_tree(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    assert Repository.open(repo.path / ".git" / "hooks").work_tree is None


def test_a_linked_work_tree_shares_the_common_directory(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.commit()
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    found = Repository.open(tmp_path / "linked")
    assert found.work_tree == os.fsencode(tmp_path / "linked")
    assert found.common_dir == os.fsencode(repo.path / ".git")
    assert found.git_dir == os.fsencode(repo.path / ".git" / "worktrees" / "linked")
    assert found.git("rev-parse", "--abbrev-ref", "HEAD") == b"side\n"


def test_a_submodule_is_a_repository_of_its_own(tmp_path: Path) -> None:
    inner = GitRepo.init(tmp_path / "inner")
    inner.write("a", "x")
    inner.commit()
    outer = GitRepo.init(tmp_path / "outer")
    outer.git("submodule", "add", "-q", str(inner.path), "module")
    found = Repository.open(outer.path / "module")
    assert found.work_tree == os.fsencode(outer.path / "module")
    assert found.git_dir == os.fsencode(outer.path / ".git" / "modules" / "module")


def test_sha256(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r", object_format="sha256")
    found = Repository.open(repo.path)
    assert (found.object_format, found.oid_size) == ("sha256", 32)
    assert found.git("hash-object", "-t", "tree", "--stdin").decode().strip() == found.empty_tree
    assert len(found.null_oid) == 64


def test_shallow_and_partial(tmp_path: Path) -> None:
    origin = GitRepo.init(tmp_path / "origin")
    origin.git("config", "uploadpack.allowFilter", "true")
    for number in range(3):
        origin.write("a", f"{number}")
        origin.commit()
    assert Repository.open(GitRepo.clone(origin, tmp_path / "s", "--depth=1").path).is_shallow
    partial = GitRepo.clone(origin, tmp_path / "p", "--filter=blob:none")
    assert Repository.open(partial.path).is_partial


def test_a_path_with_line_breaks(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "a\nsha1\nb")
    found = Repository.open(repo.path)
    assert found.work_tree == os.fsencode(repo.path)
    assert found.object_format == "sha1"


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert Repository.discover(tmp_path) is None
    with pytest.raises(run.NotARepository, match="not a git repository"):
        Repository.open(tmp_path)
    with pytest.raises(GitError, match="no such directory"):
        Repository.open(tmp_path / "gone" / "gone")


def test_somebody_elses_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = GitRepo.init(tmp_path / "r")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(GitError, match=r"git config --global --add safe\.directory .*/r"):
        Repository.discover(repo.path)


def test_git_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git was not found"):
        Repository.open(tmp_path)


def test_location_in_the_environment_counts_for_hooks_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, other = GitRepo.init(tmp_path / "r"), GitRepo.init(tmp_path / "other")
    other.add("a", "x")
    monkeypatch.chdir(other.path)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert Repository.open(repo.path).work_tree == os.fsencode(repo.path)
    found = Repository.open(".", hook=True)
    assert found.git_dir == os.fsencode(other.path / ".git")
    assert dict(found.env) == {"GIT_INDEX_FILE": str(other.path / ".git" / "index")}
    monkeypatch.chdir(tmp_path)
    assert found.git("ls-files") == b"a\n"


def test_configuration_starts_no_program(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a", "x")
    repo.write(".gitattributes", "* filter=evil diff=evil\n")
    repo.commit()
    repo.write("a", "y")
    ran = tmp_path / "ran"
    evil = f"touch {ran}; cat"
    for key in ("core.fsmonitor", "diff.external", "diff.evil.command", "diff.evil.textconv", "core.pager",
                "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.sshCommand",
                "core.alternateRefsCommand"):  # fmt: skip
        repo.git("config", key, evil)
    repo.git("config", "filter.evil.required", "true")
    found = Repository.open(repo.path)
    run.output(run.silenced(found.where), "status", "--porcelain=v2")
    found.git("diff-index", "-p", "--no-ext-diff", "--no-textconv", "--cached", "HEAD", "--")
    found.git("ls-files", "--cached", "--others")
    assert not ran.exists()


def test_nothing_is_fetched(tmp_path: Path) -> None:
    origin = GitRepo.init(tmp_path / "origin")
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.write("a", "old")
    origin.commit()
    blob = origin.oid("HEAD:a")
    origin.write("a", "new")
    origin.commit()
    clone = GitRepo.clone(origin, tmp_path / "clone", "--filter=blob:none")
    found = Repository.open(clone.path)
    assert run.attempt(found.where, "cat-file", "blob", blob)[0] != 0
    origin.remove()
    assert blob not in clone.git("cat-file", "--batch-all-objects", "--batch-check")
