"""A hook of nothing but git keeps purged history out, in clones and on servers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purge_scene import Scene, hook, scene

from leakscan.git import remote
from leakscan.git.repository import Repository
from leakscan.model.errors import UsageError
from leakscan.purge import guard, push, push_compare
from leakscan.purge.known import banned
from leakscan.purge.model import PreconditionError


def published(tmp_path: Path) -> tuple[Scene, GitRepo]:
    """A server with the new history, and a clone that still has the old one."""
    s = scene(tmp_path, extra={"refs/pull/1/head": "main"})
    stale = GitRepo.clone(s.server, tmp_path / "stale")
    target = remote.server(s.repo, "origin")
    found = push_compare.compare(s.repo, s.plan, s.moves, remote.ls_remote(s.repo, target))
    assert not push.push(s.repo, target, found, s.moves).refused
    return s, stale


def ids(s: Scene) -> tuple[str, ...]:
    return banned(s.plan, s.moves)


def pushes(repo: GitRepo, *refspecs: str) -> bool:
    main = repo.git("ls-remote", "origin")
    repo.git("push", "-q", "-f", "origin", *refspecs, check=False)
    return repo.git("ls-remote", "origin") != main


def test_banned_are_commits_tags_and_blobs(tmp_path: Path) -> None:
    s = scene(tmp_path)
    assert set(ids(s)) == {s.old[1], s.old[2], s.plan.blobs[0].old, *s.plan.tags}


@pytest.mark.parametrize("kind", ["pre-receive", "pre-push"])
def test_the_hook_refuses_old_history_and_lets_new_work_pass(tmp_path: Path, kind: guard.Kind) -> None:
    s, stale = published(tmp_path)
    where = s.server if kind == "pre-receive" else stale
    done = guard.install(Repository.open(where.path), ids(s))
    assert done.hook.endswith(kind)
    assert not pushes(stale, "main")
    assert not pushes(stale, "main:refs/heads/back")
    assert not pushes(stale, "v1:refs/tags/again")
    assert not pushes(stale, "v1^{commit}:refs/heads/other")

    stale.git("merge", "-q", "--allow-unrelated-histories", "-s", "ours", "-m", "m", "origin/side")
    assert not pushes(stale, "HEAD:refs/heads/merged"), "a merge brings the old history along"
    stale.git("checkout", "-q", "-b", "fine", "origin/side")
    stale.write("fine.txt", "fine\n")
    stale.commit("fine")
    assert pushes(stale, "fine")
    assert pushes(stale, ":fine")
    stale.write("app.env", stale.run("cat-file", "blob", s.plan.blobs[0].old))
    stale.commit("the same file again")
    assert not pushes(stale, "fine"), "the blob alone is refused as well"


def test_check_says_the_same(tmp_path: Path) -> None:
    s, stale = published(tmp_path)
    repo = Repository.open(stale.path)
    line = f"refs/heads/main {s.old[2]} refs/heads/main {'0' * 40}\nx {'0' * 40} refs/heads/gone {s.old[0]}\n"
    hits = guard.find(repo, ids(s), guard.parse("pre-push", line))
    assert [(h.ref, set(h.ids)) for h in hits] == [("refs/heads/main", {s.old[1], s.old[2]})]
    assert not guard.find(repo, ids(s), [guard.Pushed("side", "origin/side")])
    tag = guard.find(repo, ids(s), [guard.Pushed("v1", "v1")])
    assert set(tag[0].ids) == {*s.plan.tags, s.old[1]}
    with pytest.raises(UsageError):
        guard.parse("pre-receive", "one two\n")


def test_another_hook_is_kept(tmp_path: Path) -> None:
    s, stale = published(tmp_path)
    hook(s.server, "pre-receive", 'read a b ref; [ "$ref" != refs/heads/no ]\n')
    repo = Repository.open(s.server.path)
    with pytest.raises(PreconditionError, match="hook-there"):
        guard.install(repo, ids(s))
    done = guard.install(repo, ids(s), chain=True)
    assert done.chained
    assert guard.install(repo, ids(s)).chained, "installed again, it still runs the other one"
    stale.git("checkout", "-q", "-b", "fine", "origin/side")
    assert not pushes(stale, "fine:no")
    assert pushes(stale, "fine:yes")
    assert not pushes(stale, "main:old2")


def test_lists_grow(tmp_path: Path) -> None:
    s = scene(tmp_path)
    repo = Repository.open(s.server.path)
    guard.install(repo, ids(s))
    more = "1" * 40
    assert guard.install(repo, [more]).total == len(ids(s)) + 1
    assert set(guard.read(repo)) == {*ids(s), more}
    with pytest.raises(UsageError, match="x:1"):
        guard.loads("zzz\n", "x")


def test_hooks_elsewhere_are_not_touched_unasked(tmp_path: Path) -> None:
    s = scene(tmp_path)
    s.clone.git("config", "core.hooksPath", str(tmp_path / "shared"))
    with pytest.raises(PreconditionError, match="hooks-path"):
        guard.install(s.repo, ids(s))
    guard.install(s.repo, ids(s), hooks=os.fsencode(tmp_path / "shared"))
    assert (tmp_path / "shared" / "pre-push").exists()


def test_a_list_that_is_gone_stops_pushes(tmp_path: Path) -> None:
    s, stale = published(tmp_path)
    guard.install(Repository.open(s.server.path), ids(s))
    os.unlink(guard.banned_file(Repository.open(s.server.path)))
    stale.git("checkout", "-q", "-b", "fine", "origin/side")
    assert not pushes(stale, "fine:new")


def test_the_portable_hook_needs_no_leakscan(tmp_path: Path) -> None:
    s, stale = published(tmp_path)
    hooks = s.server.path / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "banned-ids").write_text(guard.dumps(ids(s)))
    (hooks / "pre-receive").write_text(guard.portable("pre-receive"))
    (hooks / "pre-receive").chmod(0o755)
    assert not pushes(stale, "main")
    stale.git("checkout", "-q", "-b", "fine", "origin/side")
    assert pushes(stale, "fine")
