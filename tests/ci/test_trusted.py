"""`leakscan ci --config-from`: the commits under test do not decide how they are judged."""

from __future__ import annotations

from pathlib import Path

import pytest
import recorded as r
from ci_scene import NEW, Scene, build
from gitrepo import GitRepo
from runner import Ran, leakscan

OFF = "rules: {disable: ['*']}\n"
PACK = """
rules:
- id: acme.number
  name: Acme number
  description: A number that nobody may know.
  severity: low
  confidence: high
  pattern: 'acme-(?P<secret>[0-9]{8})'
  examples: ['acme-{digit:8}']
  counterexamples: ['acme-none']
  references: [https://acme.example/docs]
  rotate: {url: https://acme.example/keys, steps: [Take another.]}
"""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return build(tmp_path / "scene")


@pytest.fixture
def clone(scene: Scene, tmp_path: Path) -> GitRepo:
    clone = scene.clone(tmp_path / "clone")
    clone.git("checkout", "-q", scene.head)
    return clone


def ci(clone: GitRepo, monkeypatch: pytest.MonkeyPatch, *words: str) -> Ran:
    """`leakscan ci` in a pull request to main whose head is checked out."""
    environ = r.azure_pull_request(clone.head(), clone.head())
    for name in (*environ, "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return leakscan("ci", *words, cwd=clone.path)


def on_main(scene: Scene, clone: GitRepo, tmp_path: Path, **files: str) -> None:
    """Give main another commit, and let the clone know."""
    work = GitRepo.clone(scene.server, tmp_path / "main-work")
    for name, content in files.items():
        work.write(name, content)
    work.commit("settings")
    work.git("push", "-q", "origin", "main")
    clone.git("fetch", "-q")


def test_a_request_cannot_switch_the_gate_off(clone: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.write(".leakscan.yml", OFF)
    clone.commit("off")
    assert ci(clone, monkeypatch).code == 0
    ran = ci(clone, monkeypatch, "--config-from", "target")
    assert ran.code == 1
    assert f"the configuration of {clone.oid('origin/main')[:12]} counts" in ran.out
    assert ci(clone, monkeypatch, "--config-from", "HEAD").code == 0


def test_packs_and_baseline_come_from_the_target_as_well(
    scene: Scene, clone: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = tmp_path / "known.json"
    assert leakscan("baseline", "create", "--history", "--baseline", known, cwd=clone.path).code == 0
    settings = "rules: {packs: [packs/]}\nbaseline: sub/known.json\n"
    files = {".leakscan.yml": settings, "packs/acme.yaml": PACK, "sub/known.json": known.read_text()}
    on_main(scene, clone, tmp_path, **files)
    assert ci(clone, monkeypatch, "--config-from", "target").code == 0  # NEW is known
    clone.write("n.txt", "acme-" + "40718293")
    clone.commit("number")
    assert ci(clone, monkeypatch).code == 1  # without a baseline NEW counts, and the number does not
    ran = ci(clone, monkeypatch, "--config-from", "target")
    assert ran.code == 1
    assert "acme.number" in ran.out
    assert "github.pat-classic" not in ran.out


def test_what_is_wrong_there_is_said(
    scene: Scene, clone: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_main(scene, clone, tmp_path, **{".leakscan.yml": "strictt: true\n"})
    main = clone.oid("origin/main")
    ran = ci(clone, monkeypatch, "--config-from", "target")
    assert ran.code == 2
    assert f"{main[:12]}/.leakscan.yml:1: strictt" in ran.err


def test_a_link_is_no_configuration(clone: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone.path / ".leakscan.yml").symlink_to("/etc/passwd")
    clone.commit("link")
    ran = ci(clone, monkeypatch, "--config-from", clone.head())
    assert ran.code == 2
    assert "not a regular file" in ran.err


def test_a_commit_that_is_not_there_is_refused(clone: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ci(clone, monkeypatch, "--config-from", "nowhere").code == 3
    assert ci(clone, monkeypatch, "--config-from", "target", "--config", "x.yml").code == 2
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    clone.git("update-ref", "-d", "refs/heads/main")
    ran = ci(clone, monkeypatch, "--base", "HEAD~2", "--config-from", "target")
    assert ran.code == 3
    assert "main is not in this clone" in ran.err


def test_a_clone_without_its_contents_is_no_pass(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.server.git("config", "uploadpack.allowFilter", "true")
    clone = scene.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    clone.git("update-ref", "--no-deref", "HEAD", scene.head)
    ran = ci(clone, monkeypatch)
    assert ran.code == 3
    assert "git fetch --refetch --no-filter" in ran.err
    whole = scene.clone(tmp_path / "whole")
    whole.git("checkout", "-q", scene.head)
    assert NEW.split("'")[1] not in ci(whole, monkeypatch).out
