"""Killed at each write in turn: afterwards status says where it stands, and going on or going back always works."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purging import SECRET, environment, planned, purge, snapshot, step, survivors

KILLED = -9


def scene(tmp_path: Path) -> GitRepo:
    """Two branches, one named after the secret; a tag; a stash; a linked work tree."""
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"{SECRET}\n")
    repo.commit("leak")
    repo.git("tag", "-a", "-m", "t", "v1")
    repo.git("branch", f"topic/{SECRET}")
    repo.write("f", f"changed {SECRET}\n")
    repo.stash()
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "HEAD")
    repo.write("g", "dirty\n")
    return repo


def copied(repo: GitRepo, to: Path) -> GitRepo:
    """The clone and its work tree, elsewhere: what is in one place names the other."""
    shutil.copytree(repo.path.parent, to, symlinks=True)
    other = GitRepo(to / "r")
    for file in ((to / "linked/.git"), *(to / "r/.git/worktrees").glob("*/gitdir")):
        file.write_text(file.read_text().replace(str(repo.path.parent), str(to)))
    return other


def killed(repo: GitRepo, writes: int, name: str, plan: tuple[str, str], *args: str) -> int:
    script = Path(__file__).with_name("killed.py")
    words = [name, "--repo", str(repo.path), plan[0], "--yes", "--confirm", plan[1], "--json", *args]
    done = subprocess.run(
        [sys.executable, str(script), str(writes), *words], env=environment(repo), capture_output=True
    )
    assert done.returncode in (0, KILLED), done.stdout + done.stderr
    return done.returncode


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_run(tmp_path: Path, stride: int) -> None:
    (tmp_path / "0").mkdir()
    repo = scene(tmp_path / "0")
    before = snapshot(repo)
    plan = planned(repo, "--include-worktrees")
    writes, outcome = 0, KILLED
    while outcome == KILLED:
        there = tmp_path / f"run{writes}"
        clone = copied(repo, there)
        outcome = killed(clone, writes, "run", plan, "--no-backup")
        phases = {p["phase"] for p in purge(clone, "status").value["plans"]}
        assert phases <= {"planned", "moving", "moved"}
        if writes // stride % 2:
            assert step(clone, "undo", plan).code == 0
            assert snapshot(clone) == before
        else:
            assert step(clone, "run", plan, "--no-backup").code == 0
            assert step(clone, "verify", plan, "--no-fsck").code == 0
            assert step(clone, "undo", plan).code == 0
            assert snapshot(clone) == before
        shutil.rmtree(there)
        writes += stride
    assert writes > 12


def test_undo(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    repo = scene(tmp_path / "0")
    before = snapshot(repo)
    plan = planned(repo, "--include-worktrees")
    assert step(repo, "run", plan, "--no-backup").code == 0
    writes, outcome = 0, KILLED
    while outcome == KILLED:
        clone = copied(repo, tmp_path / f"undo{writes}")
        outcome = killed(clone, writes, "undo", plan)
        assert step(clone, "undo", plan).code == 0
        assert snapshot(clone) == before
        writes += 3
    assert writes > 4


def test_cleanup(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    repo = scene(tmp_path / "0")
    plan = planned(repo, "--include-worktrees")
    assert step(repo, "run", plan, "--no-backup").code == 0
    after = snapshot(repo)
    writes, outcome = 0, KILLED
    while outcome == KILLED:
        clone = copied(repo, tmp_path / f"clean{writes}")
        outcome = killed(clone, writes, "cleanup", plan)
        done = step(clone, "cleanup", plan)
        assert done.code == 0, done.text
        assert done.value["clean"]
        assert survivors(clone) == []
        assert snapshot(clone) == after
        writes += 9
    assert writes > 8
