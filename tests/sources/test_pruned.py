"""Where in history something is, told from trees that are compared only where they differ: as the plain way tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitrepo import GitRepo

from leakscan.git import history_log
from leakscan.git.repository import Repository
from leakscan.model.origin import BlobOrigin, NameOrigin
from leakscan.sources.novelty import NoveltyHistorySource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from leakscan.model.origin import Origin


def check(repo: GitRepo, groups: list[list[Origin]]) -> dict[Origin, list[bytes | None]]:
    """The fast way tells what the plain one tells; the paths of each origin."""
    expected = history_log.attribute(Repository.open(repo.path), groups)
    source = NoveltyHistorySource(Repository.open(repo.path), context=20)
    source.units()
    assert source.attribute(groups) == tuple(expected)
    return {origin: [locus.path for locus in loci] for origin, loci in expected.loci.items()}


def tree(repo: GitRepo, entries: Iterable[str]) -> str:
    """Written as it stands, however malformed."""
    raw = b""
    for mode, name, oid in (entry.split() for entry in entries):
        raw += f"{mode} {name}\0".encode() + bytes.fromhex(oid)
    return repo.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", input=raw)


def commit(repo: GitRepo, root: str, *parents: str) -> str:
    repo.tick()
    words = [word for parent in parents for word in ("-p", parent)]
    oid = repo.git("commit-tree", "-m", "a commit", *words, root)
    repo.git("update-ref", "refs/heads/main", oid)
    return oid


def test_a_tree_stored_as_what_it_differs_in_from_the_tree_that_holds_it(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    blobs = [repo.blob(f"text {n}") for n in range(60)]
    same = [f"100644 f{n:03} {blob}" for n, blob in enumerate(blobs)]
    inner = tree(repo, same)
    outer = tree(repo, [*same, f"40000 same {inner}", f"100644 zzz {blobs[0]}"])
    commit(repo, inner, commit(repo, outer))  # git looks for a base under the same name first
    repo.git("repack", "-adf")
    (index,) = (repo.path / ".git" / "objects/pack").glob("*.idx")
    listing = {
        words[0]: words for words in map(str.split, repo.git("verify-pack", "-v", str(index)).splitlines())
    }
    assert listing[inner][-1] == outer  # its base
    wanted: list[list[Origin]] = [[BlobOrigin(blobs[7])], [BlobOrigin(blobs[0])], [NameOrigin(b"f009")]]
    paths = check(repo, wanted)
    assert paths[BlobOrigin(blobs[7])] == [b"f007", b"same/f007"]
    assert len(paths[BlobOrigin(blobs[0])]) == 3


def test_what_is_at_more_paths_than_are_told(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    often, once = repo.blob("often"), repo.blob("once")
    parent: tuple[str, ...] = ()
    for number in (900, 1100, 1050, 1200):
        inner = tree(repo, [f"100644 f{n:04} {often}" for n in range(number)])
        root = tree(repo, [f"40000 d {inner}", f"100644 once{number} {once}"])
        parent = (commit(repo, root, *parent),)
    paths = check(repo, [[BlobOrigin(often)], [BlobOrigin(once)], [NameOrigin(b"f1090"), NameOrigin(b"d")]])
    assert len(paths[BlobOrigin(often)]) == 1000
    assert len(paths[BlobOrigin(once)]) == 4


def test_more_paths_than_are_counted(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    often, once = repo.blob("often"), repo.blob("once")
    bomb = tree(repo, [f"100644 f{n} {often}" for n in range(10)])
    for _ in range(6):
        bomb = tree(repo, [f"40000 d{n} {bomb}" for n in range(10)])
    first = commit(repo, tree(repo, [f"40000 bomb {bomb}", f"100644 once {once}"]))
    commit(repo, tree(repo, [f"40000 bomb {bomb}", f"100644 twice {once}"]), first)
    paths = check(repo, [[BlobOrigin(often)], [BlobOrigin(once)]])
    assert len(paths[BlobOrigin(often)]) == 1000
    assert paths[BlobOrigin(once)] == [b"once", b"twice"]


def test_entries_that_are_there_twice(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    a, b = repo.blob("a"), repo.blob("b")
    one = tree(repo, [f"100644 x {a}", f"100644 x {a}"])
    two = tree(repo, [f"100644 x {b}", f"100644 y {a}"])
    lines = [f"100644 n {a}", f"100644 n {b}", f"40000 n {one}", f"40000 n {two}", f"40000 n {one}"]
    parent = commit(repo, tree(repo, lines))
    for left in (lines[:-1], lines[1:-1], lines[3:], [lines[2], *lines]):
        parent = commit(repo, tree(repo, left), parent)
    repo.git("repack", "-adf")
    check(repo, [[BlobOrigin(a)], [BlobOrigin(b)], [NameOrigin(b"n")], [NameOrigin(b"y"), BlobOrigin(b)]])
