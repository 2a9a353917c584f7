"""The hooks under the real pre-commit, installed from a copy of this project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from gitrepo import GitRepo
from sample_results import drawn

PROJECT = Path(__file__).parents[1]
PARTS = ("pyproject.toml", "setup.py", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "leakscan", "rules")
KEY = "acme_" + drawn(1, 30).decode()
PACK = """
rules:
- id: acme.key
  name: Acme key
  description: Opens everything.
  severity: high
  confidence: high
  pattern: 'acme_(?P<secret>[0-9A-Za-z]{30})'
  examples: ['acme_{alnum:30}']
  counterexamples: ['acme_short']
  references: [https://acme.example/docs]
  rotate: {url: https://acme.example/keys, steps: [Create a new one.]}
"""


class Hooks:
    """A repository with one hook of this project installed in it."""

    def __init__(self, repo: GitRepo, home: Path, source: GitRepo) -> None:
        self.repo = repo
        self._home = home
        self._source = source

    def use(self, *ids: str, stage: str = "pre-commit", **options: Any) -> None:
        rev = self._source.git("rev-parse", "HEAD").strip()
        hooks = [{"id": id, **options} for id in ids]
        config = {"repos": [{"repo": str(self._source.path), "rev": rev, "hooks": hooks}]}
        self.repo.write(".pre-commit-config.yaml", yaml.safe_dump(config))
        self.repo.commit("Use pre-commit")
        assert self.pre_commit("install", "--hook-type", stage).returncode == 0

    def pre_commit(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run(sys.executable, "-m", "pre_commit", *words)

    def git(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._run("git", *words, **environment)

    def _run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = self.repo.environment() | {
            "HOME": os.path.expanduser("~"),  # where pip finds its index
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PRE_COMMIT_HOME": str(self._home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            **environment,
        }
        return subprocess.run(
            words,
            cwd=self.repo.path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """A repository of what pre-commit installs leakscan from."""
    repo = GitRepo.init(tmp_path_factory.mktemp("source") / "leakscan")
    for part in PARTS:
        if (PROJECT / part).is_dir():
            shutil.copytree(
                PROJECT / part, repo.path / part, ignore=shutil.ignore_patterns("__pycache__", "*.so")
            )
        else:
            shutil.copy(PROJECT / part, repo.path / part)
    repo.commit("leakscan")
    return repo


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps its environments: made once for all tests here."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def hooks(tmp_path: Path, home: Path, source: GitRepo) -> Hooks:
    repo = GitRepo.init(tmp_path / "repo")
    repo.write(".leakscan.yml", "rules: {packs: [acme.yaml]}\n")
    repo.write("acme.yaml", PACK)
    repo.write("a.py", "one = 1\n")
    repo.commit("first")
    return Hooks(repo, home, source)


def test_the_manifest_is_valid(source: GitRepo) -> None:
    manifest = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
    words = (sys.executable, "-m", "pre_commit", "validate-manifest", str(PROJECT / ".pre-commit-hooks.yaml"))
    assert subprocess.run(words, check=False).returncode == 0
    by_id = {hook["id"]: hook for hook in manifest}
    for id in ("leakscan", "leakscan-files", "leakscan-commit-msg", "leakscan-pre-push"):
        assert by_id[f"{id}-system"] == by_id[id] | {"id": f"{id}-system", "language": "system"}


def test_every_package_is_installed() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]
    directories = {path.parent for path in (PROJECT / "leakscan").rglob("*.py")}
    found = {".".join(directory.relative_to(PROJECT).parts) for directory in directories}
    assert set(settings["packages"]) == found | {"leakscan.rules"}


def test_a_staged_secret_stops_the_commit(hooks: Hooks) -> None:
    hooks.use("leakscan")
    hooks.repo.add("b.py", f"key = '{KEY}'\n")
    before = hooks.repo.head()
    done = hooks.git("commit", "-m", "second")
    assert done.returncode == 1
    assert "b.py:1:" in done.stderr
    assert "acme.key" in done.stderr
    assert "********" in done.stderr
    for words in ("stopped this commit", "secret manager", "leakscan ignore add", "SKIP=leakscan git commit"):
        assert words in done.stderr
    assert KEY not in done.stderr + done.stdout
    assert hooks.repo.head() == before

    hooks.repo.add("b.py", "key = environ['KEY']\n")
    hooks.repo.write("unstaged.py", f"key = '{KEY}'\n")
    done = hooks.git("commit", "-m", "second")
    assert done.returncode == 0, done.stderr
    assert hooks.repo.head() != before


def test_a_run_over_all_files_is_no_false_sense_of_safety(hooks: Hooks) -> None:
    hooks.repo.write("b.py", f"key = '{KEY}'\n")
    hooks.use("leakscan", verbose=True)
    done = hooks.pre_commit("run", "--all-files")
    assert done.returncode == 1
    assert "b.py:1:" in done.stdout
    assert "nothing is staged" in done.stdout
    assert "stopped this commit" not in done.stdout
    (hooks.repo.path / "b.py").write_text("")
    hooks.repo.commit("gone")
    done = hooks.pre_commit("run", "--all-files")
    assert done.returncode == 0, done.stdout
    assert "nothing is staged" in done.stdout


def test_files_are_scanned_whole(hooks: Hooks) -> None:
    hooks.repo.write("-b c.py", f"key = '{KEY}'\n")
    hooks.use("leakscan-files")
    done = hooks.pre_commit("run", "--all-files")
    assert done.returncode == 1
    assert "-b c.py:1:" in done.stdout
    hooks.repo.add("a.py", "two = 2\n")
    assert hooks.pre_commit("run").returncode == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-m", "Add a key"), 0),
        (("-m", f"Add a key\n\nIt is {KEY}"), 1),
        (("-m", f"Add a key\n\n#{KEY}"), 1),
        (("-e", "-m", f"Add a key\n\n#{KEY}"), 0),
        (("-e", "-v", "-m", "Take the key out"), 0),
    ],
    ids=["clean", "secret", "kept comment", "dropped comment", "verbose diff"],
)
def test_a_secret_in_the_message_stops_the_commit(hooks: Hooks, words: tuple[str, ...], code: int) -> None:
    hooks.repo.write("old.py", f"key = '{KEY}'\n")
    hooks.use("leakscan-commit-msg", stage="commit-msg")
    hooks.repo.git("rm", "-q", "old.py")
    done = hooks.git("commit", *words, GIT_EDITOR="true")
    assert done.returncode == code, done.stderr
    assert KEY not in done.stderr


@pytest.fixture
def remote(tmp_path: Path) -> GitRepo:
    return GitRepo.init(tmp_path / "remote.git", bare=True)


def test_a_push_of_a_secret_that_is_gone_again_is_stopped(hooks: Hooks, remote: GitRepo) -> None:
    hooks.use("leakscan-pre-push", stage="pre-push")
    hooks.repo.git("remote", "add", "origin", f"file://{remote.path}")
    assert (done := hooks.git("push", "-q", "origin", "main")).returncode == 0, done.stderr
    hooks.repo.write("b.py", f"key = '{KEY}'\n")
    bad = hooks.repo.commit("add")
    hooks.repo.write("b.py", "")
    hooks.repo.commit("remove")
    done = hooks.git("push", "-q", "origin", "main")
    assert done.returncode == 1
    assert bad[:12] in done.stdout
    assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize("onto", ["nothing", "main"])
def test_a_new_branch_is_scanned_from_where_the_remote_ends(hooks: Hooks, remote: GitRepo, onto: str) -> None:
    hooks.repo.write("old.py", f"key = '{KEY}'\n")
    hooks.use("leakscan-pre-push", stage="pre-push")
    hooks.repo.git("remote", "add", "origin", f"file://{remote.path}")
    if onto == "main":
        hooks.repo.git("push", "-q", "--no-verify", "origin", "main")
    hooks.repo.git("checkout", "-q", "-b", "topic")
    hooks.repo.write("new.py", "new = 1\n")
    hooks.repo.commit("topic")
    done = hooks.git("push", "-q", "origin", "topic")
    assert done.returncode == (1 if onto == "nothing" else 0), done.stderr


def test_what_was_merged_from_the_remote_is_not_pushed_again(hooks: Hooks, remote: GitRepo) -> None:
    hooks.use("leakscan-pre-push", stage="pre-push")
    hooks.repo.git("remote", "add", "origin", f"file://{remote.path}")
    hooks.repo.git("push", "-q", "--no-verify", "origin", "main", "main:topic")
    hooks.repo.write("b.py", f"key = '{KEY}'\n")
    hooks.repo.commit("on main")
    hooks.repo.git("push", "-q", "--no-verify", "origin", "main")
    hooks.repo.git("checkout", "-q", "-b", "topic", "HEAD~1")
    hooks.repo.write("c.py", "c = 1\n")
    hooks.repo.commit("on topic")
    hooks.repo.merge("main")
    done = hooks.git("push", "-q", "origin", "topic")
    assert done.returncode == 0, done.stderr


def test_a_push_of_nothing_scans_the_files_and_says_so(hooks: Hooks) -> None:
    hooks.use("leakscan-pre-push", stage="pre-push", verbose=True)
    done = hooks.pre_commit("run", "--hook-stage", "pre-push", "--all-files")
    assert done.returncode == 0, done.stdout
    assert "nothing is pushed" in done.stdout
