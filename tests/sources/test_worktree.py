"""Files on disk: which, under which path, and what is not opened."""

from __future__ import annotations

import os
import socket
import tempfile
from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo
from planted import MARK, Read, read

from leakscan.filters.places import matches
from leakscan.model.errors import GitError, UsageError
from leakscan.model.origin import FileOrigin, NameOrigin
from leakscan.sources.worktree import WorktreeSource

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "r")


def paths(found: Read) -> list[bytes]:
    return [chunk.origin.path for chunk in found.chunks if type(chunk.origin) is FileOrigin]


def scan(*where: Path, **options: object) -> Read:
    return read(WorktreeSource(where, **options))  # type: ignore[arg-type]


def test_what_git_tracks_or_would_add(repo: GitRepo) -> None:
    repo.write(".gitignore", "*.log\nbuild/\n")
    repo.write("tracked.log", "x")
    repo.git("add", "-f", "tracked.log")
    repo.write("kept/new.txt", "x")
    repo.write("ignored.log", "x")
    repo.write("build/out.txt", "x")
    repo.write("deleted.txt", "x")
    repo.git("add", "deleted.txt")
    (repo.path / "deleted.txt").unlink()
    found = scan(repo.path)
    assert paths(found) == [b".gitignore", b"kept/new.txt", b"tracked.log"]
    assert found.skipped == []


def test_ignored_paths_count_when_named(repo: GitRepo) -> None:
    repo.write(".gitignore", "*.log\nbuild/\n")
    repo.write("a.log", "x")
    repo.write("build/sub/out.txt", "x")
    repo.write("src/a.txt", "x")
    found = scan(repo.path / "a.log", repo.path / "build", repo.path / "src")
    assert paths(found) == [b"a.log", b"build/sub/out.txt", b"src/a.txt"]
    assert paths(scan(repo.path / "build" / "sub")) == [b"build/sub/out.txt"]


def test_paths_are_relative_to_the_top_level(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("a/b/c.txt", "x")
    repo.write("a/d.txt", "x")
    monkeypatch.chdir(repo.path / "a")
    source = WorktreeSource(["b", "d.txt"])
    assert source.root == os.fsencode(repo.path)
    assert source.repository is not None
    assert paths(read(source)) == [b"a/b/c.txt", b"a/d.txt"]
    assert paths(read(WorktreeSource(["b"]))) == [b"a/b/c.txt"]


def test_a_pattern_character_in_a_path_is_no_pattern(repo: GitRepo) -> None:
    repo.write("[ab]/x.txt", "x")
    repo.write("a/x.txt", "x")
    assert paths(scan(repo.path / "[ab]")) == [b"[ab]/x.txt"]


def test_plain_directories_honour_gitignore(tmp_path: Path) -> None:
    base = GitRepo(tmp_path / "plain")
    base.write(".gitignore", "*.log\n/only-here\nout/\n")
    base.write("a.log", "x")
    base.write("only-here", "x")
    base.write("sub/only-here", "x")
    base.write("sub/.gitignore", "!keep.log\n")
    base.write("sub/keep.log", "x")
    base.write("sub/drop.log", "x")
    base.write("sub/out/x.txt", "x")
    source = WorktreeSource([base.path])
    assert source.root == os.fsencode(base.path)
    assert source.repository is None
    assert paths(read(source)) == [b".gitignore", b"sub/.gitignore", b"sub/keep.log", b"sub/only-here"]


def test_several_plain_paths_are_relative_to_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = GitRepo(tmp_path / "plain")
    base.write("a/x.txt", "x")
    base.write("b.txt", "x")
    outside = GitRepo(tmp_path / "outside").write("o.txt", "x")
    monkeypatch.chdir(base.path)
    assert paths(read(WorktreeSource(["a", "b.txt"]))) == [b"a/x.txt", b"b.txt"]
    assert paths(read(WorktreeSource(["b.txt", outside]))) == [os.fsencode(outside), b"b.txt"]


def test_repositories_in_a_plain_directory_are_listed_by_git(tmp_path: Path) -> None:
    inner = GitRepo.init(tmp_path / "plain" / "inner")
    inner.write(".gitignore", "secret\n")
    inner.write("secret", "x")
    inner.write("a.txt", "x")
    GitRepo(tmp_path / "plain").write("b.txt", "x")
    assert paths(scan(tmp_path / "plain")) == [b"b.txt", b"inner/.gitignore", b"inner/a.txt"]


def test_submodules(tmp_path: Path, repo: GitRepo) -> None:
    inner = GitRepo.init(tmp_path / "inner")
    inner.write("s.txt", MARK)
    inner.commit()
    repo.git("submodule", "add", "-q", str(inner.path), "lib/module")
    repo.commit()
    assert scan(repo.path).origins() == [FileOrigin(b"lib/module/s.txt")]
    clone = GitRepo.clone(repo, tmp_path / "clone")
    assert scan(clone.path).why() == {"lib/module": "uninitialised-submodule"}
    # As the working directory a submodule is a repository like any other.
    assert scan(repo.path / "lib" / "module").origins() == [FileOrigin(b"s.txt")]


def test_untracked_repositories_are_entered(repo: GitRepo) -> None:
    inner = GitRepo.init(repo.path / "vendored")
    inner.write("s.txt", MARK)
    assert scan(repo.path).origins() == [FileOrigin(b"vendored/s.txt")]


def test_linked_work_tree(tmp_path: Path, repo: GitRepo) -> None:
    repo.commit()
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    (tmp_path / "linked" / "s.txt").write_bytes(MARK)
    source = WorktreeSource([tmp_path / "linked"])
    assert source.root == os.fsencode(tmp_path / "linked")
    assert read(source).origins() == [FileOrigin(b"s.txt")]


def test_links_are_read_not_followed(tmp_path: Path, repo: GitRepo) -> None:
    outside = GitRepo(tmp_path / "outside").write("s.txt", MARK)
    (repo.path / "file").symlink_to(outside)
    (repo.path / "directory").symlink_to(outside.parent)
    (repo.path / "text").symlink_to(MARK.decode())
    found = scan(repo.path)
    assert paths(found) == [b"directory", b"file", b"text"]
    assert found.origins() == [FileOrigin(b"text")]
    assert scan(repo.path / "file").texts()[FileOrigin(b"file")] == os.fsencode(outside)


def test_a_link_in_place_of_a_tracked_directory_leads_nowhere(tmp_path: Path, repo: GitRepo) -> None:
    outside = GitRepo(tmp_path / "outside").write("s.txt", MARK)
    repo.add("d/s.txt", "x")
    (repo.path / "d" / "s.txt").unlink()
    (repo.path / "d").rmdir()
    (repo.path / "d").symlink_to(outside.parent)
    found = scan(repo.path)
    assert found.origins() == []
    assert found.why() == {"d/s.txt": "special-file"}


def test_special_files_are_not_opened(repo: GitRepo) -> None:
    with tempfile.TemporaryDirectory() as short:  # the path of a socket is limited to about 100 bytes
        os.mkfifo(os.path.join(short, "fifo"))
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.join(short, "socket"))
        assert scan(short).why() == {"fifo": "special-file", "socket": "special-file"}  # type: ignore[arg-type]
    os.mkfifo(repo.path / "fifo")
    assert scan(repo.path / "fifo").why() == {"fifo": "special-file"}


def test_a_huge_sparse_file_is_not_read(repo: GitRepo) -> None:
    with open(repo.path / "huge", "wb") as file:
        file.truncate(2 << 30)
    found = scan(repo.path)
    assert found.why() == {"huge": "too-large"}
    assert "--max-file-size" in found.skipped[0].detail


def test_size_limit(repo: GitRepo) -> None:
    repo.write("five", "12345")
    repo.write("six", "123456")
    found = scan(repo.path, max_size=5)
    assert paths(found) == [b"five"]
    assert found.why() == {"six": "too-large"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(repo: GitRepo) -> None:
    repo.write("closed", "x").chmod(0)
    directory = repo.write("d/x", "x").parent
    directory.chmod(0)
    try:
        assert scan(repo.path).why() == {"closed": "unreadable", "d": "unreadable"}
    finally:
        directory.chmod(0o755)


def test_a_file_that_vanishes_or_turns_into_something_else(repo: GitRepo) -> None:
    gone, turned = repo.write("gone", "x"), repo.write("turned", "x")
    source = WorktreeSource([repo.path])
    units = source.units()
    gone.unlink()
    turned.unlink()
    os.mkfifo(turned)
    found = [item for unit in units for item in source.read(unit)]
    assert sorted(item.why for item in found if not hasattr(item, "text")) == ["missing", "special-file"]


@pytest.mark.parametrize(
    "name", [b"new\nline", b"esc\x1b[31m", b"bad-\xff\xfe-utf8", b'quo"te\\', b" lead", b"tab\t"]
)
@pytest.mark.parametrize("plain", [False, True])
def test_names_of_every_kind(tmp_path: Path, name: bytes, plain: bool) -> None:
    base = GitRepo(tmp_path / "r") if plain else GitRepo.init(tmp_path / "r")
    try:
        base.write(name, b"\0binary")
    except OSError:
        pytest.skip("the file system refuses this name")
    (skipped,) = scan(base.path).skipped
    assert skipped.what.isprintable()
    base.write(name, MARK)
    assert scan(base.path).origins() == [FileOrigin(name)]
    assert scan(base.path / os.fsdecode(name)).origins()


def test_names_are_content(repo: GitRepo) -> None:
    repo.write(MARK + b"/short/" + MARK + b".txt", "x")
    assert scan(repo.path).origins() == [
        NameOrigin(MARK + b"/short/" + MARK + b".txt"),
        NameOrigin(MARK),
    ]


def test_wide_text(repo: GitRepo) -> None:
    repo.write("wide.txt", MARK.decode().encode("utf-16"))
    assert scan(repo.path).origins() == [FileOrigin(b"wide.txt")]


def test_excluded_paths_are_counted(repo: GitRepo) -> None:
    repo.write("docs/a.txt", "x")
    repo.write("src/b.txt", "x")
    found = scan(repo.path, exclude=["/docs/"])
    assert paths(found) == [b"src/b.txt"]
    assert found.why() == {"docs/a.txt": "excluded"}
    assert not found.skipped[0].incomplete


def test_only_what_is_uncommitted(repo: GitRepo) -> None:
    repo.write("same.txt", "x")
    repo.write("edited.txt", "x")
    repo.write("staged.txt", "x")
    repo.write("removed.txt", "x")
    repo.commit()
    repo.write("edited.txt", "y")
    repo.add("staged.txt", "y")
    repo.write("dir/untracked.txt", "y")
    (repo.path / "removed.txt").unlink()
    repo.git("config", "filter.evil.clean", f"touch {repo.path}/ran; cat")
    repo.write(".gitattributes", "* filter=evil\n")
    found = paths(scan(repo.path, uncommitted_only=True))
    assert found == [b".gitattributes", b"dir/untracked.txt", b"edited.txt", b"staged.txt"]
    assert not (repo.path / "ran").exists()


def test_a_repository_without_a_commit(repo: GitRepo) -> None:
    repo.add("a", "x")
    repo.write("b", "x")
    assert paths(scan(repo.path)) == [b"a", b"b"]
    assert paths(scan(repo.path, uncommitted_only=True)) == [b"a", b"b"]


def test_inside_the_git_directory_files_are_plain(repo: GitRepo) -> None:
    assert b".git/config" in paths(scan(repo.path / ".git" / "config"))
    assert any(path.startswith(b".git/hooks/") for path in paths(scan(repo.path / ".git" / "hooks")))


def test_paths_that_do_not_exist_are_named_all_at_once(repo: GitRepo) -> None:
    with pytest.raises(UsageError, match=r"nope.*neither"):
        WorktreeSource([repo.path / "nope", repo.path, repo.path / "neither"])


def test_somebody_elses_repository(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(GitError, match=r"safe\.directory"):
        WorktreeSource([repo.path])


def test_patterns_that_are_none_ignore_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("[z-a]\n!\n\\\n[[:alpha:]]?.tmp\n*.log\n")
    for name in ("a.py", "b.log"):
        (tmp_path / name).write_text("x = 1\n")
    assert paths(scan(tmp_path)) == [b".gitignore", b"a.py"]


def test_names_that_are_no_text_can_be_excluded_and_allowed(repo: GitRepo) -> None:
    repo.add(b"doc\xff/a.py", "x = 1\n")
    repo.add(b"\xff.py", "x = 1\n")
    found = scan(repo.path, exclude=["/doc?/"])
    assert found.why() == {"doc\\xff/a.py": "excluded"}
    assert matches(["*.py"], b"\xff.py")
    assert not matches(["/doc/"], b"doc\xff/a.py")
