"""Killed at each write in turn: afterwards status says where it stands, and going on or going back always works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purging import SECRET, environment, planned, purge, refs, rewritten, snapshot, step, survivors

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
    for file in (*to.glob("linked/.git"), *(to / "r/.git/worktrees").glob("*/gitdir")):
        file.write_text(file.read_text().replace(str(repo.path.parent), str(to)))
    return other


def killed(repo: GitRepo, writes: int, name: str, plan: tuple[str, str], *args: str) -> int:
    return killed_as(repo, writes, name, plan[0], "--yes", "--confirm", plan[1], *args)


def killed_as(repo: GitRepo, writes: int, name: str, *args: str, secret: str = "") -> int:
    """Run a step that is killed at its n-th write, and wait for what it has started."""
    script = Path(__file__).with_name("killed.py")
    words = [sys.executable, str(script), str(writes), name, "--repo", str(repo.path), "--json", *args]
    process = subprocess.Popen(
        words, env=environment(repo), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    out, err = process.communicate(secret.encode())
    for _ in range(3000):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.01)
    assert process.returncode in (0, KILLED), out + err
    return process.returncode


# At every write in turn these take ten minutes: KILL_STRIDE=1 pytest -m slow tests/purge/test_killed.py
STRIDE = int(os.environ.get("KILL_STRIDE", "7"))
STRIDES = pytest.mark.parametrize("stride", [23, pytest.param(STRIDE, marks=pytest.mark.slow)])


@STRIDES
def test_plan(tmp_path: Path, stride: int) -> None:
    (tmp_path / "0").mkdir()
    repo = scene(tmp_path / "0")
    before = snapshot(repo)
    writes, outcome = 0, KILLED
    while outcome == KILLED:
        clone = copied(repo, tmp_path / f"plan{writes}")
        file = str(clone.path.parent / "plan.json")
        words = ("--secret-stdin", "-o", file, "--include-worktrees")
        outcome = killed_as(clone, writes, "plan", *words, secret=SECRET)
        assert snapshot(clone) == before
        assert purge(clone, "status").code == 0
        made = purge(clone, "plan", *words, secret=SECRET)
        assert made.code == 0, made.text
        plan = file, made.value["plan_id"]
        assert step(clone, "run", plan, "--no-backup").code == 0
        done = step(clone, "cleanup", plan)
        assert done.code == 0, done.text
        assert survivors(clone) == []
        assert [p.name for p in (clone.path / ".git/leakscan/purge").iterdir()] == [plan[1]]
        shutil.rmtree(clone.path.parent)
        writes += stride
    assert writes > 10


@STRIDES
def test_backup(tmp_path: Path, stride: int) -> None:
    (tmp_path / "0").mkdir()
    repo = scene(tmp_path / "0")
    before = snapshot(repo)
    writes, outcome = 0, KILLED
    while outcome == KILLED:
        to = tmp_path / f"backup{writes}"
        outcome = killed_as(repo, writes, "backup", "--to", str(to))
        assert snapshot(repo) == before
        done = purge(repo, "backup", "--to", str(to))
        assert done.code == 0, done.text
        assert refs(GitRepo(to / "git")) == refs(repo)
        assert not (tmp_path / f"backup{writes}.partial").exists()
        assert purge(repo, "backup", "--shred", str(to)).code == 0
        writes += 3 * stride
    assert writes > 20


@STRIDES
def test_push(tmp_path: Path, stride: int) -> None:
    (tmp_path / "0").mkdir()
    server = GitRepo.init(tmp_path / "0/server.git", bare=True)
    repo = GitRepo.init(tmp_path / "0/r")
    repo.write("f", f"{SECRET}\n")
    repo.commit("leak")
    repo.git("tag", "v1")
    repo.git("branch", "side")
    repo.git("remote", "add", "origin", "../server.git")
    repo.git("push", "-q", "origin", "--all")
    repo.git("push", "-q", "origin", "--tags")
    plan = rewritten(repo)
    wanted = set(repo.git("for-each-ref", "refs/heads", "refs/tags").splitlines())
    writes, outcome = 0, KILLED
    while outcome == KILLED:
        clone = copied(repo, tmp_path / f"push{writes}")
        there = GitRepo(clone.path.parent / "server.git")
        old = set(there.git("for-each-ref").splitlines())
        outcome = killed(clone, writes, "push", plan)
        assert set(there.git("for-each-ref").splitlines()) in (old, wanted)
        done = step(clone, "push", plan)
        assert done.code == 0, done.text
        assert set(there.git("for-each-ref").splitlines()) == wanted
        there.git("fsck", "--full")
        writes += 1
    assert writes > 1
    assert server.git("for-each-ref")


@STRIDES
def test_adopt(tmp_path: Path, stride: int) -> None:
    (tmp_path / "0").mkdir()
    repo = scene(tmp_path / "0")
    mine = copied(repo, tmp_path / "mine")
    mine.write("h", "own\n")
    mine.git("add", "h")
    mine.git("-c", "commit.gpgSign=false", "commit", "-q", "-m", "own", "h")
    before = snapshot(mine)
    plan = rewritten(repo, "--include-worktrees")
    words = (plan[0], "--yes", "--confirm", plan[1], "--no-backup", "--include-worktrees")
    wanted = copied(mine, tmp_path / "whole")
    assert purge(wanted, "adopt", *words).code == 0
    after = snapshot(wanted)
    writes, outcome = 0, KILLED
    while outcome == KILLED:
        clone = copied(mine, tmp_path / f"adopt{writes}")
        outcome = killed_as(clone, writes, "adopt", *words)
        half = [p for p in purge(clone, "status").value["plans"] if p["phase"] == "moving"]
        again = purge(clone, "adopt", *words)
        if half:
            assert [r["code"] for r in again.value["refusals"]] == ["interrupted"]
            number = half[0]["plan_id"]
            if writes // stride % 4:
                assert purge(clone, "undo", number, "--yes", "--confirm", number).code == 0
                assert snapshot(clone) == before
                again = purge(clone, "adopt", *words)
            else:
                again = purge(clone, "run", number, "--yes", "--confirm", number, "--no-backup")
        assert again.code == 0, again.text
        assert snapshot(clone) == after
        shutil.rmtree(clone.path.parent)
        writes += 2 * stride
    assert writes > 10


@STRIDES
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
        if writes // stride % 4:
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


@STRIDES
def test_undo(tmp_path: Path, stride: int) -> None:
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
        shutil.rmtree(clone.path.parent)
        writes += stride
    assert writes > 4


@STRIDES
def test_cleanup(tmp_path: Path, stride: int) -> None:
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
        shutil.rmtree(clone.path.parent)
        writes += stride
    assert writes > 8
