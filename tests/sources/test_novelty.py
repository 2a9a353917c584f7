"""The novelty scan yields what the plain one yields, and tells truly what is new in it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo
from histories import PACKINGS, pack, random_history
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted import MARK, check_novelty, read

from leakscan.git import attribution_twin, history_log, kernel, kernel_twin, purge_twin, rewrite_twin
from leakscan.git.repository import Repository
from leakscan.model.content import Chunk, Skipped
from leakscan.model.origin import BlobOrigin, CommitOrigin, NameOrigin, ReflogOrigin, RefOrigin, TagOrigin
from leakscan.sources.history import PlainHistorySource
from leakscan.sources.novelty import NoveltyHistorySource

if TYPE_CHECKING:
    from pathlib import Path

    from leakscan.model.origin import Origin

CONTEXT = 20
_TWINS = (kernel_twin, attribution_twin, rewrite_twin, purge_twin)


def novelty(repo: GitRepo, max_size: int = 1 << 20) -> NoveltyHistorySource:
    return NoveltyHistorySource(Repository.open(repo.path), context=CONTEXT, max_size=max_size)


def plain(repo: GitRepo, max_size: int = 1 << 20) -> PlainHistorySource:
    return PlainHistorySource(Repository.open(repo.path), max_size=max_size)


def told(chunks: list[Chunk]) -> list[tuple[Origin, bytes]]:
    return sorted(
        ((c.origin, c.text) for c in chunks), key=lambda c: (type(c[0]).__name__, tuple(map(str, c[0])))
    )


def reasons(skipped: list[Skipped]) -> list[tuple[str, str]]:
    return sorted((item.what, item.why) for item in skipped)


def check(repo: GitRepo, max_size: int = 1 << 20) -> int:
    """Both sources agree, and novelty is told truly; how many chunks are told by what is new in them."""
    source = novelty(repo, max_size)
    fast, slow = read(source), read(plain(repo, max_size))
    assert told(fast.chunks) == told(slow.chunks)
    assert reasons(fast.skipped) == reasons(slow.skipped)
    inherited = 0
    for unit in source.units():
        before: list[bytes] = []
        for chunk in source.read(unit):
            if isinstance(chunk, Chunk):
                if chunk.novelty is not None:
                    inherited += 1
                    check_novelty(chunk, before[chunk.depth - 1], CONTEXT)
                before[chunk.depth :] = [b""] * (chunk.depth - len(before)) + [chunk.text]
    return inherited


@pytest.mark.parametrize("how", PACKINGS)
def test_same_as_plain(tmp_path: Path, how: str) -> None:
    repo = random_history(tmp_path / "r", seed=PACKINGS.index(how), commits=25)
    pack(repo, how)
    inherited = check(repo)
    assert (inherited > 0) == (how not in ("loose", "no deltas"))


def test_same_as_plain_in_sha256(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=40, object_format="sha256")
    pack(repo, "two packs")
    assert check(repo)


def test_same_without_the_compiled_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = random_history(tmp_path / "r", seed=41)
    pack(repo, "pack and loose")
    for name in kernel.__all__:
        if name != "COMPILED":
            twin = next(some for some in _TWINS if hasattr(some, name))
            monkeypatch.setattr(kernel, name, getattr(twin, name))
    assert check(repo)


def test_binary_wide_and_large_bases_are_not_inherited_from(tmp_path: Path) -> None:
    """A blob is told whole when its base is binary, UTF-16, or too large to be told at all."""
    repo = GitRepo.init(tmp_path / "r")
    lines = "".join(f"some line {i}\n" for i in range(200))
    repo.write("binary", b"\0" + lines.encode() * 2)
    repo.write("wide", lines.encode("utf-16"))
    repo.write("large", lines * 9)
    repo.commit()
    repo.write("binary", lines.encode() * 2)
    repo.write("wide", lines.encode("utf-16") + "more\n".encode("utf-16-le"))
    repo.write("large", lines * 8)
    repo.commit()
    pack(repo, "one pack")
    check(repo)
    check(repo, max_size=len(lines) * 8)
    found = read(novelty(repo, max_size=len(lines) * 8))
    large = repo.oid("HEAD~:large")
    assert found.why()[f"blob {large}"] == "too-large"
    assert Skipped(f"blob {large}", "too-large", f"{len(lines) * 9} bytes") in found.skipped


def test_a_corrupt_entry_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    rng = random.Random(1)
    text = [f"{rng.random()}\n" for _ in range(400)]
    for i in range(12):
        text[rng.randrange(400)] = f"changed {i} {rng.random()}\n"
        repo.write("grows.txt", "".join(text))
        repo.write(f"other{i}.txt", f"other {rng.random()} " * 30)
        repo.commit()
    pack(repo, "one pack")
    (file,) = (repo.path / ".git/objects/pack").glob("*.pack")
    listing = repo.git("verify-pack", "-v", str(file.with_suffix(".idx"))).splitlines()
    blobs = {f[0]: f for f in map(str.split, listing) if len(f) > 4 and f[1] == "blob"}
    victims = [
        oid
        for oid, f in blobs.items()
        if len(f) == 7 and oid in {g[6] for g in blobs.values() if len(g) == 7}
    ]
    victim = victims[0]  # a delta that others rest on
    at, size = int(blobs[victim][4]), int(blobs[victim][3])
    file.chmod(0o644)
    raw = bytearray(file.read_bytes())
    raw[at + size - 6] ^= 0xFF
    file.write_bytes(bytes(raw))
    lost = {victim}
    for _ in blobs:
        lost |= {oid for oid, f in blobs.items() if len(f) == 7 and f[6] in lost}
    found = read(novelty(repo))
    assert {what: why for what, why in found.why().items() if what.startswith("blob")} == {
        f"blob {oid}": "corrupt" for oid in lost
    }
    assert {o.blob for o in found.texts() if isinstance(o, BlobOrigin)} == set(blobs) - lost
    assert len(lost) < len(blobs)


def test_damage_anywhere_is_survived(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=8, commits=12)
    pack(repo, "one pack")
    (file,) = (repo.path / ".git/objects/pack").glob("*.pack")
    file.chmod(0o644)
    sound = file.read_bytes()
    expected = read(novelty(repo)).texts()
    rng = random.Random(2)
    for _ in range(15):
        raw = bytearray(sound)
        at = rng.randrange(12, len(raw) - 20)
        raw[at : at + rng.choice([1, 1, 30])] = rng.randbytes(1)
        file.write_bytes(bytes(raw.ljust(len(sound), b"\0")))
        found = read(novelty(repo))
        texts = found.texts()
        assert all(texts[o] == expected[o] for o in texts if o in expected and isinstance(o, BlobOrigin))
        lost = {o.blob for o in expected.keys() - texts.keys() if isinstance(o, BlobOrigin)}
        assert lost <= {item.what.split()[-1] for item in found.skipped}


def test_what_is_missing_is_named_as_plain_names_it(tmp_path: Path) -> None:
    for seed in range(2):
        repo = random_history(tmp_path / f"r{seed}", seed=60 + seed, commits=12)
        rng = random.Random(seed)
        oids = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
        for oid in rng.sample(oids, 4):
            repo.lose(oid)
        fast, slow = read(novelty(repo)), read(plain(repo))
        assert told(fast.chunks) == told(slow.chunks)
        assert sorted(fast.skipped) == sorted(slow.skipped)


def groups_of(repo: GitRepo, rng: random.Random) -> list[list[Origin]]:
    """Groups of origins of every kind, those that are nowhere too."""
    chunks = read(plain(repo)).chunks
    origins: list[Origin] = [chunk.origin for chunk in chunks]
    origins += [NameOrigin(b"a.txt"), NameOrigin(b"dir"), NameOrigin(b"no such name"), BlobOrigin("12" * 20)]
    groups = [rng.sample(origins, rng.randrange(1, 4)) for _ in range(12)]
    blobs: list[Origin] = [origin for origin in origins if isinstance(origin, BlobOrigin)]
    groups += [[blob] for blob in rng.sample(blobs, min(12, len(blobs)))]
    kinds = (CommitOrigin, TagOrigin, RefOrigin, ReflogOrigin, NameOrigin)
    groups += [[o] for kind in kinds for o in origins[:: max(1, len(origins) // 30)] if isinstance(o, kind)]
    return [*groups, []]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1 << 30), st.sampled_from(PACKINGS))
def test_attribution_is_the_plain_one(tmp_path_factory: pytest.TempPathFactory, seed: int, how: str) -> None:
    repo = random_history(tmp_path_factory.mktemp("h") / "r", seed=seed, commits=20)
    pack(repo, how)
    rng = random.Random(seed)
    groups = groups_of(repo, rng)
    expected = history_log.attribute(Repository.open(repo.path), groups)
    source = novelty(repo)
    units = source.units()
    assert source.attribute(groups) == tuple(expected)  # from the packs
    for unit in units:
        for _ in source.read(unit):
            pass
    assert source.attribute(groups) == tuple(expected)  # from what reading has written down
    assert source.attribute(groups[::-1]).lives == expected.lives[::-1]


def test_attribution_of_what_only_the_index_a_tag_or_nothing_holds(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("kept.txt", "kept\n")
    repo.commit()
    staged = repo.oid(":kept.txt")
    repo.add("sub/staged.txt", "staged " + MARK.decode())
    staged = repo.oid(":sub/staged.txt")
    loose = repo.blob("nowhere " + MARK.decode())
    inner = repo.git("mktree", input=f"100644 blob {loose}\tinner.txt\n".encode())
    outer = repo.git("mktree", input=f"040000 tree {inner}\tdeep\n".encode())
    tagged = repo.blob("tagged " + MARK.decode())
    repo.git("tag", "blob", tagged)
    tree = repo.git("mktree", input=f"100644 blob {tagged}\tin-tag.txt\n".encode())
    repo.git("tag", "-a", "-m", "a tree", "tree", tree)
    assert outer
    groups: list[list[Origin]] = [[BlobOrigin(oid)] for oid in (staged, loose, tagged)]
    expected = history_log.attribute(Repository.open(repo.path), groups)
    source = novelty(repo)
    source.units()
    found = source.attribute(groups)
    assert found == tuple(expected)
    assert [found.loci[group[0]][0].path for group in groups] == [
        b"sub/staged.txt",
        b"deep/inner.txt",
        b"in-tag.txt",
    ]
    assert found.lives[2] is not None
    assert found.lives[2].refs == (b"refs/tags/blob", b"refs/tags/tree")


def test_a_partial_clone_names_what_was_left_out(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=77, commits=10)
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = GitRepo.clone(repo, tmp_path / "c", "--bare", "--filter=blob:none")
    fast, slow = read(novelty(clone)), read(plain(clone))
    assert told(fast.chunks) == told(slow.chunks)
    assert sorted(fast.skipped) == sorted(slow.skipped)
    assert len([item for item in fast.skipped if item.why == "partial"]) > 5


def test_replace_refs_and_grafts_do_not_count(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a", "first " + MARK.decode())
    first = repo.commit()
    repo.write("a", "second " + MARK.decode())
    second = repo.commit()
    repo.git("replace", "--graft", second)
    repo.git("replace", repo.oid(f"{first}:a"), repo.blob("harmless"))
    pack(repo, "one pack")
    check(repo)
    groups: list[list[Origin]] = [[BlobOrigin(repo.oid(f"{second}:a"))]]
    source = novelty(repo)
    source.units()
    assert source.attribute(groups) == tuple(history_log.attribute(Repository.open(repo.path), groups))
