"""What was seen is not told again; whatever is in doubt is."""

from __future__ import annotations

import os
import random
import stat
from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo
from histories import pack, random_history

from leakscan.git import audited, history_log
from leakscan.git.repository import Repository
from leakscan.model.content import Chunk
from leakscan.model.origin import BlobOrigin, CommitOrigin
from leakscan.sources.novelty import NoveltyHistorySource

if TYPE_CHECKING:
    from pathlib import Path

    from leakscan.model.origin import Origin


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKSCAN_STATE_DIR", str(tmp_path / "state"))


def source(repo: GitRepo, digest: str = "rules") -> NoveltyHistorySource:
    repository = Repository.open(repo.path)
    return NoveltyHistorySource(repository, context=20, since=audited.load(repository, digest))


def told(one: NoveltyHistorySource) -> set[Origin]:
    units = one.units()
    found = {chunk.origin for unit in units for chunk in one.read(unit) if isinstance(chunk, Chunk)}
    return {origin for origin in found if isinstance(origin, BlobOrigin | CommitOrigin)}


def blobs(origins: set[Origin]) -> set[str]:
    return {origin.blob for origin in origins if isinstance(origin, BlobOrigin)}


def audit(repo: GitRepo, digest: str = "rules", unread: tuple[str, ...] = ()) -> set[Origin]:
    one = source(repo, digest)
    found = told(one)
    one.seen(digest, unread, complete=not unread)
    return found


@pytest.mark.parametrize("how", ["loose", "one pack", "overlapping packs", "pack and loose"])
@pytest.mark.parametrize("then", ["loose", "packed", "all repacked"])
def test_only_what_came_since_is_told(tmp_path: Path, how: str, then: str) -> None:
    repo = random_history(tmp_path / "r", seed=21, commits=12)
    pack(repo, how)
    everything = audit(repo)
    assert len(blobs(everything)) > 5
    assert not told(source(repo))
    repo.write("new.txt", "something new\n" + "line\n" * 50)
    first = repo.commit("a new message")
    repo.write("a.txt", "line 1\n" * 90)
    second = repo.commit()
    new = {repo.oid("HEAD:new.txt"), repo.oid("HEAD:a.txt")}
    if then == "packed":
        repo.git("repack", "-q", "-d")
    elif then == "all repacked":
        repo.git("repack", "-q", "-a", "-d", "-f", "--depth=50", "--keep-unreachable")
    found = audit(repo)
    assert blobs(found) == new
    assert {o.commit for o in found if isinstance(o, CommitOrigin) and o.part == "message"} == {first, second}
    assert not told(source(repo))


def test_other_rules_see_everything_again(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=22, commits=6)
    everything = audit(repo)
    assert told(source(repo, "other rules")) == everything
    assert not told(source(repo))


def test_what_was_not_read_is_told_again(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=23, commits=6)
    pack(repo, "one pack")
    some = sorted(blobs(told(source(repo))))[0]
    audit(repo, unread=(some,))
    assert told(source(repo)) == {BlobOrigin(some)}


def test_the_state_is_private_and_outside_of_the_repository(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=24, commits=4)
    before = sorted(map(str, repo.path.rglob("*")))
    audit(repo)
    assert sorted(map(str, repo.path.rglob("*"))) == before
    (file,) = (tmp_path / "state").rglob("*.bin")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    raw = file.read_bytes()
    assert all(
        bytes.fromhex(oid) not in raw and oid.encode() not in raw
        for oid in blobs(told(source(repo, "other")))
    )


def test_a_damaged_state_counts_as_none(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=25, commits=4)
    pack(repo, "one pack")
    everything = audit(repo)
    (file,) = (tmp_path / "state").rglob("*.bin")
    sound = file.read_bytes()
    for damaged in (b"", sound[:50], sound[:-1], sound[:200] + b"x" + sound[201:], b"x" + sound[1:]):
        file.write_bytes(damaged)
        assert told(source(repo)) == everything
    file.unlink()
    os.mkdir(file)
    assert told(source(repo)) == everything


def test_new_findings_are_attributed_in_all_of_history(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=26, commits=8)
    pack(repo, "one pack")
    audit(repo)
    repo.write("new.txt", "new\n")
    commit = repo.commit()
    blob = BlobOrigin(repo.oid("HEAD:new.txt"))
    one = source(repo)
    assert blob in told(one)
    (locus,) = one.attribute([[blob]]).loci[blob]
    assert locus.path == b"new.txt"
    assert locus.commit is not None
    assert locus.commit.oid == commit


@pytest.mark.parametrize("seed", [0, 1, 2, 4])
def test_attribution_of_what_came_since_is_that_of_all_of_history(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    full = random_history(tmp_path / "full", seed=300 + seed, commits=25)
    repo = GitRepo.init(tmp_path / "r")
    oids = full.git("rev-list", "--all").split()
    full.git("config", "uploadpack.allowAnySHA1InWant", "true")
    old = rng.choice(oids[len(oids) // 2 :])
    repo.git("fetch", "-q", "--no-tags", str(full.path), f"{old}:refs/heads/old")
    pack(repo, rng.choice(["loose", "one pack"]))
    before = audit(repo)
    repo.git("fetch", "-q", str(full.path), "+refs/*:refs/from/*")
    one = source(repo)
    new = sorted(told(one), key=repr)
    assert blobs(set(new))
    assert not set(new) & before
    groups = [[origin] for origin in new] + [rng.sample(new, 3) for _ in range(5)]
    assert one.attribute(groups) == tuple(history_log.attribute(Repository.open(repo.path), groups))


def test_what_was_missing_before_is_attributed_in_all_of_history(tmp_path: Path) -> None:
    repo = random_history(tmp_path / "r", seed=27, commits=4)
    repo.write("late.txt", "late\n")
    commit = repo.commit()
    blob = repo.oid("HEAD:late.txt")
    repo.lose(blob)
    one = source(repo)
    told(one)
    one.seen("rules", (blob,), complete=False)
    repo.blob("late\n")
    for _ in range(2):  # the second audit sees nothing missing, but the first one's trees may name anything
        one = source(repo)
        told(one)
        (locus,) = one.attribute([[BlobOrigin(blob)]]).loci[BlobOrigin(blob)]
        assert locus.commit is not None
        assert locus.commit.oid == commit
        one.seen("rules", complete=True)
