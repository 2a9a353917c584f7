"""The object store reads what git reads, however it is stored."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo
from histories import PACKINGS, pack, random_history

from leakscan.git import catfile
from leakscan.git.inventory import Inventory
from leakscan.git.objects import ObjectStore
from leakscan.git.pack import Malformed, Pack, make_index
from leakscan.git.repository import Repository
from leakscan.git.steps import positions

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 1 << 30


def store_of(repo: GitRepo) -> ObjectStore:
    return ObjectStore.of(Repository.open(repo.path))


def listed(repo: GitRepo) -> dict[str, bytes]:
    """All objects as git has them."""
    oids = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    found = catfile.stream(Repository.open(repo.path), oids)
    return {item.oid: item.data for item in found if isinstance(item, catfile.Object)}


def planned(repo: GitRepo) -> list[str]:
    """The ids of all objects in an inventory, each as often as it is told."""
    held = Inventory(Repository.open(repo.path))
    found = [oid.hex() for some in held.singles.values() for oid in some]
    for number, plan in enumerate(held.plans):
        one = held.store.packs[number]
        for steps in plan[1:5]:
            told = [position for position in positions(steps) if not held.is_double(number, position)]
            found += [one.oid(position).hex() for position in told]
    return found


@pytest.mark.parametrize("how", PACKINGS)
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_every_object_is_read_and_planned_once(tmp_path: Path, how: str, object_format: str) -> None:
    repo = random_history(tmp_path / "r", seed=11, commits=15, object_format=object_format)
    expected = listed(repo)
    pack(repo, how)
    if how == "midx":  # it can stand in for the indexes
        for index in (repo.path / ".git" / "objects" / "pack").glob("*.idx"):
            index.unlink()
    store = store_of(repo)
    assert not store.problems
    assert {oid: getattr(store.read(bytes.fromhex(oid), LIMIT), "data", None) for oid in expected} == expected
    assert sorted(planned(repo)) == sorted(expected)


def test_alternates_of_alternates(tmp_path: Path) -> None:
    first = GitRepo.init(tmp_path / "first")
    oid = first.blob("borrowed")
    second = GitRepo.init(tmp_path / 'a "quoted"\n name')
    third = GitRepo.init(tmp_path / "third")
    objects = os.path.join(".git", "objects")
    (second.path / objects / "info" / "alternates").write_text(f"# comment\n../../../first/{objects}\n")
    quoted = str(second.path / objects).replace('"', '\\"').replace("\n", "\\n")
    (third.path / objects / "info" / "alternates").write_text(f'"{quoted}"\n/nowhere\n')
    assert third.git("cat-file", "-p", oid) == "borrowed"
    assert store_of(third).read(bytes.fromhex(oid), LIMIT) == catfile.Object(oid, "blob", b"borrowed")
    assert planned(third) == [oid]
    # A circle ends.
    (first.path / objects / "info" / "alternates").write_text(str(third.path / objects) + "\n")
    assert planned(third) == [oid]


def test_a_damaged_copy_gives_way_to_a_sound_one(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    oid = repo.blob("some content, long enough\n" * 40)
    file = repo.object_file(oid)
    loose = file.read_bytes()
    pack(repo, "one pack")
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(loose)
    repo_pack = next((repo.path / ".git/objects/pack").glob("*.pack"))
    repo_pack.chmod(0o644)
    raw = bytearray(repo_pack.read_bytes())
    raw[-30] ^= 255
    repo_pack.write_bytes(bytes(raw))
    found = store_of(repo).read(bytes.fromhex(oid), LIMIT)
    assert isinstance(found, catfile.Object)
    file.unlink()
    found = store_of(repo).read(bytes.fromhex(oid), LIMIT)
    assert found == catfile.Broken(oid, "corrupt", "its content cannot be unpacked")


def test_limits_and_what_is_missing(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    oid = repo.blob("x" * 5000)
    store = store_of(repo)
    assert store.read(bytes.fromhex(oid), 4999) == catfile.Broken(oid, "too-large", "5000 bytes")
    assert store.read(bytes.fromhex(oid), 5000) == catfile.Object(oid, "blob", b"x" * 5000)
    assert store.read(bytes(20), LIMIT) == catfile.Broken("00" * 20, "missing")
    pack(repo, "one pack")
    assert store_of(repo).read(bytes.fromhex(oid), 4999) == catfile.Broken(oid, "too-large", "5000 bytes")


def test_loose_bombs_and_odd_files(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    objects = repo.path / ".git" / "objects"
    for digit, content in (
        ("1", zlib.compress(b"blob 3\0" + b"x" * 1_000_000)),  # more than it says
        ("2", zlib.compress(b"blob 30000\0abc")),  # less
        ("3", zlib.compress(b"bloob 3\0abc")),
        ("4", b"no stream"),
        ("5", b""),
    ):
        (objects / f"{digit}a").mkdir()
        (objects / f"{digit}a" / ("0" * 38)).write_bytes(content)
    os.mkfifo(objects / "1a" / ("1" * 38))
    (objects / "2a" / ("z" * 38)).write_bytes(b"")
    store = store_of(repo)
    loose, broken = store.loose()
    assert [item.oid.hex()[:3] for item in loose] == ["1a0", "2a0"]
    assert [item.oid[:3] for item in broken] == ["1a1", "3a0", "4a0", "5a0"]
    for item in loose:
        assert store.read(item.oid, LIMIT) == catfile.Broken(
            item.oid.hex(), "corrupt", "its content cannot be unpacked"
        )


def test_what_is_no_pack_is_reported(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    oid = repo.blob("kept")
    directory = repo.path / ".git" / "objects" / "pack"
    directory.mkdir(exist_ok=True)
    sound = make_index([], 20)
    for name, content, index in (
        ("a", b"", sound), ("b", b"PACK\0\0\0\2", sound), ("c", b"JUNK" * 20, sound),
        ("d", b"PACK\0\0\0\2" + bytes(40), b"idx"), ("e", b"PACK\0\0\0\2" + bytes(40), sound[:900]),
    ):  # fmt: skip
        (directory / f"{name}.pack").write_bytes(content)
        (directory / f"{name}.idx").write_bytes(index)
    (directory / "unfinished.pack").write_bytes(b"PACK")
    os.mkfifo(directory / "f.pack")
    (directory / "f.idx").write_bytes(sound)
    store = store_of(repo)
    assert [problem.what for problem in store.problems] == [f"pack {name}.pack" for name in "abcdef"]
    assert {problem.why for problem in store.problems} == {"corrupt"}
    assert planned(repo) == [oid]


def test_old_indexes_and_large_offsets(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=5, commits=8)
    expected = listed(repo)
    oids = "".join(f"{oid}\n" for oid in expected).encode()
    into = str(repo.path / ".git" / "objects" / "pack" / "pack")
    repo.git("pack-objects", "-q", "--index-version=1", into, input=oids)
    repo.git("prune-packed", "-q")
    assert sorted(planned(repo)) == sorted(expected)
    for file in (repo.path / ".git" / "objects" / "pack").iterdir():
        file.unlink()
    with pytest.raises((Malformed, OSError)):
        Pack(os.fsencode(into) + b".pack", 20)
    rows = [(bytes([i]) * 20, i << 31 | i) for i in range(5)]
    index = make_index(rows, 20)
    (tmp_path / "x.pack").write_bytes(b"PACK\0\0\0\2" + bytes(40))
    one = Pack(os.fsencode(tmp_path / "x.pack"), 20, index)
    assert [(one.oid(i), one.offset(i)) for i in range(5)] == rows


def test_a_delta_on_an_object_of_another_pack(tmp_path: Path) -> None:
    """Git writes no such pack to disk; whoever does is read all the same."""
    repo = GitRepo.init(tmp_path / "r")
    base = "".join(f"line {i}\n" for i in range(300))
    old = repo.blob(base)
    pack(repo, "one pack")
    new = repo.blob(base + "more\n")
    directory = repo.path / ".git" / "objects" / "pack"
    patch = _delta(old, base)
    (directory / "pack-thin.pack").write_bytes(patch)
    (directory / "pack-thin.idx").write_bytes(make_index([(bytes.fromhex(new), 12)], 20))
    repo.object_file(new).unlink()
    found = store_of(repo).read(bytes.fromhex(new), LIMIT)
    assert found == catfile.Object(new, "blob", (base + "more\n").encode())
    assert sorted(planned(repo)) == sorted([old, new])
    for file in directory.glob("*.idx"):
        if file.name != "pack-thin.idx":
            file.unlink()
    missing = store_of(repo).read(bytes.fromhex(new), LIMIT)
    assert missing == catfile.Broken(new, "corrupt", f"made from object {old}, which is missing")


def _delta(old: str, base: str) -> bytes:
    def varint(n: int) -> bytes:
        return bytes([n & 127 | 128, n >> 7]) if n > 127 else bytes([n])

    size = len(base)
    body = varint(size) + varint(size + 5) + bytes([0x80 | 0x30, size & 255, size >> 8, 5]) + b"more\n"
    head = bytes([7 << 4 | len(body) & 15 | (128 if len(body) > 15 else 0)])
    head += bytes([len(body) >> 4]) if len(body) > 15 else b""
    return b"PACK\0\0\0\2\0\0\0\1" + head + bytes.fromhex(old) + zlib.compress(body) + bytes(20)
