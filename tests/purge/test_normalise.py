"""What a server that checks objects refuses as a new object is foretold, and mended where that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import GitRepo
from purging import SECRET, planned, purge, purged, rewritten, step

from leakscan.purge import normalise


def odd(tmp_path: Path) -> GitRepo:
    """A time zone of six digits, a padded mode, a padded time, in a history with the secret."""
    repo = GitRepo.init(tmp_path / "r")
    repo.write("d/f", f"key={SECRET}\n")
    repo.commit("first")
    d = bytes.fromhex(repo.git("rev-parse", "HEAD:d"))
    tree = repo.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", input=b"040000 d\0" + d)
    who = b"A  <a@example.com> 01700000000 +051800\n"
    raw = b"tree %s\nparent %s\nauthor %scommitter C<c@example.com> 1700000000 +0000\n\nodd\n" % (
        tree.encode(), repo.head().encode(), who,
    )  # fmt: skip
    commit = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", input=raw)
    repo.git("update-ref", "HEAD", commit)
    repo.git("reset", "-q", "--hard")
    return repo


def test_it_is_foretold_and_kept(tmp_path: Path) -> None:
    repo = odd(tmp_path)
    answer = purge(repo, "plan", "--secret-stdin", secret=SECRET)
    assert answer.value["strict"].startswith("error:")
    rewritten(repo)
    assert b"01700000000 +051800\n" in repo.run("cat-file", "commit", "HEAD")


def test_it_is_mended_where_that_is_asked_for(tmp_path: Path) -> None:
    repo = odd(tmp_path)
    answer = purge(repo, "plan", "--secret-stdin", "--normalise", secret=SECRET)
    assert answer.value["strict"] == ""
    purged(repo, "--normalise")  # git fsck --strict included
    raw = repo.run("cat-file", "commit", "HEAD")
    assert b"author A <a@example.com> 1700000000 +0518\n" in raw
    assert b"committer C <c@example.com> 1700000000 +0000\n" in raw
    assert repo.run("cat-file", "tree", "HEAD^{tree}").startswith(b"40000 d\0")
    plan = planned(repo, "--normalise")
    assert step(repo, "run", plan, "--no-backup").value["refs_moved"] == 0


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        (b"author A  B  <a@b> 12 +0000\n", b"author A  B  <a@b> 12 +0000\n"),
        (b"author <a@b> 12 -0130\n", b"author <a@b> 12 -0130\n"),
        (b"author <a@b> 12 -01300\n", b"author <a@b> 12 -0130\n"),
        (b"author A<a@b> 0 +0\n", b"author A <a@b> 0 +0000\n"),
        (b"tagger A <a@b> 000 0100\n", b"tagger A <a@b> 0 +0100\n"),
        (b"author A <a@b> soon\n", b"author A <a@b> soon\n"),
        (b"author A <a>b> 1 +0000\n", b"author A <a>b> 1 +0000\n"),
    ],
)
def test_lines(line: bytes, mended: bytes) -> None:
    assert normalise.ident(line) == mended
    assert normalise.ident(mended) == mended
