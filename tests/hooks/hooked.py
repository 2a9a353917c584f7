"""A repository whose git runs leakscan's hooks with this interpreter and these sources."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from gitrepo import GitRepo

import leakscan
from leakscan.rulepack.template import fill

KEY = fill("{github-token:ghp_}", "hooks")
LINE = f"token = '{KEY}'\n"
SOURCES = str(Path(leakscan.__file__).parents[1])


def git(repo: GitRepo, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run git as a person would: hooks and all. Whatever it says must not hold the secret."""
    env = {**repo.environment(), "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": SOURCES, **environment}
    done = subprocess.run(
        ["git", *map(str, words)],
        cwd=repo.path,
        env=env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert KEY not in done.stdout + done.stderr
    return done


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path
