"""`leakscan hook install|uninstall|status`: beside what is there, and back again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gitrepo import GitRepo
from runner import leakscan

from leakscan.hooks.names import CLIENT, NAMES


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "repo")


def hooks(repo: GitRepo) -> dict[str, str]:
    """The hooks of a repository but for git's samples, with their content."""
    directory = repo.path / ".git" / "hooks"
    return {p.name: p.read_text() for p in directory.iterdir() if not p.name.endswith(".sample")}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_installing_and_uninstalling_leaves_everything_as_it_was(repo: GitRepo) -> None:
    write(repo.path / ".git/hooks/pre-commit", "#!/bin/sh\necho mine\n")
    before = hooks(repo)
    assert leakscan("hook", "install", cwd=repo.path).code == 0
    assert set(hooks(repo)) == {*CLIENT, "pre-commit.leakscan-chained"}
    assert all(os.access(repo.path / ".git/hooks" / name, os.X_OK) for name in CLIENT)
    assert leakscan("hook", "uninstall", cwd=repo.path).code == 0
    assert hooks(repo) == before
    assert os.access(repo.path / ".git/hooks/pre-commit", os.X_OK)


def test_installing_twice_changes_nothing(repo: GitRepo) -> None:
    write(repo.path / ".git/hooks/pre-commit", "#!/bin/sh\necho mine\n")
    leakscan("hook", "install", cwd=repo.path)
    once = hooks(repo)
    assert leakscan("hook", "install", cwd=repo.path).code == 0
    assert hooks(repo) == once


def test_a_linked_hook_stays_a_link(repo: GitRepo) -> None:
    write(repo.path / "tools/check", "#!/bin/sh\n")
    hook = repo.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to("../../tools/check")
    leakscan("hook", "install", "pre-commit", cwd=repo.path)
    assert (repo.path / "tools/check").read_text() == "#!/bin/sh\n"
    leakscan("hook", "uninstall", "pre-commit", cwd=repo.path)
    assert os.readlink(hook) == "../../tools/check"


def test_a_hook_of_ours_that_was_edited_is_not_lost(repo: GitRepo) -> None:
    leakscan("hook", "install", "pre-commit", cwd=repo.path)
    hook = repo.path / ".git/hooks/pre-commit"
    edited = hook.read_text() + "make lint\n"
    hook.write_text(edited)
    assert "changed by hand" in leakscan("hook", "status", "pre-commit", cwd=repo.path).out
    for action in ("install", "uninstall"):
        assert leakscan("hook", action, "pre-commit", cwd=repo.path).code == 3
        assert hook.read_text() == edited
    assert leakscan("hook", "uninstall", "--force", "pre-commit", cwd=repo.path).code == 0
    assert not hook.exists()


def test_a_hook_that_was_put_over_ours_is_not_lost(repo: GitRepo) -> None:
    write(repo.path / ".git/hooks/pre-push", "#!/bin/sh\necho first\n")
    leakscan("hook", "install", "pre-push", cwd=repo.path)
    write(repo.path / ".git/hooks/pre-push", "#!/bin/sh\necho later\n")
    before = hooks(repo)
    for action in ("install", "uninstall"):
        ran = leakscan("hook", action, "pre-push", cwd=repo.path)
        assert ran.code == 3
        assert "pre-push.leakscan-chained" in ran.err
        assert hooks(repo) == before


def test_a_hook_that_is_not_executable_is_said_to_do_nothing(repo: GitRepo) -> None:
    leakscan("hook", "install", "pre-commit", cwd=repo.path)
    (repo.path / ".git/hooks/pre-commit").chmod(0o644)
    ran = leakscan("hook", "status", cwd=repo.path)
    assert ran.code == 3
    assert "not executable" in ran.out


def test_linked_work_trees_share_the_hooks(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("first")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert leakscan("hook", "install", "pre-commit", cwd=tmp_path / "linked").code == 0
    assert "pre-commit: leakscan" in leakscan("hook", "status", cwd=repo.path).out


@pytest.mark.parametrize("where", ["tools/hooks", "{top}/tools/hooks"])
def test_hooks_go_where_the_configuration_says(repo: GitRepo, where: str) -> None:
    repo.git("config", "core.hooksPath", where.format(top=repo.path))
    assert leakscan("hook", "install", "pre-commit", cwd=repo.path).code == 0
    assert (repo.path / "tools/hooks/pre-commit").exists()
    assert not (repo.path / ".git/hooks/pre-commit").exists()


def test_a_directory_that_others_share_is_not_written_to_unasked(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("config", "core.hooksPath", str(tmp_path / "everybody"))
    ran = leakscan("hook", "install", "pre-commit", cwd=repo.path)
    assert ran.code == 3
    assert "other repositories" in ran.err
    assert not (tmp_path / "everybody").exists()
    assert leakscan("hook", "install", "--beside", "pre-commit", cwd=repo.path).code == 0
    assert (tmp_path / "everybody/pre-commit").exists()


@pytest.mark.parametrize(
    ("file", "name", "words"),
    [
        (".pre-commit-config.yaml", "pre-commit", "- id: leakscan"),
        (".husky/pre-commit", "husky", 'leakscan hook run pre-commit -- "$@"'),
        ("lefthook.yml", "lefthook", "run: leakscan hook run pre-commit"),
        (".lefthook.toml", "lefthook", "lefthook.yml"),
    ],
)
def test_a_hook_manager_is_told_of_instead_of_fought(repo: GitRepo, file: str, name: str, words: str) -> None:
    repo.write(file, "")
    for action, code in (("install", 3), ("status", 0)):
        ran = leakscan("hook", action, "pre-commit", cwd=repo.path)
        assert ran.code == code
        assert name in ran.out + ran.err
        assert words in ran.out + ran.err
    assert "pre-commit" not in hooks(repo)
    assert leakscan("hook", "install", "--beside", "pre-commit", cwd=repo.path).code == 0
    assert "pre-commit" in hooks(repo)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".pre-commit-config.yaml", "repos:\n- repo: x\n  hooks:\n  - id: leakscan-system\n"),
        (".pre-commit-config.yaml", "repos: [{repo: x, hooks: [{id: 'leakscan', args: []}]}]\n"),
        (".husky/pre-commit", 'npm test\nleakscan hook run pre-commit -- "$@"\n'),
        ("lefthook.yml", "pre-commit: {commands: {leakscan: {run: leakscan hook run pre-commit}}}\n"),
    ],
)
def test_a_hook_manager_that_runs_leakscan_already_is_seen(repo: GitRepo, file: str, text: str) -> None:
    repo.write(file, text)
    for action in ("install", "status"):
        ran = leakscan("hook", action, "pre-commit", cwd=repo.path)
        assert ran.code == 0, ran.err
        assert f"{file} has" in ran.out
    repo.write(file, text.replace("leakscan", "# leakscan"))
    ran = leakscan("hook", "install", "commit-msg", "pre-commit", cwd=repo.path)
    assert ran.code == 3
    assert "pre-commit" not in hooks(repo)


def test_a_bare_repository_gets_the_servers_hook(tmp_path: Path) -> None:
    server = GitRepo.init(tmp_path / "server.git", bare=True)
    assert leakscan("hook", "install", cwd=server.path).code == 0
    assert (server.path / "hooks/pre-receive").exists()
    assert not (server.path / "hooks/pre-commit").exists()


def test_unknown_hooks_are_refused(repo: GitRepo) -> None:
    ran = leakscan("hook", "install", "post-checkout", cwd=repo.path)
    assert ran.code == 2
    assert all(name in ran.err for name in NAMES)


def test_outside_of_a_repository_it_says_so(tmp_path: Path) -> None:
    ran = leakscan("hook", "install", cwd=tmp_path)
    assert ran.code == 2
    assert "not a git repository" in ran.err
