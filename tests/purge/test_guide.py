"""The guide on a real (pseudo) terminal, against a real server."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purge_scene import SECRET, Scene, scene
from purge_terminal import Answer, Terminal, talk
from runner import leakscan

from leakscan.git.repository import Repository
from leakscan.purge import status
from leakscan.purge.guide import NAMES, STEPS, following
from leakscan.purge.model import UNFINISHED
from leakscan.purge.state import State

SESSION = Path(__file__).parents[2] / "docs" / "purge-session.txt"

ROTATE = r"Have you revoked it\? \[y/N/later\]"
BACKUP, WHERE = r"Make it\? \[Y/n\]", r"Where\? \[[^]]*\]"
TYPE = r"Type ([0-9a-f]{12}) to go on, anything else to stop:"
FILES = r"Where shall the files go\? \[[^]]*\]"


def plan_id(shown: str) -> str:
    """The id that is asked for last."""
    found: str = re.findall(TYPE, shown)[-1]
    return found


PREPARED: list[tuple[str, Answer]] = [(ROTATE, "y"), (BACKUP, ""), (WHERE, "")]
DONE: list[tuple[str, Answer]] = [(TYPE, plan_id), (TYPE, plan_id), (TYPE, plan_id), (FILES, "")]


def guide(clone: GitRepo, answers: list[tuple[str, Answer]], *, fresh: bool = False) -> Terminal:
    kept = {"LEAKSCAN_CACHE_DIR": os.environ["LEAKSCAN_CACHE_DIR"], "HOME": str(clone.path.parent)}
    return talk(["purge"], clone.path, clone.environment() | kept, answers, fresh=fresh)


def home(tmp_path: Path) -> Scene:
    s = scene(tmp_path, run=False, extra={"refs/pull/7/head": "old"})
    s.clone.git("prune", "--expire=now")
    return s


def surviving(repo: GitRepo) -> bool:
    """Whether any object or file of the repository still has the secret."""
    objects = repo.run("cat-file", "--batch-all-objects", "--batch", "--unordered")
    git = Path(repo.git("rev-parse", "--absolute-git-dir"))
    return SECRET in objects or any(SECRET in p.read_bytes() for p in git.rglob("*") if p.is_file())


def test_from_finding_to_clean(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    s = home(tmp_path)
    ran = guide(s.clone, [*PREPARED, *DONE], fresh=True)
    assert ran.code == 0, ran.shown
    assert SECRET.decode() not in ran.shown
    assert not surviving(s.clone)
    for branch in ("main", "side", "old"):
        assert s.server.oid(f"refs/heads/{branch}") == s.clone.oid(f"refs/heads/{branch}")
    assert s.server.oid("refs/heads/side") == s.old[0]
    assert s.server.oid("refs/heads/main") != s.old[2]
    assert "#7" in (tmp_path / "clone.purge-handoff" / "ticket-other.md").read_text()
    assert (s.clone.path / "app.env").read_text() == "TOKEN=***REMOVED***\n"
    assert s.clone.git("status", "--porcelain") == ""

    session = "$ leakscan purge\n" + normalised(ran.shown, tmp_path)
    if request.config.getoption("--regenerate"):
        SESSION.write_text(session)
    assert session == SESSION.read_text(), "run this test with --regenerate, and look at the difference"


def normalised(shown: str, tmp_path: Path) -> str:
    """Without what differs from run to run."""
    text = shown.replace(str(tmp_path), "~").replace(
        plan_id(shown), "7f3a5c0e91d2"
    )  # ids name what a plan can hold
    text = re.sub(r"and \d+ other files", "and 30 other files", text)  # as git's templates have it
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def test_it_goes_on_where_it_was_left(tmp_path: Path) -> None:
    s = home(tmp_path)
    before = s.clone.git("for-each-ref")
    first = guide(s.clone, [(ROTATE, "later"), (BACKUP, "n"), (TYPE, "no")])
    assert first.code == 3
    assert s.clone.git("for-each-ref") == before
    second = guide(s.clone, [(r"Go on with it\? \[Y/n\]", ""), (TYPE, plan_id), (TYPE, "q")])
    assert second.code == UNFINISHED
    assert s.clone.git("for-each-ref") != before
    third = guide(s.clone, [(TYPE, plan_id), (TYPE, "")])
    assert "5 of 9" not in third.shown
    assert not surviving(s.clone)
    fourth = guide(s.clone, DONE[2:])
    assert fourth.code == 0
    assert "the secret still works" in fourth.shown.lower(), "it has not been revoked"
    assert status.status(Repository.open(s.clone.path))[0].phase == "clean"
    fifth = guide(s.clone, [])
    assert "No secret was found in any" in fifth.shown
    assert fifth.code == 0


def test_who_just_presses_enter_changes_nothing(tmp_path: Path) -> None:
    s = home(tmp_path)
    before = s.clone.git("for-each-ref"), s.server.git("for-each-ref")
    ran = guide(s.clone, [(ROTATE, ""), (r"Go on all the same\? \[y/N\]", "")])
    assert ran.code == 3
    assert "Nothing in this repository was changed" in ran.shown
    ran = guide(s.clone, [*PREPARED, (TYPE, "")])
    assert ran.code == 3
    assert (s.clone.git("for-each-ref"), s.server.git("for-each-ref")) == before


def test_several_findings_are_chosen_by_number(tmp_path: Path) -> None:
    from leakscan.rulepack.template import fill

    s = home(tmp_path)
    other = fill("{github-token:gho_}", "another")
    s.clone.write("other.env", f"GH={other}\n")
    s.clone.commit("another")
    which = r"Which ones\? [^:]*:"
    assert guide(s.clone, [(which, "")]).code == 3

    def github(shown: str) -> str:
        found = re.search(r"Secret (\d): [^\n]* gho_", shown)
        assert found is not None
        return found[1]

    ran = guide(
        s.clone, [(which, "9"), (which, github), (ROTATE, "y"), (BACKUP, "n"), (TYPE, plan_id), (TYPE, "q")]
    )
    assert ran.code == UNFINISHED
    s.clone.git("grep", "-q", SECRET.decode(), "main")
    assert s.clone.git("grep", other, "main", check=False) == ""


def test_what_stands_in_the_way_is_said_with_its_way_out(tmp_path: Path) -> None:
    s = home(tmp_path)
    (s.clone.path / ".git" / "MERGE_HEAD").write_text(s.old[0] + "\n")
    ran = guide(s.clone, [(ROTATE, "y"), (BACKUP, "n")])
    assert ran.code == 3
    assert "way out" in ran.shown


def test_uncommitted_work_is_carried_along_if_wanted(tmp_path: Path) -> None:
    s = home(tmp_path)
    s.clone.write("readme", "unsaved work\n")
    carry = r"Carry uncommitted changes and linked work trees along\? \[y/N\]"
    assert guide(s.clone, [(ROTATE, "y"), (BACKUP, "n"), (carry, "")]).code == 3
    ran = guide(s.clone, [(BACKUP, "n"), (carry, "y"), (TYPE, plan_id), (TYPE, "q")])
    assert ran.code == UNFINISHED, ran.shown
    assert (s.clone.path / "readme").read_text() == "unsaved work\n"
    assert s.clone.git("status", "--porcelain") == "M readme"


def test_a_plan_that_is_out_of_date_is_put_aside(tmp_path: Path) -> None:
    s = home(tmp_path)
    assert guide(s.clone, [(ROTATE, "y"), (BACKUP, "n"), (TYPE, "")]).code == 3
    s.clone.write("later.txt", "x\n")
    s.clone.commit("after the plan")
    ran = guide(s.clone, [(BACKUP, "n"), (TYPE, "q")])
    assert "is put aside" in ran.shown
    assert ran.code == 3


def test_what_was_interrupted_comes_first(tmp_path: Path) -> None:
    s = home(tmp_path)
    assert guide(s.clone, [(ROTATE, "y"), (BACKUP, "n"), (TYPE, plan_id), (TYPE, "q")]).code == UNFINISHED
    repo = Repository.open(s.clone.path)
    state = State(repo, status.status(repo)[0].plan_id)
    state.note(phase="moving")
    adopted = leakscan("purge", "adopt", state.path.decode() + "/plan.json", cwd=s.clone.path)
    assert adopted.code == 3
    assert "leakscan purge run" in adopted.err
    ran = guide(s.clone, [(TYPE, plan_id), (TYPE, "q")])
    assert "was interrupted; next is: run" in ran.shown
    assert ran.code == UNFINISHED


def test_somebody_who_pushed_meanwhile_stops_the_push(tmp_path: Path) -> None:
    s = home(tmp_path)
    other = GitRepo.clone(s.server, tmp_path / "other")
    other.write("x.txt", "x\n")
    theirs = other.commit("in between")
    other.git("push", "-q", "origin", "HEAD:main")
    ran = guide(s.clone, [*PREPARED, *DONE[:2]])
    assert ran.code == 4
    assert "refs/heads/main" in ran.shown
    assert s.server.oid("refs/heads/main") == theirs


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    s = home(tmp_path)
    ran = leakscan("purge", cwd=s.clone.path)
    assert ran.code == 2
    assert "no terminal" in ran.err
    ran = leakscan("purge", "push", "nothing", cwd=s.clone.path)
    assert ran.code == 2


def test_every_phase_has_a_next_step(tmp_path: Path) -> None:
    assert [step.name for step in STEPS] == list(NAMES)
    assert following(None, ()) == "find"
    assert following("planned", ()) == "run"
    assert following("moving", ()) == "run"
    assert following("moved", ()) == "verify"
    assert following("moved", ("verify",)) == "cleanup"
    assert following("clean", ("verify", "push")) == "handoff"
    assert following("clean", ("push", "handoff")) is None
