"""What the next commit would add."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo
from planted import MARK, read

from leakscan.git.repository import Repository
from leakscan.model.content import LineRange
from leakscan.model.origin import NameOrigin, StagedOrigin
from leakscan.sources.staged import StagedSource

if TYPE_CHECKING:
    from pathlib import Path

TEXT = MARK + b"\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a.txt", "1\n2\n3\n4\n5\n")
    repo.write("gone.txt", TEXT)
    repo.commit()
    return repo


def source(repo: GitRepo, **options: object) -> StagedSource:
    return StagedSource(Repository.open(repo.path, hook=True), **options)  # type: ignore[arg-type]


def test_nothing_staged(repo: GitRepo) -> None:
    repo.write("a.txt", TEXT)
    assert read(source(repo)) == ([], [])


def test_a_file_that_only_the_index_has(repo: GitRepo) -> None:
    repo.add("dir/s.txt", TEXT)
    (repo.path / "dir" / "s.txt").unlink()
    assert read(source(repo)).origins() == [StagedOrigin(b"dir/s.txt", repo.oid(":dir/s.txt"))]


def test_whole_files_and_the_lines_they_gain(repo: GitRepo) -> None:
    repo.add("a.txt", b"1\nnew\n2\n4\nalso\nnew")
    repo.git("rm", "-q", "gone.txt")
    (chunk,) = read(source(repo)).chunks
    assert chunk.text == b"1\nnew\n2\n4\nalso\nnew"
    assert chunk.only == (LineRange(2, 2), LineRange(5, 6))


def test_old_lines_are_context_only(repo: GitRepo) -> None:
    repo.add("gone.txt", TEXT + b"more\n")
    assert read(source(repo)).origins() == []


@pytest.mark.parametrize(
    "content", ["x", "x\n", "", "- a\n+ b\n@@ -1 +1 @@\ndiff --git a/x b/x\n", "\\ No newline\n", "a\r\nb"]
)
def test_no_content_passes_for_a_patch(repo: GitRepo, content: str) -> None:
    repo.add("a.txt", content)
    repo.add("b.txt", content)
    repo.add("c.txt", TEXT)
    found = read(source(repo))
    assert found.origins() == [StagedOrigin(b"c.txt", repo.oid(":c.txt"))]
    texts = [chunk.text for chunk in found.chunks]
    assert texts == [content.encode()] * (2 if content else 0) + [TEXT]


def test_before_the_first_commit(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "new")
    assert read(source(repo)) == ([], [])
    repo.add("s.txt", TEXT)
    assert read(source(repo)).origins() == [StagedOrigin(b"s.txt", repo.oid(":s.txt"))]


def test_renames_bring_their_content_along(repo: GitRepo) -> None:
    repo.git("mv", "gone.txt", "new.txt")
    assert read(source(repo)).origins() == [StagedOrigin(b"new.txt", repo.oid(":new.txt"))]


def test_changes_of_mode_and_kind(repo: GitRepo) -> None:
    (repo.path / "a.txt").chmod(0o755)
    (repo.path / "gone.txt").unlink()
    (repo.path / "gone.txt").symlink_to(MARK.decode() + "-link")
    repo.git("add", "-A")
    found = read(source(repo))
    assert found.origins() == [StagedOrigin(b"gone.txt", repo.oid(":gone.txt"))]
    assert len(found.chunks) == 1


def test_submodules_and_intent_to_add_hold_no_content(tmp_path: Path, repo: GitRepo) -> None:
    inner = GitRepo.init(tmp_path / "inner")
    inner.write("s.txt", TEXT)
    inner.commit()
    repo.git("submodule", "add", "-q", str(inner.path), "module")
    repo.write("later.txt", TEXT)
    repo.git("add", "-N", "later.txt")
    found = read(source(repo))
    assert found.origins() == []
    assert [next(iter(chunk.origin)) for chunk in found.chunks] == [b".gitmodules"]


def test_binary_and_large_files(repo: GitRepo) -> None:
    repo.add("bin", b"\0" + TEXT)
    repo.add("large", b"x" * 100)
    assert read(source(repo, max_size=99)).why() == {"bin": "binary", "large": "too-large"}


def test_text_that_an_attribute_calls_binary(repo: GitRepo) -> None:
    repo.write(".gitattributes", "*.lock -diff\n")
    repo.write("x.lock", b"old " + TEXT + b"2\n3\n")
    repo.commit()
    repo.add("x.lock", b"old " + TEXT + b"2\nnew " + TEXT)
    (chunk,) = read(source(repo)).chunks
    assert chunk.only == (LineRange(3, 3),)


def test_wide_text(repo: GitRepo) -> None:
    repo.add("wide.txt", TEXT.decode().encode("utf-16"))
    repo.add("a.txt", ("changed\n" + TEXT.decode()).encode("utf-16"))
    assert len(read(source(repo)).origins()) == 2


@pytest.mark.parametrize(
    "name", [b"new\nline", b"esc\x1b[31m", b"bad-\xff-utf8", b'quo"te\\', b" b/x", b"tab\t"]
)
def test_names_of_every_kind(repo: GitRepo, name: bytes) -> None:
    repo.add(name, "x\n")
    repo.add("z.txt", "z\n")
    repo.commit()
    repo.add(name, b"x\n" + TEXT)
    repo.add("z.txt", b"z\ny\n")
    found = read(source(repo))
    assert found.origins() == [StagedOrigin(name, repo.oid(":" + os.fsdecode(name)))]
    assert {chunk.only for chunk in found.chunks} == {(LineRange(2, 2),)}


def test_names_of_added_files(repo: GitRepo) -> None:
    repo.add(b"d/" + MARK, "x")
    assert read(source(repo)).origins() == [NameOrigin(b"d/" + MARK)]


def test_excluded_paths_are_counted(repo: GitRepo) -> None:
    repo.add("docs/s.txt", TEXT)
    found = read(source(repo, exclude=["docs/"]))
    assert (found.origins(), found.why()) == ([], {"docs/s.txt": "excluded"})


def test_unmerged_files_are_said(repo: GitRepo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.write("a.txt", "side\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("a.txt", "main\n")
    repo.commit()
    repo.git("merge", "side", check=False)
    repo.add("s.txt", TEXT)
    found = read(source(repo))
    assert found.why() == {"a.txt": "unreadable"}
    assert found.origins() == [StagedOrigin(b"s.txt", repo.oid(":s.txt"))]


def test_the_index_that_git_gives_to_a_hook(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    hook.write_text(
        '#!/bin/sh\ncp "$GIT_INDEX_FILE" "$PWD/../index"\nenv | grep ^GIT_ > "$PWD/../env"\nexit 1\n'
    )
    hook.chmod(0o755)
    repo.write("a.txt", TEXT)
    repo.git("commit", "-q", "-a", "-m", "x", check=False)
    assert repo.git("diff", "--cached", "--name-only") == ""
    # What `commit -a` would commit is in another index than the repository's own.
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("GIT_INDEX_FILE", "../index")
    (origin,) = read(source(repo)).origins()
    assert next(iter(origin)) == b"a.txt"
    assert read(StagedSource(Repository.open(repo.path))).origins() == []


def test_a_missing_old_blob_makes_the_whole_file_new(repo: GitRepo) -> None:
    old = repo.oid("HEAD:gone.txt")
    repo.add("gone.txt", TEXT + b"more\n")
    repo.lose(old)
    (origin,) = read(source(repo)).origins()
    assert next(iter(origin)) == b"gone.txt"


def test_a_missing_new_blob_is_said(repo: GitRepo) -> None:
    repo.add("a.txt", TEXT)
    repo.add("b.txt", TEXT)
    repo.lose(repo.git("hash-object", "--stdin", input=TEXT))
    assert read(source(repo)).why() == {"a.txt": "missing", "b.txt": "missing"}


def test_sha256(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r256", object_format="sha256")
    repo.add("s.txt", "x\n")
    assert len(read(source(repo)).chunks) == 1
    repo.commit()
    repo.add("s.txt", b"x\n" + TEXT)
    assert read(source(repo)).origins() == [StagedOrigin(b"s.txt", repo.oid(":s.txt"))]


def test_a_linked_work_tree_has_its_own_index(tmp_path: Path, repo: GitRepo) -> None:
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = GitRepo(tmp_path / "linked")
    linked.add("s.txt", TEXT)
    assert len(read(source(linked)).origins()) == 1
    assert read(source(repo)).origins() == []
