"""Hooks on a server over real pushes: pre-receive in quarantine, and update."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import GitRepo
from hooked import KEY, LINE, git
from runner import leakscan

from leakscan.hooks.pushed import Push, arriving, parse
from leakscan.model.errors import UsageError


@pytest.fixture
def server(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "server.git", bare=True)


@pytest.fixture
def repo(tmp_path: Path, server: GitRepo) -> GitRepo:
    """A clone whose first commit (with an old leak) the server has."""
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("old.py", LINE)
    repo.commit("old leak")
    repo.git("remote", "add", "origin", str(server.path))
    repo.git("push", "-q", "origin", "main")
    return repo


def leak(repo: GitRepo) -> str:
    """A commit with another secret, and one that takes it out again; the id of the first."""
    repo.write("new.py", LINE)
    bad = repo.commit("add")
    repo.write("new.py", "")
    repo.commit("remove")
    return bad


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_push_with_a_secret_is_refused_whole(server: GitRepo, repo: GitRepo, hook: str) -> None:
    assert leakscan("hook", "install", hook, cwd=server.path).code == 0
    bad = leak(repo)
    done = git(repo, "push", "origin", "main")
    assert done.returncode == 1
    for words in (bad[:12], "new.py:1:10", "stopped this push", "git rebase -i", "secret manager", "allow["):
        assert words in done.stderr
    assert server.git("rev-parse", "main") == repo.git("rev-parse", "HEAD~2")
    if hook == "pre-receive":  # git throws the quarantine away: the server never had it
        assert server.git("cat-file", "-t", bad, check=False) == ""


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_only_what_is_new_to_the_server_counts(server: GitRepo, repo: GitRepo, hook: str) -> None:
    leakscan("hook", "install", hook, cwd=server.path)
    repo.write("fine.py", "fine = 1\n")
    repo.commit("fine")
    repo.git("branch", "topic", "HEAD~1")
    done = git(repo, "push", "origin", "main", "topic")
    assert done.returncode == 0, done.stderr
    assert "remote:" not in done.stderr
    done = git(repo, "push", "origin", ":topic")
    assert done.returncode == 0, done.stderr


def test_a_tag_hides_nothing(server: GitRepo, repo: GitRepo) -> None:
    leakscan("hook", "install", cwd=server.path)
    repo.git("tag", "-a", "v1", "-m", f"With {KEY}")
    repo.git("tag", "v2", repo.blob(LINE))
    for tag in ("v1", "v2"):
        done = git(repo, "push", "origin", tag)
        assert done.returncode == 1, done.stderr
        assert "make that anew" in done.stderr
    assert "v1" not in server.git("tag")


def test_the_pushers_variable_does_not_count_and_an_option_only_where_allowed(
    server: GitRepo, repo: GitRepo
) -> None:
    leakscan("hook", "install", cwd=server.path)
    server.git("config", "receive.advertisePushOptions", "true")
    leak(repo)
    option = "leakscan.skip=it is a drill"
    assert "push -o" not in git(repo, "push", "-o", option, "origin", "main").stderr
    assert server.git("rev-parse", "main") != repo.head()
    server.git("config", "leakscan.allowPushSkip", "true")
    done = git(repo, "push", "origin", "main")
    assert done.returncode == 1
    assert 'git push -o leakscan.skip="why"' in done.stderr
    done = git(repo, "push", "-o", option, "origin", "main")
    assert done.returncode == 0
    assert "pre-receive was skipped, nothing was checked: it is a drill" in done.stderr


def test_a_pushed_configuration_does_not_loosen_the_servers(server: GitRepo, repo: GitRepo) -> None:
    leakscan("hook", "install", cwd=server.path)
    repo.write(".leakscan.yml", "exclude: ['*']\nallow: [{path: '*', reason: all is well}]\n")
    leak(repo)
    assert git(repo, "push", "origin", "main").returncode == 1
    (server.path / ".leakscan.yml").write_text("allow: [{path: new.py, reason: the server says so}]\n")
    assert git(repo, "push", "origin", "main").returncode == 0


@pytest.mark.parametrize(
    ("hook", "words", "stdin", "expected"),
    [
        (
            "pre-push",
            [],
            f"a {'1' * 40} refs/heads/b {'0' * 40}\n",
            [Push(b"refs/heads/b", "0" * 40, "1" * 40)],
        ),
        ("pre-receive", [], f"{'0' * 64} {'1' * 64} refs/x\n", [Push(b"refs/x", "0" * 64, "1" * 64)]),
        ("pre-receive", [], "", []),
        ("update", ["refs/x", "0" * 40, "1" * 40], "", [Push(b"refs/x", "0" * 40, "1" * 40)]),
    ],
)
def test_what_git_tells(hook: str, words: list[str], stdin: str, expected: list[Push]) -> None:
    assert list(parse(hook, words, stdin.encode())) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hook", "words", "stdin"),
    [
        ("pre-push", [], "one two three\n"),
        ("pre-receive", [], f"{'0' * 40} --all refs/x\n"),
        ("pre-receive", [], f"{'0' * 40} HEAD refs/x\n"),
        ("update", ["refs/x"], ""),
    ],
)
def test_what_git_does_not_tell(hook: str, words: list[str], stdin: str) -> None:
    with pytest.raises(UsageError):
        parse(hook, words, stdin.encode())  # type: ignore[arg-type]


def test_a_deletion_brings_nothing() -> None:
    assert arriving([Push(b"refs/heads/b", "1" * 40, "0" * 40)]).revs == ()
