"""`leakscan ignore`: entries of the allow-list, written, listed and taken out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from gitrepo import GitRepo
from runner import leakscan

from leakscan.config.parse import parse_config
from leakscan.rulepack.template import fill

KEY, OTHER = (fill("{github-token:ghp_}", f"ignore {n}") for n in range(2))


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("a.py", f"token = '{KEY}'\n")
    repo.write("b.py", f"one = 1\ntoken = '{OTHER}'\n")
    repo.commit("first")
    return repo


def config(repo: GitRepo) -> str:
    return (repo.path / ".leakscan.yml").read_text()


def fingerprint(repo: GitRepo, file: str) -> str:
    return str(leakscan("scan", file, "--format", "json", cwd=repo.path).json["findings"][0]["fingerprint"])


def test_a_secret_is_allowed_by_its_place_and_wherever_it_goes(repo: GitRepo) -> None:
    ran = leakscan(
        "ignore", "add", "b.py:2", "--reason", "made up", "--owner", "ann", "--expires", "90d", cwd=repo.path
    )
    assert ran.code == 0
    assert OTHER not in config(repo) + ran.out
    (entry,) = parse_config(config(repo).encode(), "c", repo.path).allow
    assert (entry.reason, entry.owner, entry.expires) == ("made up", "ann", date.today() + timedelta(90))
    repo.write("moved/c.py", f"x = '{OTHER}'\n")
    assert leakscan("scan", "b.py", "moved", cwd=repo.path).code == 0
    assert leakscan("scan", cwd=repo.path).code == 1
    # Another secret in the same place is not allowed.
    repo.write("b.py", f"one = 1\ntoken = '{KEY}'\n")
    assert leakscan("scan", "b.py", cwd=repo.path).code == 1


def test_it_can_be_bound_to_a_path(repo: GitRepo) -> None:
    mark = fingerprint(repo, "a.py")
    assert leakscan("ignore", "add", mark, "--reason", "x", "--path", "tests/", cwd=repo.path).code == 0
    repo.write("tests/a.py", f"token = '{KEY}'\n")
    assert leakscan("scan", "tests", cwd=repo.path).code == 0
    assert leakscan("scan", "a.py", cwd=repo.path).code == 1


def test_why_and_who_are_shown_where_it_counts(repo: GitRepo) -> None:
    leakscan("ignore", "add", "a.py:1", "--reason", "made up", "--owner", "ann", cwd=repo.path)
    ran = leakscan("ignore", "list", cwd=repo.path)
    assert ran.code == 0
    assert "active" in ran.out
    assert "made up (ann)" in ran.out
    assert "made up (ann)" in leakscan("explain", "a.py", cwd=repo.path).out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("a.py:2", "--reason", "x"), 2, "leakscan explain a.py:2"),
        (("nowhere.py:1", "--reason", "x"), 2, "neither a fingerprint"),
        (("a.py:1", "--reason", " "), 2, "reason"),
        (("a.py:1",), 2, "--reason"),
        (("a.py:1", "--reason", "x", "--expires", "2001-01-01"), 2, "over already"),
        (("a.py:1", "--reason", "x", "--expires", "soon"), 2, "no date"),
        (("a.py:1", "--reason", "x", "--rule", "github.pat-clasic"), 2, 'did you mean "github.pat-classic"'),
        (("a.py:1", "--reason", "x", "--path", "# all"), 2, "comment"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    repo: GitRepo, words: tuple[str, ...], code: int, said: str
) -> None:
    ran = leakscan("ignore", "add", *words, cwd=repo.path)
    assert ran.code == code
    assert said in ran.err
    assert not (repo.path / ".leakscan.yml").exists()


def test_the_same_twice_is_refused(repo: GitRepo) -> None:
    assert leakscan("ignore", "add", "a.py:1", "--reason", "x", cwd=repo.path).code == 0
    before = config(repo)
    ran = leakscan("ignore", "add", "a.py:1", "--reason", "y", cwd=repo.path)
    assert ran.code == 2
    assert "is allowed already: x" in ran.err
    assert config(repo) == before


def test_what_expired_or_allows_nothing_is_reported_and_pruned(repo: GitRepo) -> None:
    mark = fingerprint(repo, "a.py")
    repo.write(
        ".leakscan.yml",
        f"allow:\n- fingerprint: {mark}\n  reason: in use\n"
        f"# about the old one\n- fingerprint: {'0' * 32}\n  reason: long gone\n"
        f"- path: b.py\n  reason: over\n  expires: 2020-01-01\n",
    )
    said = leakscan("scan", "--history", cwd=repo.path).out
    assert "1 entry of the allow-list allowed nothing here (line 5)" in said
    assert "expired on 2020-01-01" in said
    assert "allowed nothing" not in leakscan("scan", cwd=repo.path).out  # which does not see everything
    ran = leakscan("ignore", "list", "--check", cwd=repo.path)
    assert ran.code == 1
    lines = [line for line in ran.out.splitlines() if not line.startswith(" ")]
    assert "allows 1 place" in lines[0]
    assert "allows nothing" in lines[1]
    assert "expired on 2020-01-01" in lines[2]
    before = config(repo)
    ran = leakscan("ignore", "prune", "--dry-run", cwd=repo.path)
    assert "2 entries would go, 1 left" in ran.out
    assert config(repo) == before
    assert leakscan("ignore", "prune", cwd=repo.path).code == 0
    assert config(repo) == f"allow:\n- fingerprint: {mark}\n  reason: in use\n# about the old one\n"
    assert leakscan("ignore", "list", "--check", cwd=repo.path).code == 0


def test_an_entry_for_what_only_history_has_is_not_stale(repo: GitRepo) -> None:
    leakscan("ignore", "add", "a.py:1", "--reason", "rotated", cwd=repo.path)
    repo.git("rm", "-q", "a.py")
    repo.commit("gone")
    assert leakscan("ignore", "list", "--check", cwd=repo.path).code == 0
    assert "0 entries taken out, 1 left" in leakscan("ignore", "prune", cwd=repo.path).out


def test_an_incomplete_scan_calls_nothing_stale(repo: GitRepo) -> None:
    repo.write(".leakscan.yml", f"allow: [{{fingerprint: {'0' * 32}, reason: who knows}}]\n")
    repo.lose(repo.oid("HEAD:b.py"))
    assert leakscan("ignore", "list", "--check", cwd=repo.path).code == 3
    ran = leakscan("ignore", "prune", cwd=repo.path)
    assert ran.code == 3
    assert "who knows" in config(repo)
