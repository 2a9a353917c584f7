"""Finding clones that still have what was purged."""

from __future__ import annotations

from pathlib import Path

from gitrepo import GitRepo
from purge_scene import SECRET, scene

from leakscan.git.repository import Repository
from leakscan.purge.check_clone import Candidate, check, recognise, way_out
from leakscan.purge.known import banned


def gc(repo: GitRepo) -> None:
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")


def test_a_stale_clone_is_found_with_what_holds_it(tmp_path: Path) -> None:
    s = scene(tmp_path)
    stale = GitRepo.clone(s.server, tmp_path / "stale")
    found = check(Repository.open(stale.path), banned(s.plan, s.moves))
    assert not found.clean
    assert (found.commits, found.tags, found.blobs, found.others) == (2, 1, 1, 0)
    assert found.reachable
    assert found.refs == (
        "refs/heads/main",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
        "refs/remotes/origin/old",
        "refs/tags/v1",
    )
    assert "adopt" in way_out(found, "plan.json")


def test_the_plan_alone_is_enough(tmp_path: Path) -> None:
    s = scene(tmp_path)
    stale = GitRepo.clone(
        s.server, tmp_path / "stale", "--single-branch", "--branch=old", "--depth=1", "--no-tags"
    )
    found = check(Repository.open(stale.path), banned(s.plan))
    assert found.commits == 1
    assert found.refs


def test_what_is_left_over_on_disk_is_told_apart(tmp_path: Path) -> None:
    s = scene(tmp_path)
    found = check(s.repo, banned(s.plan, s.moves))
    assert (found.commits, found.reachable, found.refs) == (2, False, ())
    assert "gc" in way_out(found, "plan.json")
    gc(s.clone)
    clean = check(s.repo, banned(s.plan, s.moves))
    assert clean.clean
    assert way_out(clean, "plan.json") == ""


def test_a_staged_file_counts_as_held(tmp_path: Path) -> None:
    s = scene(tmp_path)
    s.clone.git("update-index", "--add", "--cacheinfo", f"100644,{s.plan.blobs[0].old},again.env")
    gc(s.clone)
    found = check(s.repo, banned(s.plan, s.moves))
    assert (found.commits, found.blobs, found.reachable) == (0, 1, True)


def test_an_empty_repository_is_clean(tmp_path: Path) -> None:
    s = scene(tmp_path)
    empty = GitRepo.init(tmp_path / "empty")
    assert check(Repository.open(empty.path), banned(s.plan, s.moves)).clean


def test_a_secret_is_recognised_by_its_digest(tmp_path: Path) -> None:
    s = scene(tmp_path)
    same_length = b"x" * len(SECRET)
    pool = [
        Candidate("other", same_length),
        Candidate("github.pat-classic", SECRET),
        Candidate("other", b"short"),
    ]
    assert recognise(s.plan.secrets, pool) == {0: SECRET}
    assert recognise(s.plan.secrets, pool[:1]) == {}
