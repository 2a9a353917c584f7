"""Cleanup from what is known: what stays is packed from a list where nothing has come since, and found by git otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purging import SECRET, purge, refs, rewritten, step, survivors

from leakscan.git import run


def scene(tmp_path: Path) -> GitRepo:
    """Packed and loose objects, some of each reachable, some not, with the secret and without."""
    repo = GitRepo.init(tmp_path / "r")
    for number in range(4):
        repo.write("d/f", f"{number} {SECRET if number == 2 else ''}\n" * 30)
        repo.write("e/g", f"{number}\n" * 30)
        repo.commit(f"c{number}")
    repo.git("tag", "-a", "-m", "t", "v1", "HEAD~1")
    repo.git("branch", "lost")
    repo.git("repack", "-a", "-d", "-q")
    repo.git("checkout", "-q", "lost")
    repo.write("d/f", f"lost {SECRET}\n")
    repo.commit("leaks and is lost")
    repo.git("checkout", "-q", "-")
    repo.git("branch", "-D", "lost")
    repo.write("e/g", "new\n")
    repo.commit("last")
    return repo


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands of git that collect objects, as they are started."""
    seen: list[str] = []
    whole = run.start

    def start(where: run.Where, *args: str | bytes, **more: object) -> object:
        seen.extend(str(arg) for arg in args if arg in ("pack-objects", "repack", "prune"))
        return whole(where, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "start", start)
    return seen


def gone(repo: GitRepo, oids: Sequence[str]) -> bool:
    return all(repo.git("cat-file", "-t", oid, check=False) == "" for oid in oids)


def test_what_stays_is_packed_from_a_list(tmp_path: Path, asked: list[str]) -> None:
    repo = scene(tmp_path)
    old = repo.git("rev-list", "--all").split()
    plan = rewritten(repo)
    before = refs(repo)
    asked.clear()
    done = step(repo, "cleanup", plan)
    assert done.code == 0, done.text
    assert asked == ["pack-objects"]
    assert survivors(repo) == []
    assert refs(repo) == before
    repo.git("fsck", "--full", "--strict")
    assert gone(repo, [oid for oid in old if oid not in repo.git("rev-list", "--all").split()])
    assert len(list((repo.path / ".git/objects/pack").glob("*.pack"))) == 1
    assert done.value["objects"] == len(
        repo.git("cat-file", "--batch-all-objects", "--batch-check").splitlines()
    )


def fetched(repo: GitRepo) -> None:
    """Old history comes back from elsewhere, with something new on top of it."""
    repo.write("n", "n\n")
    repo.commit("a commit of its own")


def back(repo: GitRepo) -> None:
    repo.git("branch", "back", repo.git("rev-list", "--all", "--reflog").split()[-1])


def repacked(repo: GitRepo) -> None:
    for keep in (repo.path / ".git/objects/pack").glob("*.keep"):
        keep.unlink()
    repo.git("repack", "-a", "-d", "-q", "-F")


@pytest.mark.parametrize("happens", [fetched, repacked])
def test_what_came_since_is_seen(
    tmp_path: Path, asked: list[str], happens: Callable[[GitRepo], None]
) -> None:
    repo = scene(tmp_path)
    plan = rewritten(repo)
    happens(repo)
    asked.clear()
    done = step(repo, "cleanup", plan)
    assert done.code == 0, done.text
    assert "repack" in asked
    assert done.value["clean"]
    assert survivors(repo) == []
    repo.git("fsck", "--full", "--strict")


def test_a_ref_to_old_history_is_seen(tmp_path: Path, asked: list[str]) -> None:
    repo = scene(tmp_path)
    old = repo.git("rev-parse", "HEAD")
    plan = rewritten(repo)
    repo.git("branch", "back", old)
    done = step(repo, "cleanup", plan)
    assert done.code == 1, done.text
    assert "repack" in asked
    assert done.value["reachable"]
    assert repo.git("cat-file", "-t", old) == "commit"


def test_a_pack_that_is_not_the_one_that_was_searched(tmp_path: Path, asked: list[str]) -> None:
    repo = scene(tmp_path)
    other = GitRepo.init(tmp_path / "other")
    other.write("x", f"{SECRET} elsewhere\n")
    other.commit("x")
    other.git("repack", "-a", "-d", "-q")
    plan = rewritten(repo)
    for file in (other.path / ".git/objects/pack").iterdir():
        (repo.path / ".git/objects/pack" / file.name).write_bytes(file.read_bytes())
    done = step(repo, "cleanup", plan)
    assert done.code == 0, done.text
    assert "repack" in asked
    assert survivors(repo) == []


@pytest.mark.parametrize("args", [("--path", "d/f"), ()])
def test_git_decides_where_paths_go_or_notes_follow(
    tmp_path: Path, asked: list[str], args: tuple[str, ...]
) -> None:
    repo = scene(tmp_path)
    if not args:
        repo.git("notes", "add", "-m", "a note", "HEAD")
    plan = rewritten(repo, *args)
    asked.clear()
    assert step(repo, "cleanup", plan).code == 0
    assert "repack" in asked
    assert survivors(repo) == []
    repo.git("fsck", "--full", "--strict")


@pytest.mark.parametrize("lost", [False, True])
def test_a_blob_that_could_not_be_looked_into(tmp_path: Path, asked: list[str], lost: bool) -> None:
    """It stays and is named where something leads to it; where nothing does, it goes."""
    repo = scene(tmp_path)
    repo.write("closed.rar", b"Rar!\x1a\x07\x01\0" + bytes(90))
    if lost:
        blob = repo.git("hash-object", "-w", "closed.rar")
    else:
        repo.commit("closed")
        blob = repo.git("rev-parse", "HEAD:closed.rar")
    plan = rewritten(repo)
    asked.clear()
    done = step(repo, "cleanup", plan)
    assert done.code == 0, done.text
    assert ("repack" in asked) == lost
    assert any("RAR" in text for text in done.value["unlooked"]) != lost
    assert gone(repo, [blob]) == lost


def test_a_pack_of_other_objects_removes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from leakscan.purge import compact

    repo = scene(tmp_path)
    plan = rewritten(repo)
    whole = compact._wanted
    objects = repo.git("cat-file", "--batch-all-objects", "--batch-check")
    monkeypatch.setattr(compact, "_wanted", lambda *args: whole(*args)[20:])
    real = compact._replace
    monkeypatch.setattr(
        compact,
        "_replace",
        lambda repo, store, made, wanted, *more: real(repo, store, made, wanted + bytes(20), *more),
    )
    assert step(repo, "cleanup", plan).code == 2
    monkeypatch.undo()
    assert repo.git("cat-file", "--batch-all-objects", "--batch-check") == objects
    assert purge(repo, "status").code == 0
    assert step(repo, "cleanup", plan).code == 0
    assert survivors(repo) == []
