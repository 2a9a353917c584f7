"""Hooks that git itself runs, on the side of those who write: pre-commit, commit-msg, pre-push."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import GitRepo
from hooked import KEY, LINE, git, script
from runner import leakscan


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("a.py", "one = 1\n")
    repo.commit("first")
    return repo


def install(repo: GitRepo, *names: str) -> None:
    assert leakscan("hook", "install", *names, cwd=repo.path).code == 0


def test_a_staged_secret_stops_the_commit_and_says_the_ways_out(repo: GitRepo) -> None:
    install(repo, "pre-commit")
    repo.add("b.py", LINE)
    before = repo.head()
    done = git(repo, "commit", "-m", "second")
    assert done.returncode == 1
    assert repo.head() == before
    for words in ("b.py:1:10", "stopped this commit", "secret manager", "environment variable",
                  "leakscan:allow[github.pat-classic]", "leakscan ignore add", "LEAKSCAN_SKIP="):  # fmt: skip
        assert words in done.stderr
    repo.add("b.py", "token = environ['TOKEN']\n")
    done = git(repo, "commit", "-m", "second")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_override_takes_a_reason_and_repeats_it(repo: GitRepo) -> None:
    install(repo, "pre-commit")
    repo.add("b.py", LINE)
    assert git(repo, "commit", "-m", "second", LEAKSCAN_SKIP=" ").returncode == 1
    done = git(repo, "commit", "-m", "second", LEAKSCAN_SKIP="on fire \x1b[2J")
    assert done.returncode == 0
    assert "pre-commit was skipped, nothing was checked: on fire \\x1b[2J" in done.stderr


def test_what_was_there_runs_first_and_has_its_say(repo: GitRepo) -> None:
    hook = script(repo.path / ".git/hooks/pre-commit", 'echo "mine $# $0"; exit "${VERDICT:-0}"')
    install(repo, "pre-commit")
    repo.add("b.py", LINE)
    done = git(repo, "commit", "-m", "second", VERDICT="7")
    assert done.returncode != 0
    assert "mine 0" in done.stderr
    assert "stopped this commit" not in done.stderr
    assert "stopped this commit" in git(repo, "commit", "-m", "second").stderr
    repo.add("b.py", "clean = 1\n")
    assert git(repo, "commit", "-m", "second").returncode == 0
    leakscan("hook", "uninstall", cwd=repo.path)
    assert "VERDICT" in hook.read_text()


def test_a_repository_cannot_put_its_own_modules_before_ours(repo: GitRepo) -> None:
    install(repo, "pre-commit")
    for name in ("leakscan/__init__.py", "yaml.py", "regex.py", "argparse.py"):
        repo.add(name, "raise SystemExit(0)\n")
    repo.add("b.py", LINE)
    assert git(repo, "commit", "-m", "second").returncode == 1


def test_a_partial_commit_is_judged_by_what_it_takes(repo: GitRepo) -> None:
    install(repo, "pre-commit")
    repo.add("b.py", LINE)
    repo.write("a.py", "two = 2\n")
    assert git(repo, "commit", "-m", "only a", "--", "a.py").returncode == 0
    assert git(repo, "commit", "-m", "b too").returncode == 1


def test_a_linked_work_tree_is_guarded_as_well(repo: GitRepo, tmp_path: Path) -> None:
    install(repo, "pre-commit")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = GitRepo(tmp_path / "linked")
    linked.add("b.py", LINE)
    assert git(linked, "commit", "-m", "second").returncode == 1


def test_a_secret_in_the_message_stops_the_commit(repo: GitRepo) -> None:
    install(repo, "commit-msg")
    done = git(repo, "commit", "--allow-empty", "-m", f"Use {KEY}")
    assert done.returncode == 1
    assert "message without it" in done.stderr
    assert git(repo, "commit", "--allow-empty", "-m", "Use a key").returncode == 0


def test_without_leakscan_a_hook_fails_and_says_how_to_go_on(repo: GitRepo, tmp_path: Path) -> None:
    install(repo, "pre-commit")
    hook = repo.path / ".git/hooks/pre-commit"
    lines = hook.read_text().splitlines(keepends=True)
    hook.write_text("".join("python='/nowhere/python'\n" if x.startswith("python=") else x for x in lines))
    repo.add("a.py", "two = 2\n")
    only_git = {"PATH": "/usr/bin:/bin"}
    done = git(repo, "commit", "-m", "second", **only_git)
    assert done.returncode != 0
    assert "pip install leakscan" in done.stderr
    assert "leakscan hook install" in leakscan("hook", "status", "pre-commit", cwd=repo.path).out
    done = git(repo, "commit", "-m", "second", LEAKSCAN_SKIP="moving house", **only_git)
    assert done.returncode == 0
    assert "skipped: moving house" in done.stderr


@pytest.fixture
def remote(repo: GitRepo, tmp_path: Path) -> GitRepo:
    remote = GitRepo.init(tmp_path / "remote.git", bare=True)
    repo.git("remote", "add", "origin", str(remote.path))
    repo.git("push", "-q", "origin", "main")
    return remote


def test_a_push_of_a_secret_that_is_gone_again_is_stopped(repo: GitRepo, remote: GitRepo) -> None:
    record = script(repo.path / ".git/hooks/pre-push", 'cat > "$0.stdin"; echo "$@" >> "$0.stdin"')
    install(repo, "pre-push")
    repo.write("b.py", LINE)
    bad = repo.commit("add")
    repo.write("b.py", "")
    last = repo.commit("remove")
    done = git(repo, "push", "origin", "main")
    assert done.returncode == 1
    assert bad[:12] in done.stderr
    assert f"git rebase -i {bad[:12]}^" in done.stderr
    assert remote.git("rev-parse", "main") != last
    chained = record.with_name("pre-push.leakscan-chained.stdin").read_text().splitlines()
    assert chained[0].split()[:2] == ["refs/heads/main", last]
    assert chained[1] == f"origin {remote.path}"


def test_what_the_remote_has_is_not_held_against_a_push(repo: GitRepo, remote: GitRepo) -> None:
    install(repo, "pre-push")
    repo.write("b.py", LINE)
    repo.commit("old leak")
    assert git(repo, "push", "--no-verify", "-q", "origin", "main").returncode == 0
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("c.py", "c = 1\n")
    repo.commit("topic")
    assert git(repo, "push", "-q", "origin", "topic").returncode == 0
    assert git(repo, "push", "-q", "origin", "--delete", "topic").returncode == 0


@pytest.mark.parametrize("kind", ["message", "name", "file"])
def test_a_tag_hides_nothing(repo: GitRepo, remote: GitRepo, kind: str) -> None:
    install(repo, "pre-push")
    if kind == "message":
        repo.git("tag", "-a", "v1", "-m", f"With {KEY}")
    elif kind == "name":
        repo.git("tag", KEY)
    else:
        repo.git("tag", "v1", repo.blob(LINE))
    done = git(repo, "push", "-q", "origin", "--tags")
    assert done.returncode == 1, done.stderr
    assert "github.pat-classic" in done.stderr
    assert ("a comment on its line" in done.stderr) == (kind == "file")
