"""`leakscan baseline create|update` and scans that heed what they write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gitrepo import GitRepo
from runner import Ran, leakscan
from sample_results import drawn

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
FILE = ".leakscan-baseline.json"


def key(n: int) -> str:
    return "acme_" + drawn(n, 30).decode()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "acme.yaml"
    path.write_text(PACK)
    return path


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("a.py", f"one = '{key(1)}'\ntwo = '{key(2)}'\n")
    repo.commit("first")
    return repo


def run(repo: GitRepo, pack: Path, *words: str) -> Ran:
    return leakscan(*words, "--rules", pack, "--only", "acme.*", cwd=repo.path)


def scan(repo: GitRepo, pack: Path, *words: str) -> Any:
    ran = run(repo, pack, "scan", "--format", "json", *words)
    assert ran.code == bool(ran.json["findings"]), ran.err
    return ran.json


def test_a_baseline_hides_what_is_known_until_it_changes(repo: GitRepo, pack: Path) -> None:
    ran = run(repo, pack, "baseline", "create")
    assert (ran.code, ran.out.splitlines()[0]) == (0, f"{FILE}: 2 known secrets.")
    assert scan(repo, pack, "--baseline", FILE)["stats"]["baselined"] == 2

    repo.write("moved/b.py", f"\n\n  two:   '{key(2)}'\n")
    repo.write("a.py", f"one = '{key(3)}'\n")
    found = scan(repo, pack, "--baseline", FILE)
    assert [place["path"] for f in found["findings"] for place in f["places"]] == ["a.py"]
    assert found["stats"]["baselined"] == 1


def test_the_baseline_itself_has_no_secrets(repo: GitRepo) -> None:
    assert leakscan("baseline", "create", "--confidence", "low", cwd=repo.path).code == 0
    ran = leakscan("scan", FILE, "--confidence", "low", "--format", "json", cwd=repo.path)
    assert ran.json["findings"] == []


def test_create_does_not_overwrite(repo: GitRepo, pack: Path) -> None:
    run(repo, pack, "baseline", "create")
    before = (repo.path / FILE).read_text()
    ran = run(repo, pack, "baseline", "create")
    assert ran.code == 2
    assert "baseline update" in ran.err
    assert (repo.path / FILE).read_text() == before
    assert run(repo, pack, "baseline", "create", "--force").code == 0
    assert (repo.path / FILE).read_text() != before


def test_update_tells_what_is_new_and_gone(repo: GitRepo, pack: Path) -> None:
    leakscan("baseline", "create", "--rules", pack, cwd=repo.path)
    salt = json.loads((repo.path / FILE).read_text())["salt"]
    repo.write("a.py", f"one = '{key(1)}'\nthree = '{key(3)}'\n")
    ran = leakscan("baseline", "update", "--rules", pack, cwd=repo.path)
    assert (ran.code, ran.out) == (0, f"new: 1 acme.key\ngone: 1 acme.key\n{FILE}: 2 known secrets.\n")
    assert json.loads((repo.path / FILE).read_text())["salt"] == salt


def test_update_by_a_narrower_scan_forgets_nothing(repo: GitRepo, pack: Path) -> None:
    run(repo, pack, "baseline", "create")
    repo.write("b.py", f"'{key(3)}'\n")
    ran = run(repo, pack, "baseline", "update", "b.py")
    assert "2 known secrets not found and kept all the same" in ran.out
    assert f"{FILE}: 3 known secrets." in ran.out


def test_the_configured_file_is_the_one(repo: GitRepo, pack: Path) -> None:
    repo.write(".leakscan.yml", "baseline: known.json\n")
    repo.write("known.json", "")
    (repo.path / "known.json").unlink()
    (repo.path / "sub").mkdir()
    ran = leakscan("baseline", "create", "..", "--rules", pack, "--only", "acme.*", cwd=repo.path / "sub")
    assert (ran.code, ran.out) == (0, f"{Path('..') / 'known.json'}: 2 known secrets.\n")
    assert scan(repo, pack)["findings"] == []


def test_a_broken_baseline_stops_the_scan(repo: GitRepo, pack: Path) -> None:
    repo.write(FILE, '{\n"salt": 1\n}')
    for words in (("scan", "--baseline", FILE), ("baseline", "update")):
        ran = run(repo, pack, *words)
        assert ran.code == 2
        assert f"{FILE}:2: salt: must be a text" in ran.err
        assert f"{FILE}:1: findings: missing" in ran.err
