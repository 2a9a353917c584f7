"""A server with a main branch and a topic, and clones of it such as systems make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gitrepo import GitRepo

from leakscan.rulepack.template import fill

OLD, NEW = (f"token = '{fill('{github-token:ghp_}', seed)}'\n" for seed in ("old", "new"))


@dataclass
class Scene:
    """`main`: an old leak, then `base`, then `tip`. `topic` leaves at `base`: `bad` brings a leak, `head` takes it out."""

    server: GitRepo
    base: str
    tip: str
    bad: str
    head: str
    merge: str  # of topic into main, made for a test: on no branch

    def clone(self, path: Path, *options: str) -> GitRepo:
        """What a checkout step gives: all branches as remote ones, and `head` checked out where it is there."""
        return GitRepo.clone(self.server, path, *options)


def build(directory: Path) -> Scene:
    work = GitRepo.init(directory / "work")
    work.write("old.py", OLD)
    work.commit("old leak")
    work.write("a.py", "a = 1\n")
    base = work.commit("base")
    work.write("main.py", "main = 1\n")
    tip = work.commit("tip")
    work.git("checkout", "-q", "-b", "topic", base)
    work.write("sub/new.py", f"first = 1\n{NEW}")
    bad = work.commit("bad")
    work.write("b.py", "b = 1\n")
    head = work.commit("head")
    work.git("checkout", "-q", "--detach", tip)
    merge = work.merge("topic")
    work.git("update-ref", "refs/pull/12/merge", merge)
    work.git("checkout", "-q", "main")
    server = GitRepo.init(directory / "server.git", bare=True)
    work.git("push", "-q", str(server.path), "main", "topic", "refs/pull/12/merge")
    return Scene(server, base, tip, bad, head, merge)
