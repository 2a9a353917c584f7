"""What `find` and `rotate` say of each secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gitrepo import GitRepo
from purge_scene import SECRET
from runner import leakscan

from leakscan.git.repository import Repository
from leakscan.model.errors import UsageError
from leakscan.purge import rotate


def only(repo: GitRepo) -> dict[str, Any]:
    """The one secret that is found, which is nowhere shown."""
    ran = leakscan("purge", "find", "--rule", "github.pat-classic", "--json", cwd=repo.path)
    text = leakscan("purge", "find", "--rule", "github.pat-classic", cwd=repo.path)
    assert SECRET.decode() not in ran.out + text.out
    (found,) = ran.json["candidates"]
    return dict(found)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo.init(tmp_path / "r")
    made.write("a.txt", "a\n")
    made.commit("first")
    return made


def test_messages_tags_branches_and_names_are_homes(repo: GitRepo) -> None:
    leak = repo.commit(f"use {SECRET.decode()}")
    repo.git("tag", "-a", "v1", "-m", SECRET)
    repo.git("branch", f"try-{SECRET.decode()}")
    repo.write(f"dir/{SECRET.decode()}.txt", "x\n")
    repo.commit("named after it")
    found = only(repo)
    assert {"message", "tag", "ref name", "file name"} <= set(found["homes"])
    assert leak in found["first_commits"]
    assert found["commits"] == 2
    assert found["reach"] == "unpushed"
    assert any("REMOVED" in path for path in found["paths"])


def test_what_is_not_committed_needs_no_purge(repo: GitRepo) -> None:
    repo.write("a.txt", b"TOKEN=" + SECRET + b"\n")
    assert only(repo)["reach"] == "uncommitted"
    assert "nothing has to be purged" in leakscan("purge", "find", cwd=repo.path).out


def test_what_nothing_leads_to_is_told_apart(repo: GitRepo) -> None:
    base = repo.head()
    repo.write("a.txt", b"TOKEN=" + SECRET + b"\n")
    repo.commit("leak")
    repo.git("reset", "-q", "--hard", base)
    found = only(repo)
    assert (found["reach"], found["commits"]) == ("unreachable", 0)
    assert "gc" in leakscan("purge", "find", cwd=repo.path).out


def test_a_stash_is_reached(repo: GitRepo) -> None:
    repo.write("a.txt", b"TOKEN=" + SECRET + b"\n")
    repo.stash()
    found = only(repo)
    assert found["reach"] == "unpushed"
    assert found["refs"] == {"stash": 1}


def test_a_finding_is_named_by_the_start_of_its_fingerprint(repo: GitRepo) -> None:
    repo.write("a.txt", b"TOKEN=" + SECRET + b"\n")
    repo.commit("leak")
    fingerprint = only(repo)["fingerprint"]
    assert leakscan("purge", "find", "--finding", fingerprint[:8], cwd=repo.path).code == 1
    ran = leakscan("purge", "find", "--finding", "0" * 32, cwd=repo.path)
    assert ran.code == 2
    assert "0 findings" in ran.err


def test_answers_are_kept_and_the_worst_counts(repo: GitRepo) -> None:
    here = Repository.open(repo.path)
    assert rotate.overall(rotate.answers(here, ["a", "b"])) == ""
    rotate.record(here, ["a"], "yes", "2024-01-01T00:00:00+00:00")
    assert rotate.overall(rotate.answers(here, ["a"])) == "yes"
    assert rotate.overall(rotate.answers(here, ["a", "b"])) == ""
    rotate.record(here, ["b"], "later", "2024-01-01T00:00:00+00:00")
    assert rotate.overall(rotate.answers(here, ["a", "b"])) == "later"
    file = repo.path / ".git" / "leakscan" / "rotation.json"
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError):
        rotate.record(here, ["a"], "maybe", "")
    file.write_text("[]")
    with pytest.raises(UsageError, match="damaged"):
        rotate.answers(here, ["a"])


def test_every_rule_has_steps_or_the_general_ones() -> None:
    from leakscan.cli.purge_rotate import described

    rules = described()
    for rule_id in rules:
        advice = rotate.one("f", rule_id, "x********", rules)
        assert advice.steps, rule_id
        assert rotate.lines(advice)[0].startswith(rules[rule_id].name)
    assert rotate.one("", "", "x********", rules).name == "secret given by hand"
