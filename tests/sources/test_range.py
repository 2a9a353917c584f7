"""What ranges of commits add."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from gitrepo import GitRepo
from histories import PACKINGS, pack, random_history
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted import MARK, Read, check_novelty, read

from leakscan.git.repository import Repository
from leakscan.model.content import Chunk, LineRange
from leakscan.model.errors import UsageError
from leakscan.model.origin import BlobOrigin, CommitOrigin, NameOrigin, Origin
from leakscan.sources.commits import PlainRangeSource
from leakscan.sources.range import NoveltyRangeSource

if TYPE_CHECKING:
    from pathlib import Path

    from leakscan.sources.base import Source

TEXT = MARK + b"\n"
Make = Callable[..., "Source"]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a.txt", b"old " + TEXT + b"2\n3\n")
    repo.commit("first")
    repo.git("tag", "start")
    return repo


def plain(repo: GitRepo, *revs: str, **options: Any) -> PlainRangeSource:
    return PlainRangeSource(Repository.open(repo.path), *revs, **options)


def novelty(repo: GitRepo, *revs: str, **options: Any) -> NoveltyRangeSource:
    return NoveltyRangeSource(Repository.open(repo.path), *revs, context=20, **options)


def only(found: Read, origin: Origin) -> list[LineRange]:
    (lines,) = [chunk.only for chunk in found.chunks if chunk.origin == origin]
    return list(lines or ())


@pytest.fixture(params=[plain, novelty])
def source(request: pytest.FixtureRequest) -> Make:
    make: Make = request.param
    return make


def places(of: Source, origin: Origin) -> list[tuple[bytes | None, str | None]]:
    loci = of.attribute([[origin]]).loci[origin]
    return [(locus.path, locus.commit.oid if locus.commit else None) for locus in loci]


def test_what_was_added_and_removed_again(repo: GitRepo, source: Make) -> None:
    repo.write("a.txt", b"old " + TEXT + b"2\nnew " + TEXT + b"3\n")
    came = repo.commit("add")
    blob = BlobOrigin(repo.oid("HEAD:a.txt"))
    repo.write("a.txt", b"old " + TEXT + b"2\n3\n")
    repo.commit("remove")
    of = source(repo, "start..HEAD")
    found = read(of)
    assert found.origins() == [blob]
    assert only(found, blob) == [
        LineRange(3, 3),
    ]
    assert places(of, blob) == [(b"a.txt", came)]
    assert of.attribute([[blob]]).lives == ()


def test_old_lines_are_not_reported(repo: GitRepo, source: Make) -> None:
    repo.write("a.txt", b"old " + TEXT + b"2\n3\n4\n")
    repo.commit()
    found = read(source(repo, "start..HEAD"))
    assert found.origins() == []
    assert any(MARK in chunk.text for chunk in found.chunks)


def test_a_single_commit_is_that_commit_alone(repo: GitRepo, source: Make) -> None:
    repo.write("b.txt", TEXT)
    repo.commit()
    repo.write("c.txt", "c")
    repo.commit()
    assert read(source(repo, "HEAD")).origins() == []
    assert read(source(repo, "HEAD~1")).origins() == [BlobOrigin(repo.oid("HEAD:b.txt"))]
    assert read(source(repo, "start")).origins() == [BlobOrigin(repo.oid("HEAD:a.txt"))]  # a root commit


def test_symmetric_difference(repo: GitRepo, source: Make) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.write("side.txt", b"side " + TEXT)
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("main.txt", b"main " + TEXT)
    repo.commit()
    side, main = BlobOrigin(repo.oid("side:side.txt")), BlobOrigin(repo.oid("main:main.txt"))
    assert set(read(source(repo, "side...main")).origins()) == {side, main}
    assert read(source(repo, "main..side")).origins() == [side]


@pytest.mark.parametrize("zeros", ["0" * 40, "0" * 64])
def test_a_new_branch_has_zeros_for_its_start(repo: GitRepo, zeros: str, source: Make) -> None:
    assert read(source(repo, f"{zeros}..HEAD")).origins() == [BlobOrigin(repo.oid("HEAD:a.txt"))]


def test_what_a_remote_does_not_have(repo: GitRepo, source: Make) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.write("b.txt", TEXT)
    repo.commit()
    assert read(source(repo, "HEAD", "--not", "--remotes=origin")).origins() == [
        BlobOrigin(repo.oid("HEAD:b.txt"))
    ]


def diverge(repo: GitRepo, files: dict[str, str | bytes]) -> str:
    repo.git("checkout", "-q", "-b", "side", "start")
    repo.write("a.txt", b"old " + TEXT + b"side\n3\n")
    repo.write("s.txt", b"side " + TEXT)
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.write("a.txt", b"old " + TEXT + b"main\n3\n")
    repo.commit("main")
    return repo.merge("side", files=files)


def test_an_evil_merge(repo: GitRepo, source: Make) -> None:
    resolved = b"old " + TEXT + b"side\nevil " + TEXT + b"main\n3\n"
    merge = diverge(repo, {"a.txt": resolved, "evil.txt": b"all new " + TEXT})
    of = source(repo, merge)
    found = read(of)
    a, evil = BlobOrigin(repo.oid("HEAD:a.txt")), BlobOrigin(repo.oid("HEAD:evil.txt"))
    assert set(found.origins()) == {a, evil}
    # Only what is in none of the parents, so neither of the conflict's two sides.
    assert only(found, a) == [
        LineRange(3, 3),
    ]
    assert places(of, a) == [(b"a.txt", merge)]
    assert places(of, evil) == [(b"evil.txt", merge)]


def test_a_file_that_one_parent_lacks_is_compared_with_the_other(repo: GitRepo, source: Make) -> None:
    merge = diverge(repo, {"a.txt": b"old\n", "s.txt": b"side " + TEXT + b"merge " + TEXT})
    found = read(source(repo, merge))
    s = BlobOrigin(repo.oid("HEAD:s.txt"))
    assert found.origins() == [s]
    assert only(found, s) == [
        LineRange(2, 2),
    ]


def test_several_merges_do_not_mix(repo: GitRepo, source: Make) -> None:
    first = diverge(repo, {"a.txt": b"1 " + TEXT, "x.txt": b"x " + TEXT})
    repo.git("checkout", "-q", "-B", "side", "main")
    repo.write("x.txt", "side\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("x.txt", "main\n")
    repo.write("a.txt", "main\n")
    repo.commit()
    second = repo.merge("side", files={"x.txt": b"y " + TEXT})
    of = source(repo, "start..HEAD")
    found = set(read(of).origins())
    merged = {BlobOrigin(repo.oid(f"{first}:a.txt")), BlobOrigin(repo.oid(f"{first}:x.txt"))}
    assert merged | {BlobOrigin(repo.oid(f"{second}:x.txt"))} <= found
    assert places(of, BlobOrigin(repo.oid(f"{second}:x.txt"))) == [(b"x.txt", second)]


def test_an_octopus_merge(repo: GitRepo, source: Make) -> None:
    for name in ("one", "two"):
        repo.git("checkout", "-q", "-b", name, "start")
        repo.write(f"{name}.txt", name + "\n" + TEXT.decode())
        repo.commit()
    repo.git("checkout", "-q", "main")
    merge = repo.merge("one")
    repo.git("reset", "-q", "--hard", "start")
    repo.tick()
    repo.git("merge", "-q", "--no-ff", "--no-commit", "one", "two")
    repo.write("evil.txt", b"evil " + TEXT)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "octopus")
    assert repo.head() != merge
    assert read(source(repo, "HEAD")).origins() == [BlobOrigin(repo.oid("HEAD:evil.txt"))]


def test_a_clean_merge_adds_nothing(repo: GitRepo, source: Make) -> None:
    merge = diverge(repo, {"a.txt": b"old " + TEXT + b"main\n3\n"})
    assert [type(chunk.origin) for chunk in read(source(repo, merge)).chunks] == [CommitOrigin] * 3


def test_messages_and_people(repo: GitRepo, source: Make) -> None:
    repo.author = f"{MARK.decode()} <a@example.com>"
    commit = repo.commit("subject\n\n" + MARK.decode())
    of = source(repo, "start..HEAD")
    assert set(read(of).origins()) == {CommitOrigin(commit, "message"), CommitOrigin(commit, "author")}
    assert places(of, CommitOrigin(commit, "author")) == [(None, commit)]


def test_names_of_added_files(repo: GitRepo, source: Make) -> None:
    repo.write(b"d/" + MARK, "x")
    commit = repo.commit()
    of = source(repo, "HEAD")
    assert read(of).origins() == [NameOrigin(b"d/" + MARK)]
    assert places(of, NameOrigin(b"d/" + MARK)) == [(b"d/" + MARK, commit)]


def test_excluded_paths_are_counted(repo: GitRepo, source: Make) -> None:
    repo.write("docs/s.txt", TEXT)
    repo.commit()
    found = read(source(repo, "HEAD", exclude=["docs/"]))
    assert (found.origins(), found.why()) == ([], {"docs/s.txt": "excluded"})


def test_binary_wide_and_large(repo: GitRepo, source: Make) -> None:
    repo.write("bin", b"\0" + TEXT)
    repo.write("wide", TEXT.decode().encode("utf-16"))
    repo.write("large", b"x" * 500)
    repo.commit()
    found = read(source(repo, "HEAD", max_size=400))
    assert found.origins() == [BlobOrigin(repo.oid("HEAD:wide"))]
    assert found.why() == {"bin": "binary", "large": "too-large"}


def test_a_missing_blob_costs_its_lines_alone(repo: GitRepo, source: Make) -> None:
    old = repo.oid("HEAD:a.txt")
    repo.write("a.txt", b"3\n" + TEXT)
    repo.commit()
    repo.write("b.txt", b"b " + TEXT)
    repo.commit()
    repo.lose(old)
    found = read(source(repo, "start..HEAD"))
    assert set(found.origins()) == {BlobOrigin(repo.oid("HEAD:a.txt")), BlobOrigin(repo.oid("HEAD:b.txt"))}
    repo.lose(repo.oid("HEAD:b.txt"))
    assert read(source(repo, "start..HEAD")).why() == {"b.txt": "missing"}


def test_a_missing_blob_in_a_merge(repo: GitRepo, source: Make) -> None:
    merge = diverge(repo, {"a.txt": b"evil " + TEXT})
    repo.lose(repo.oid("main~1:a.txt"))
    assert read(source(repo, merge)).origins() == [BlobOrigin(repo.oid("HEAD:a.txt"))]


def test_a_missing_tree_is_said(repo: GitRepo, source: Make) -> None:
    repo.write("d/x.txt", TEXT)
    bad = repo.commit()
    repo.write("b.txt", TEXT + b"b")
    repo.git("rm", "-q", "-r", "d")
    repo.commit()
    blob = BlobOrigin(repo.oid("HEAD:b.txt"))
    repo.lose(repo.oid("HEAD~1:d"))
    found = read(source(repo, "start..HEAD"))
    assert found.why()[f"commit {bad}"] == "missing"
    assert blob in found.origins() or f"commit {repo.head()}" in found.why()


def test_a_shallow_boundary_is_said(tmp_path: Path, repo: GitRepo, source: Make) -> None:
    repo.write("b.txt", "x")
    repo.commit()
    repo.write("c.txt", "x")
    repo.commit()
    clone = GitRepo.clone(repo, tmp_path / "clone", "--depth=2")
    assert read(source(clone, "HEAD~1..HEAD")).why() == {}
    assert read(source(clone, "HEAD~1")).why() == {f"commit {clone.oid('HEAD~1')}": "shallow"}
    with pytest.raises(UsageError, match="shallow clone"):
        source(clone, "HEAD~2..HEAD").units()


@pytest.mark.parametrize("revs", ["nope..HEAD", "nope", "--all", "--output=x", "a.txt"])
def test_what_is_no_revision(repo: GitRepo, revs: str, source: Make) -> None:
    with pytest.raises(UsageError):
        source(repo, revs).units()


def test_grafts_and_replace_refs_change_nothing(repo: GitRepo, source: Make) -> None:
    repo.write("b.txt", TEXT)
    repo.commit()
    repo.git("replace", "--graft", "HEAD")
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "grafts").write_text(repo.head() + "\n")
    assert read(source(repo, "HEAD")).origins() == [BlobOrigin(repo.oid("HEAD:b.txt"))]


def test_sha256(tmp_path: Path, source: Make) -> None:
    repo = GitRepo.init(tmp_path / "r256", object_format="sha256")
    repo.write("a.txt", TEXT)
    repo.commit()
    assert read(source(repo, "HEAD")).origins() == [BlobOrigin(repo.oid("HEAD:a.txt"))]


def added(found: Read) -> dict[Origin, tuple[bytes, set[int]]]:
    """What is told and reported: the text, and the numbers of its new lines."""
    out = {}
    for chunk in found.chunks:
        count = chunk.text.count(b"\n") + 1
        ranges = [LineRange(1, count)] if chunk.only is None else chunk.only
        lines = {n for first, last in ranges for n in range(first, min(last, count) + 1)}
        if lines and chunk.text:
            out[chunk.origin] = (chunk.text, lines)
    return out


def loci(of: Source, origins: list[Origin]) -> dict[Origin, Any]:
    return dict(of.attribute([[origin] for origin in origins]).loci)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1 << 30), st.sampled_from(PACKINGS))
def test_same_as_plain(tmp_path_factory: pytest.TempPathFactory, seed: int, how: str) -> None:
    repo = random_history(tmp_path_factory.mktemp("h") / "r", seed=seed, commits=20)
    pack(repo, how)
    oids = repo.git("rev-list", "--all").split()
    rng = random.Random(seed)
    one, other = rng.choice(oids), rng.choice(oids)
    revs = rng.choice(
        [(f"{one}..{other}",), (f"{one}...{other}",), (other,), ("--all",), (one, "--not", other)]
    )
    if revs == ("--all",):
        revs = (oids[0], *oids[1:])
    fast, slow = novelty(repo, *revs), plain(repo, *revs)
    found = read(fast)
    told = added(found)
    assert told == added(read(slow))
    assert loci(fast, list(told)) == loci(slow, list(told))
    for unit in fast.units():
        before: list[bytes] = []
        for chunk in fast.read(unit):
            assert isinstance(chunk, Chunk)
            if chunk.novelty is not None:
                check_novelty(chunk, before[chunk.depth - 1], 20)
            before[chunk.depth :] = [b""] * (chunk.depth - len(before)) + [chunk.text]


def test_missing_objects_are_named_as_plain_names_them(tmp_path: Path) -> None:
    for seed in range(3):
        repo = random_history(tmp_path / f"r{seed}", seed=90 + seed, commits=15)
        rng = random.Random(seed)
        kinds = repo.git(
            "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"
        ).split("\n")
        lost = [line.split()[0] for line in kinds if line.endswith((" blob", " tree"))]
        for oid in rng.sample(lost, 4):
            repo.lose(oid)
        oids = repo.git("rev-list", "--branches", "--tags").split()
        fast, slow = read(novelty(repo, *oids)), read(plain(repo, *oids))
        assert added(fast) == added(slow)
        assert set(slow.why().items()) <= set(fast.why().items())
