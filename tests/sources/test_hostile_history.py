"""Damaged, cut off and malicious repositories: said, and the scan goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitrepo import GitRepo
from planted import MARK, read

from leakscan.git.repository import Repository
from leakscan.model.origin import BlobOrigin
from leakscan.sources.history import PlainHistorySource

if TYPE_CHECKING:
    from pathlib import Path


def source(repo: GitRepo) -> PlainHistorySource:
    return PlainHistorySource(Repository.open(repo.path))


def two_files(tmp_path: Path) -> tuple[GitRepo, str, str]:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a", b"first " + MARK + b"\n" + bytes(range(1, 250)) * 9)
    repo.write("b", b"second " + MARK + b"\n" + bytes(range(1, 250)) * 9)
    repo.commit()
    return repo, repo.oid("HEAD:a"), repo.oid("HEAD:b")


def test_no_commit_yet(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    assert read(source(repo)) == ([], [])
    assert source(repo).attribute([[]]).lives[0] is not None
    repo.add("a", MARK)
    assert read(source(repo)).origins() == [BlobOrigin(repo.oid(":a"))]


def test_a_missing_object_is_named(tmp_path: Path) -> None:
    repo, a, b = two_files(tmp_path)
    repo.lose(a)
    found = read(source(repo))
    assert found.origins() == [BlobOrigin(b)]
    assert found.why() == {f"object {a}": "missing"}
    (item,) = found.skipped
    assert item.incomplete
    assert item.detail.startswith("a in tree ")


def test_corrupt_objects_are_named(tmp_path: Path) -> None:
    repo, a, b = two_files(tmp_path)
    repo.corrupt(a)
    found = read(source(repo))
    assert found.origins() == [BlobOrigin(b)]
    assert set(found.why().values()) == {"corrupt"}
    assert any(a in what for what in found.why())
    repo.object_file(b).chmod(0o644)
    repo.object_file(b).write_bytes(b"no object")
    assert read(source(repo)).origins() == []


def test_a_missing_tree_and_commit_are_named(tmp_path: Path) -> None:
    repo, _, b = two_files(tmp_path)
    tree, first = repo.oid("HEAD^{tree}"), repo.head()
    repo.write("c", "c")
    repo.commit()
    repo.lose(tree)
    repo.lose(first)
    found = read(source(repo))
    assert found.why() == {f"object {first}": "missing"}
    assert BlobOrigin(b) in found.origins()
    assert source(repo).attribute([[BlobOrigin(b)]]).loci[BlobOrigin(b)]


def test_damage_in_a_pack(tmp_path: Path) -> None:
    repo, *_ = two_files(tmp_path)
    repo.repack()
    (pack,) = (repo.path / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    data = bytearray(pack.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(255 - byte for byte in data[middle : middle + 40])
    pack.write_bytes(bytes(data))
    found = read(source(repo))
    assert "corrupt" in found.why().values()
    assert len(found.chunks) > 2


def test_a_shallow_clone_is_incomplete(tmp_path: Path) -> None:
    repo, a, _ = two_files(tmp_path)
    repo.write("c", "c")
    repo.commit()
    clone = GitRepo.clone(repo, tmp_path / "clone", "--depth=1")
    found = read(source(clone))
    assert found.why() == {"repository": "shallow"}
    (locus,) = source(clone).attribute([[BlobOrigin(a)]]).loci[BlobOrigin(a)]
    assert locus.commit
    assert locus.commit.oid == repo.head()


def test_a_partial_clone_is_incomplete_and_fetches_nothing(tmp_path: Path) -> None:
    repo, a, _ = two_files(tmp_path)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("rm", "-q", "a")
    repo.commit()
    clone = GitRepo.clone(repo, tmp_path / "clone", "--filter=blob:none")
    before = clone.git("count-objects", "-v")
    found = read(source(clone))
    assert found.why() == {"repository": "partial", f"object {a}": "partial"}
    assert BlobOrigin(a) not in found.texts()
    assert clone.git("count-objects", "-v") == before


def test_binary_and_large_blobs_are_counted(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    binary, large = repo.blob(b"\0\1\2\3" * 100), repo.blob(b"x" * 1001)
    limited = PlainHistorySource(Repository.open(repo.path), max_size=1000)
    assert read(limited).why() == {f"blob {binary}": "binary", f"blob {large}": "too-large"}


def test_a_tree_deeper_than_the_stack(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    blob = repo.blob(MARK)
    tree = repo.git("mktree", input=f"100644 blob {blob}\tf\n".encode())
    for _ in range(1500):
        raw = b"40000 d\0" + bytes.fromhex(tree)
        tree = repo.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", input=raw)
    repo.tick()
    commit = repo.git("commit-tree", "-m", "deep", tree)
    (locus,) = source(repo).attribute([[BlobOrigin(blob)]]).loci[BlobOrigin(blob)]
    assert locus.path == b"d/" * 1500 + b"f"
    assert locus.commit
    assert locus.commit.oid == commit


def test_a_tree_that_names_a_blob_a_billion_times(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    blob = repo.blob(MARK)
    tree = repo.git("mktree", input="".join(f"100644 blob {blob}\tf{n}\n" for n in range(10)).encode())
    for _ in range(9):
        tree = repo.git("mktree", input="".join(f"040000 tree {tree}\td{n}\n" for n in range(10)).encode())
    repo.tick()
    repo.git("commit-tree", "-m", "bomb", tree)
    assert len(source(repo).attribute([[BlobOrigin(blob)]]).loci[BlobOrigin(blob)]) == 1000
