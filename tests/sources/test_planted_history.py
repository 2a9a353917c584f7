"""Something planted in each corner of history: the source yields it, and attribution says where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo
from planted import MARK, read

from leakscan.git.repository import Repository
from leakscan.model.origin import (
    BlobOrigin,
    CommitOrigin,
    NameOrigin,
    Origin,
    ReflogOrigin,
    RefOrigin,
    TagOrigin,
)
from leakscan.sources.history import PlainHistorySource

if TYPE_CHECKING:
    from pathlib import Path

    from leakscan.model.finding import Life, Locus

TEXT = b"key = " + MARK + b"\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo.init(tmp_path / "r")
    repo.write("a.txt", "nothing\n")
    repo.commit("first")
    return repo


def ask(repo: GitRepo, origin: Origin) -> tuple[list[tuple[bytes | None, str | None]], Life]:
    """The one place that has the mark is `origin`: its (path, commit)s and its life."""
    source = PlainHistorySource(Repository.open(repo.path))
    found = read(source).origins()
    assert origin in found
    # A reflog quotes the subjects of commits.
    assert [o for o in found if not isinstance(o, ReflogOrigin)] in ([origin], [])
    attribution = source.attribute([[origin]])
    (life,) = attribution.lives
    assert life is not None
    loci: tuple[Locus, ...] = attribution.loci.get(origin, ())
    return [(locus.path, locus.commit.oid if locus.commit else None) for locus in loci], life


def oid(commit: object) -> str | None:
    return getattr(commit, "oid", None)


def test_deleted_file(repo: GitRepo) -> None:
    repo.write("dir/secret.txt", TEXT)
    came = repo.commit("add")
    blob = repo.oid("HEAD:dir/secret.txt")
    repo.git("rm", "-q", "dir/secret.txt")
    went = repo.commit("remove")
    loci, life = ask(repo, BlobOrigin(blob))
    assert loci == [(b"dir/secret.txt", came)]
    assert (oid(life.introduced), oid(life.removed)) == (came, went)
    assert (life.in_head, life.refs, life.reachable) == (False, (), True)


def test_still_in_head(repo: GitRepo) -> None:
    repo.write("secret.txt", TEXT)
    came = repo.commit("add")
    repo.git("branch", "side")
    repo.git("tag", "-a", "-m", "tagged", "v1")
    repo.write("other.txt", "x")
    repo.commit("more")
    loci, life = ask(repo, BlobOrigin(repo.oid("HEAD:secret.txt")))
    assert loci == [(b"secret.txt", came)]
    assert (oid(life.introduced), life.removed, life.in_head) == (came, None, True)
    assert life.refs == (b"refs/heads/main", b"refs/heads/side", b"refs/tags/v1")


def test_evil_merge(repo: GitRepo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.write("b.txt", "b\n")
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.write("c.txt", "c\n")
    repo.commit("main")
    merge = repo.merge("side", files={"evil.txt": TEXT})
    loci, life = ask(repo, BlobOrigin(repo.oid("HEAD:evil.txt")))
    assert loci == [(b"evil.txt", merge)]
    assert oid(life.introduced) == merge


def test_a_merge_does_not_introduce_what_a_parent_has(repo: GitRepo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.write("b.txt", TEXT)
    came = repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.write("c.txt", "c\n")
    repo.commit("main")
    repo.merge("side")
    assert ask(repo, BlobOrigin(repo.oid("HEAD:b.txt")))[0] == [(b"b.txt", came)]


def test_several_paths(repo: GitRepo) -> None:
    repo.write("one.txt", TEXT)
    first = repo.commit("one")
    repo.git("mv", "one.txt", "two.txt")
    second = repo.commit("two")
    loci, life = ask(repo, BlobOrigin(repo.oid("HEAD:two.txt")))
    assert loci == [(b"one.txt", first), (b"two.txt", second)]
    assert (oid(life.introduced), life.removed) == (first, None)


def test_a_group_lives_as_long_as_any_of_its_blobs(repo: GitRepo) -> None:
    repo.write("s.txt", TEXT)
    came = repo.commit("one")
    first = BlobOrigin(repo.oid("HEAD:s.txt"))
    repo.write("s.txt", TEXT + b"more\n")
    repo.commit("two")
    second = BlobOrigin(repo.oid("HEAD:s.txt"))
    repo.write("s.txt", "clean\n")
    went = repo.commit("three")
    source = PlainHistorySource(Repository.open(repo.path))
    together, alone = source.attribute([[first, second], [first]]).lives
    assert together
    assert alone
    assert (oid(together.introduced), oid(together.removed)) == (came, went)
    assert oid(alone.removed) != went


def test_index_only(repo: GitRepo) -> None:
    repo.add("new/file.txt", TEXT)
    loci, life = ask(repo, BlobOrigin(repo.oid(":new/file.txt")))
    assert loci == [(b"new/file.txt", None)]
    assert (life.introduced, life.in_head, life.reachable) == (None, False, False)


def test_stash_of_an_unstaged_edit(repo: GitRepo) -> None:
    repo.write("a.txt", TEXT)
    stash = repo.stash()
    loci, life = ask(repo, BlobOrigin(repo.oid("refs/stash:a.txt")))
    assert loci == [(b"a.txt", stash)]
    assert (life.refs, life.reachable, life.in_head) == ((b"refs/stash",), True, False)


def test_older_stash_entry(repo: GitRepo) -> None:
    repo.write("a.txt", TEXT)
    stash = repo.stash()
    blob = repo.oid("refs/stash:a.txt")
    repo.write("a.txt", "harmless\n")
    repo.stash()
    loci, life = ask(repo, BlobOrigin(blob))
    assert loci == [(b"a.txt", stash)]
    assert (life.refs, life.reachable) == ((), True)


def test_dropped_stash(repo: GitRepo) -> None:
    repo.write("a.txt", TEXT)
    stash = repo.stash()
    blob = repo.oid("refs/stash:a.txt")
    repo.git("stash", "drop", "-q")
    loci, life = ask(repo, BlobOrigin(blob))
    assert loci == [(b"a.txt", stash)]
    assert (oid(life.introduced), life.refs, life.reachable) == (stash, (), False)


def test_unreachable_blob(repo: GitRepo) -> None:
    loci, life = ask(repo, BlobOrigin(repo.blob(TEXT)))
    assert loci == [(None, None)]
    assert (life.introduced, life.reachable) == (None, False)


def test_blob_in_a_tree_that_nothing_points_to(repo: GitRepo) -> None:
    repo.add("deep/x.txt", TEXT)
    blob = repo.oid(":deep/x.txt")
    repo.git("write-tree")
    repo.git("rm", "-q", "--cached", "-r", "deep")
    assert ask(repo, BlobOrigin(blob))[0] == [(b"deep/x.txt", None)]


def test_tag_of_a_blob(repo: GitRepo) -> None:
    blob = repo.blob(TEXT)
    repo.git("tag", "-a", "-m", "a blob", "inner", blob)
    repo.git("tag", "-a", "-m", "a tag", "outer", "inner")
    loci, life = ask(repo, BlobOrigin(blob))
    assert loci == [(None, None)]
    assert (life.refs, life.reachable) == ((b"refs/tags/inner", b"refs/tags/outer"), True)


def test_tag_of_a_tree(repo: GitRepo) -> None:
    repo.add("x.txt", TEXT)
    blob = repo.oid(":x.txt")
    repo.git("tag", "tree", repo.git("write-tree"))
    repo.git("rm", "-q", "--cached", "x.txt")
    loci, life = ask(repo, BlobOrigin(blob))
    assert loci == [(b"x.txt", None)]
    assert life.refs == (b"refs/tags/tree",)


def test_tag_message(repo: GitRepo) -> None:
    repo.git("tag", "-a", "-F", "-", "v1", input=TEXT)
    loci, life = ask(repo, TagOrigin(repo.oid("v1"), "message"))
    assert loci == []
    assert (life.refs, life.reachable) == ((b"refs/tags/v1",), True)


def test_note(repo: GitRepo) -> None:
    repo.tick()
    repo.git("notes", "add", "-F", "-", input=TEXT)
    commit = repo.oid("HEAD")
    loci, life = ask(repo, BlobOrigin(repo.oid(f"refs/notes/commits:{commit}")))
    assert loci == [(commit.encode(), repo.oid("refs/notes/commits"))]
    assert life.refs == (b"refs/notes/commits",)


def test_commit_message(repo: GitRepo) -> None:
    commit = repo.commit("subject\n\n" + MARK.decode())
    repo.commit("later")
    repo.git("branch", "old", "HEAD~2")
    loci, life = ask(repo, CommitOrigin(commit, "message"))
    assert loci == [(None, commit)]
    assert (oid(life.introduced), life.removed, life.in_head) == (commit, None, True)
    assert life.refs == (b"refs/heads/main",)


def test_author_name_is_reported_once_at_its_first_commit(repo: GitRepo) -> None:
    repo.author = f"{MARK.decode()} <author@example.com>"
    commit = repo.commit("one")
    repo.commit("two")
    assert ask(repo, CommitOrigin(commit, "author"))[0] == [(None, commit)]


def test_tagger_name(repo: GitRepo) -> None:
    repo.committer = f"{MARK.decode()} <tagger@example.com>"
    repo.git("tag", "-a", "-m", "x", "v1")
    assert ask(repo, TagOrigin(repo.oid("v1"), "tagger"))[1].refs == (b"refs/tags/v1",)


def test_branch_name(repo: GitRepo) -> None:
    name = b"refs/heads/x/" + MARK
    repo.git("update-ref", name, "HEAD")
    loci, life = ask(repo, RefOrigin(name))
    assert loci == []
    assert (life.refs, life.reachable) == ((name,), True)


def test_reflog_message(repo: GitRepo) -> None:
    repo.git("update-ref", "-m", MARK, "refs/heads/main", repo.git("rev-parse", "HEAD"), "--create-reflog")
    repo.git("reflog", "expire", "--expire=never", "--all")
    repo.tick()
    other = repo.git("commit-tree", "-m", "other", "HEAD^{tree}")
    repo.git("update-ref", "-m", MARK, "refs/heads/main", other)
    _, life = ask(repo, ReflogOrigin(b"refs/heads/main", 0))
    assert life.reachable


def test_commit_that_only_a_reflog_has(repo: GitRepo) -> None:
    repo.write("s.txt", TEXT)
    gone = repo.commit("oops")
    blob = repo.oid("HEAD:s.txt")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    loci, life = ask(repo, BlobOrigin(blob))
    assert loci == [(b"s.txt", gone)]
    assert (life.removed, life.refs, life.reachable) == (None, (), True)


def test_the_reachable_commit_is_preferred_to_an_older_one(repo: GitRepo) -> None:
    repo.write("s.txt", TEXT)
    repo.commit("first try")
    amended = repo.commit("second try", "--amend")
    assert ask(repo, BlobOrigin(repo.oid("HEAD:s.txt")))[0] == [(b"s.txt", amended)]


def test_symlink_target(repo: GitRepo) -> None:
    (repo.path / "link").symlink_to(MARK.decode())
    commit = repo.commit("link")
    assert ask(repo, BlobOrigin(repo.oid("HEAD:link")))[0] == [(b"link", commit)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_file(repo: GitRepo, encoding: str) -> None:
    repo.write("wide.txt", TEXT.decode().encode(encoding))
    commit = repo.commit("wide")
    assert ask(repo, BlobOrigin(repo.oid("HEAD:wide.txt")))[0] == [(b"wide.txt", commit)]


def test_file_and_directory_name(repo: GitRepo) -> None:
    repo.write(MARK + b"/deep/file.txt", "x")
    commit = repo.commit("name")
    loci, life = ask(repo, NameOrigin(MARK))
    assert loci == [(MARK, commit)]
    assert life.in_head


def test_replace_refs_hide_nothing(repo: GitRepo) -> None:
    repo.write("s.txt", TEXT)
    came = repo.commit("add")
    blob = repo.oid("HEAD:s.txt")
    repo.write("s.txt", "clean\n")
    repo.commit("clean")
    repo.git("replace", "--graft", "HEAD")
    repo.git("replace", blob, repo.oid("HEAD:s.txt"))
    assert ask(repo, BlobOrigin(blob))[0] == [(b"s.txt", came)]


def test_another_work_trees_head_counts_as_a_ref_does(repo: GitRepo) -> None:
    repo.git("worktree", "add", "-q", "--detach", str(repo.path.parent / "linked"))
    linked = GitRepo(repo.path.parent / "linked")
    linked.clock = repo.clock
    linked.write("s.txt", TEXT)
    commit = linked.commit("detached")
    blob = linked.oid("HEAD:s.txt")
    loci, life = ask(repo, BlobOrigin(blob))
    assert loci == [(b"s.txt", commit)]
    assert (life.in_head, life.reachable) == (False, True)
    assert ask(linked, BlobOrigin(blob))[1].in_head


@pytest.mark.parametrize("packed", [False, True])
def test_sha256(tmp_path: Path, packed: bool) -> None:
    repo = GitRepo.init(tmp_path / "r", object_format="sha256")
    repo.write("d/s.txt", TEXT)
    commit = repo.commit("add")
    if packed:
        repo.repack()
    loci, life = ask(repo, BlobOrigin(repo.oid("HEAD:d/s.txt")))
    assert loci == [(b"d/s.txt", commit)]
    assert life.in_head


def test_bare_repository(tmp_path: Path, repo: GitRepo) -> None:
    repo.write("s.txt", TEXT)
    commit = repo.commit("add")
    bare = GitRepo.clone(repo, tmp_path / "bare.git", "--bare")
    assert ask(bare, BlobOrigin(repo.oid("HEAD:s.txt")))[0] == [(b"s.txt", commit)]
