"""husky and lefthook themselves, from npm, told what leakscan advises."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gitrepo import GitRepo
from hooked import LINE, git, script
from runner import leakscan

from leakscan.hooks.managers import MANAGERS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A repository with a `leakscan` on the path that hook managers use."""
    repo = GitRepo.init(tmp_path / "repo")
    repo.write(".gitignore", "node_modules/\n")
    repo.write("package.json", '{"private": true}\n')
    repo.commit("first")
    script(tmp_path / "bin/leakscan", f'exec "{sys.executable}" -P -m leakscan "$@"')
    return repo


def npm(repo: GitRepo, package: str) -> None:
    words = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", package)
    done = subprocess.run(words, cwd=repo.path, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"npm install {package}: {done.stderr}")


def tool(repo: GitRepo, *words: str) -> None:
    path = repo.path / "node_modules/.bin" / words[0]
    done = subprocess.run(
        [path, *words[1:]], cwd=repo.path, env=environment(repo), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def environment(repo: GitRepo) -> dict[str, str]:
    path = [repo.path.parent / "bin", repo.path / "node_modules/.bin", os.environ["PATH"]]
    return {**repo.environment(), "PATH": os.pathsep.join(map(str, path))}


def advised(name: str, hook: str) -> str:
    """What is to be added to the manager's file: the advice without its first line, not indented."""
    manager = next(m for m in MANAGERS if m.name == name)
    lines = manager.advice(hook).splitlines()[1:]  # type: ignore[arg-type]
    return "".join(f"{line[2:]}\n" for line in lines)


def check(repo: GitRepo) -> None:
    """Both hooks stop what they should, and nothing else."""
    path = {"PATH": environment(repo)["PATH"]}
    repo.add("b.py", "b = 1\n")
    assert (done := git(repo, "commit", "-m", "fine", **path)).returncode == 0, done.stderr
    repo.add("b.py", LINE)
    done = git(repo, "commit", "-m", "second", **path)
    assert done.returncode != 0
    assert "stopped this commit" in done.stdout + done.stderr
    remote = GitRepo.init(repo.path.parent / "remote.git", bare=True)
    repo.git("remote", "add", "origin", str(remote.path))
    assert (done := git(repo, "push", "-q", "origin", "main", **path)).returncode == 0, done.stderr
    repo.commit("second")
    done = git(repo, "push", "origin", "main", **path)
    assert done.returncode != 0
    assert "stopped this push" in done.stdout + done.stderr


def test_husky(repo: GitRepo) -> None:
    npm(repo, "husky@9")
    tool(repo, "husky")
    for hook in ("pre-commit", "pre-push"):
        ran = leakscan("hook", "install", hook, cwd=repo.path)
        assert ran.code == 3
        assert "husky" in ran.err
        repo.write(f".husky/{hook}", advised("husky", hook))
    check(repo)


def test_lefthook(repo: GitRepo) -> None:
    npm(repo, "lefthook")
    repo.write("lefthook.yml", advised("lefthook", "pre-commit") + advised("lefthook", "pre-push"))
    tool(repo, "lefthook", "install")
    (repo.path / "lefthook.yml").rename(repo.path / "kept")
    ran = leakscan("hook", "install", "pre-commit", cwd=repo.path)
    assert ran.code == 3
    assert "lefthook" in ran.err  # by its hook alone
    (repo.path / "kept").rename(repo.path / "lefthook.yml")
    check(repo)
