"""The new pack read back: what git's strict check objects to is said in its words, and a wrong object stops the plan."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gitrepo import GitRepo
from purging import SECRET, purge, refs

from leakscan.git import kernel, run


def hashed(repo: GitRepo, kind: str, raw: bytes) -> str:
    done = subprocess.run(
        ["git", "hash-object", "-w", "--literally", "-t", kind, "--stdin"],
        cwd=repo.path, env=repo.environment(), input=raw, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


def with_tree(repo: GitRepo, entries: bytes) -> None:
    """A commit whose tree has `entries` and, last, a file with the secret."""
    leak = bytes.fromhex(hashed(repo, "blob", f"{SECRET}\n".encode()))
    tree = hashed(repo, "tree", entries + b"100644 z\0" + leak)
    commit = f"tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nm\n"
    repo.git("update-ref", "refs/heads/odd", hashed(repo, "commit", commit.encode()))


CASES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "zeroPaddedFilemode": lambda blob, tree: b"0100644 a\0" + blob,
    "hasDotgit": lambda blob, tree: b"40000 .GIT\0" + tree,
    "fullPathname": lambda blob, tree: b"100644 a/b\0" + blob,
    "hasDotdot": lambda blob, tree: b"40000 ..\0" + tree,
    "nullSha1": lambda blob, tree: b"160000 a\0" + bytes(20),
    "treeNotSorted": lambda blob, tree: b"100644 b\0" + blob + b"100644 a\0" + blob,
    "duplicateEntries": lambda blob, tree: (
        b"100644 a\0" + blob + b"100644 a.b\0" + blob + b"40000 a\0" + tree
    ),
    "gitmodulesSymlink": lambda blob, tree: b"120000 .gitmodules\0" + blob,
}


@pytest.mark.parametrize("what", CASES)
def test_trees_that_git_finds_fault_with(tmp_path: Path, what: str) -> None:
    repo = GitRepo.init(tmp_path / "r")
    blob = bytes.fromhex(hashed(repo, "blob", b"x\n"))
    tree = bytes.fromhex(hashed(repo, "tree", b"100644 f\0" + blob))
    with_tree(repo, CASES[what](blob, tree))
    answer = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert answer.code == 0, answer.text
    assert what in answer.value["strict"]


def test_sound_ones_of_special_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git itself is asked about one sample of each, and has nothing to say; the whole pack is not put before it."""
    repo = GitRepo.init(tmp_path / "r")
    repo.write(".gitmodules", '[submodule "a"]\n\tpath = a\n\turl = https://example.invalid/a\n')
    repo.write(".gitattributes", f"*.x text # {SECRET}\n")
    repo.write(".github/x", f"{SECRET}\n")
    repo.write("back~", "x\n")
    repo.commit("leak")
    repo.git("tag", "-a", "-m", "t", "v1")
    asked: list[Any] = []
    whole = run.attempt
    monkeypatch.setattr(run, "attempt", lambda *args, **more: asked.append(args) or whole(*args, **more))  # type: ignore[func-returns-value]
    answer = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert answer.code == 0
    assert answer.value["strict"] == ""
    assert sum("index-pack" in args for args in asked) == 1


def test_a_gitmodules_file_that_is_rewritten_is_judged(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write(".gitmodules", f'[submodule "a"]\n\tpath = a\n\turl = -u{SECRET}\n')
    repo.commit("leak")
    answer = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert answer.code == 0
    assert "gitmodulesUrl" in answer.value["strict"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("author A <a@b> 1 +051800", "badTimezone"),
        ("author A <a@b> 01 +0000", "zeroPaddedDate"),
        ("author A<a@b> 1 +0000", "missingSpaceBeforeEmail"),
    ],
)
def test_commits_that_git_finds_fault_with(tmp_path: Path, line: str, what: str) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("f", f"{SECRET}\n")
    repo.commit("leak")
    raw = repo.git("cat-file", "commit", "HEAD").split("\n")
    raw[1] = line
    repo.git("update-ref", "refs/heads/main", hashed(repo, "commit", ("\n".join(raw) + "\n").encode()))
    answer = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert answer.code == 0, answer.text
    assert what in answer.value["strict"]
    named = answer.value["strict"].split("object ")[1][:40]
    assert named not in repo.git("rev-list", "--all").split()  # a new object, and not a sample
    assert named.encode() in subprocess.run(
        ["git", "show-index"], stdin=next((repo.path / ".git/leakscan/purge").glob("*/new.idx")).open("rb"),
        capture_output=True, check=True,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("function", ["patched", "unpack_all"])
def test_a_pack_that_does_not_say_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    repo = GitRepo.init(tmp_path / "r")
    for number in range(3):
        repo.write("f", f"{number} {SECRET}\n")
        repo.commit(f"c{number}")
    repo.git("repack", "-a", "-d", "-q")
    before = refs(repo)
    whole = getattr(kernel, function)

    def wrong(*args: Any) -> Any:
        if function == "patched":  # an id in a tree is another, behind the back of whoever keeps the ids
            *most, compress = args
            return whole(*most, lambda data: compress(bytes(data)[:-1] + b"x"))
        found = whole(*args)
        return [raw and raw.replace(b"c1", b"c9") for raw in found] if args[0] and _new(args[0]) else found

    def _new(pack: Any) -> bool:
        new = next((repo.path / ".git/leakscan/purge").glob(".draft*/new.pack"), None)
        return new is not None and new.read_bytes() == bytes(pack)

    monkeypatch.setattr(kernel, function, wrong)
    answer = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert answer.code == 6, answer.text
    assert refs(repo) == before
