"""GitPython reads the same of a repository as leakscan does: refs, where HEAD is, commits and their people."""

from __future__ import annotations

from pathlib import Path

import git
from gitrepo import GitRepo

from leakscan.git import refs
from leakscan.git.repository import Repository


def test_refs_and_head_are_those_that_gitpython_sees(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.add("a", "1\n")
    repo.commit("first")
    repo.git("branch", "side/track")
    repo.git("tag", "light")
    repo.git("tag", "-a", "-m", "heavy", "heavy")
    repo.git("pack-refs", "--all")
    repo.add("a", "2\n")
    repo.commit("second")
    seen = git.Repo(repo.path)
    opened = Repository.open(repo.path)
    theirs = {
        ref.path.encode(): ref.object.hexsha for ref in [*seen.heads, *(t for t in seen.tags if not t.tag)]
    }
    theirs |= {tag.path.encode(): tag.tag.hexsha for tag in seen.tags if tag.tag}
    assert {ref.name: ref.oid for ref in refs.refs(opened)} == theirs
    assert refs.head(opened) == seen.head.commit.hexsha
    assert opened.work_tree == str(seen.working_tree_dir).encode()
    assert opened.is_bare == seen.bare
