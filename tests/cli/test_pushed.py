"""What a push brings, in the words of `git rev-list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo

from leakscan.cli.pushed import pushed

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENTS = {
    "nothing": ({}, ()),
    "a branch that is there": (
        {"FROM_REF": "a", "TO_REF": "b", "LOCAL_BRANCH": "refs/heads/x", "REMOTE_NAME": "origin"},
        ("b", "--not", "a", "--remotes=origin"),
    ),
    "a new branch": (
        {"FROM_REF": "0" * 40, "TO_REF": "b", "REMOTE_NAME": "origin"},
        ("b", "--not", "--remotes=origin"),
    ),
    "an empty remote": (
        {"LOCAL_BRANCH": "refs/heads/x", "REMOTE_NAME": "origin"},
        ("refs/heads/x", "--not", "--remotes=origin"),
    ),
    "no name": ({"FROM_REF": "a", "TO_REF": "b"}, ("b", "--not", "a", "--remotes")),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments(name: str) -> None:
    given, expected = ENVIRONMENTS[name]
    assert pushed({f"PRE_COMMIT_{key}": value for key, value in given.items()}) == expected


def test_git_takes_them(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    first = repo.commit("first")
    second = repo.commit("second")
    revs = pushed({"PRE_COMMIT_FROM_REF": first, "PRE_COMMIT_TO_REF": "main"})
    assert repo.git("rev-list", *revs).split() == [second]
