"""Objects through git, and what happens when some of them are broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo

from leakscan.git import catfile
from leakscan.git.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "12" * 20
LONG = bytes(range(256)) * 40


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "r")


def opened(repo: GitRepo) -> Repository:
    return Repository.open(repo.path)


@pytest.mark.parametrize("count", [1, 3, 500])  # by way of a pipe, and of a file
def test_stream_answers_in_order(repo: GitRepo, count: int) -> None:
    contents = [b"%d\n" % n for n in range(count)]
    oids = [repo.blob(content) for content in contents[:3]]
    asked = (oids * count)[:count]
    found = list(catfile.stream(opened(repo), asked))
    assert [item.oid for item in found] == asked
    assert {item.data for item in found if isinstance(item, catfile.Object)} == set(contents[:3])


def test_nothing_asked_nothing_answered(repo: GitRepo) -> None:
    assert list(catfile.stream(opened(repo), [])) == []


@pytest.mark.parametrize("content", [b"", b"\n", b"\0", b"no newline", LONG, b"0123 blob 4\nabcd\n"])
def test_content_comes_back_as_it_is(repo: GitRepo, content: bytes) -> None:
    oid = repo.blob(content)
    assert list(catfile.stream(opened(repo), [oid])) == [catfile.Object(oid, "blob", content)]
    with catfile.CatFile(opened(repo)) as cat:
        assert cat.read(oid) == cat.read(oid) == catfile.Object(oid, "blob", content)


def test_large_objects_are_read_past(repo: GitRepo) -> None:
    large, small = repo.blob(LONG), repo.blob(b"small")
    found = list(catfile.stream(opened(repo), [large, small], max_size=100))
    assert found == [
        catfile.Broken(large, "too-large", f"{len(LONG)} bytes"),
        catfile.Object(small, "blob", b"small"),
    ]


def test_missing_and_corrupt_objects_do_not_end_it(repo: GitRepo) -> None:
    bad, good = repo.blob(LONG), repo.blob(b"good")
    repo.corrupt(bad)
    asked = [NOWHERE, bad, good, bad, NOWHERE, good]
    found = list(catfile.stream(opened(repo), asked))
    assert [item.oid for item in found] == asked
    assert [type(item) for item in found] == [
        catfile.Broken, catfile.Broken, catfile.Object, catfile.Broken, catfile.Broken, catfile.Object,
    ]  # fmt: skip
    assert catfile.broken(found)[0] == catfile.Broken(NOWHERE, "missing")
    with catfile.CatFile(opened(repo)) as cat:
        assert isinstance(cat.read(bad), catfile.Broken)
        assert isinstance(cat.read(good), catfile.Object)
        assert cat.read(NOWHERE) == catfile.Broken(NOWHERE, "missing")


def test_listing_has_everything_once(repo: GitRepo) -> None:
    repo.write("a", "a")
    commit = repo.commit()
    repo.git("tag", "-a", "-m", "x", "v1")
    repo.repack()
    loose = repo.blob(b"nothing points here")
    repo.blob(b"a")  # packed, and loose once more
    good, bad = catfile.listing(opened(repo))
    assert bad == []
    assert sorted((item.kind, item.oid) for item in good) == sorted(
        [
            ("commit", commit),
            ("tag", repo.oid("v1")),
            ("tree", repo.oid("HEAD^{tree}")),
            ("blob", repo.oid("HEAD:a")),
            ("blob", loose),
        ]
    )


def test_listing_survives_broken_objects(repo: GitRepo) -> None:
    good, bad = repo.blob(b"good"), repo.blob(b"bad")
    file = repo.object_file(bad)
    file.chmod(0o644)
    file.write_bytes(b"no object at all")
    listed, broken = catfile.listing(opened(repo))
    assert listed == [catfile.Listed(good, "blob", 4)]
    assert [(item.oid, item.why) for item in broken] == [(bad, "corrupt")]
