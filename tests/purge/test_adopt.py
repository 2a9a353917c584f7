"""A collaborator's clone comes over to the new history with all that is its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from gitrepo import GitRepo
from purge_scene import SECRET, Scene, scene

from leakscan.git import remote
from leakscan.git.repository import Repository
from leakscan.purge import act, adopt, known, plan, push, push_compare
from leakscan.purge.check_clone import Candidate, check
from leakscan.purge.cleanup import cleanup
from leakscan.purge.model import CHANGED, REFUSED, Plan, PreconditionError, PurgeError


class Two(NamedTuple):
    """Somebody who purged and pushed, and somebody who did not know."""

    s: Scene
    plan: Plan
    moves: dict[str, str]
    mine: GitRepo

    @property
    def repo(self) -> Repository:
        return Repository.open(self.mine.path)


@pytest.fixture
def two(tmp_path: Path) -> Two:
    s = scene(tmp_path, run=False)
    mine = GitRepo.clone(s.server, tmp_path / "mine")
    mine.write("mine.txt", "unpublished\n")
    mine.commit("mine, on the old main")
    mine.git("checkout", "-q", "-b", "topic", "origin/side")
    mine.write("topic.txt", "clean\n")
    mine.commit("untouched by the leak")
    mine.git("checkout", "-q", "main")
    mine.write("readme", "work in progress\n")
    mine.stash()
    mine.write("readme", "more of it\n")
    mine.stash()
    made = plan.make(s.repo, plan.Request(secrets=(plan.Given(SECRET, "github.pat-classic"),)))
    act.run(s.repo, made.plan, backup=False)
    with open(made.state.file("commit-map")) as file:
        moves = known.moves(made.plan, known.parse_map(file.read()))
    target = remote.server(s.repo, "origin")
    found = push_compare.compare(s.repo, made.plan, moves, remote.ls_remote(s.repo, target))
    assert not push.push(s.repo, target, found, moves).refused
    return Two(s, made.plan, moves, mine)


def nothing() -> list[Candidate]:
    raise AssertionError("no scan is needed: the secret stands where the plan says")


def do(t: Two) -> adopt.Adopted:
    secrets = adopt.secrets_of(t.repo, t.plan, (), nothing)
    done = adopt.adopt(t.repo, t.plan, secrets, {})
    act.run(t.repo, done.made.plan, secrets=secrets, backup=False)
    return done


@pytest.mark.parametrize("fetched", [False, True], ids=["before fetching", "after fetching"])
def test_same_new_ids_and_own_work_comes_along(two: Two, fetched: bool) -> None:
    base, leak, last = two.s.old
    topic, before = two.mine.oid("topic"), two.mine.oid("main")
    if fetched:
        two.mine.git("fetch", "-q", "origin", "--force", "--tags")
    done = do(two)
    assert two.mine.oid("main~1") == two.moves[last]
    assert two.mine.oid("origin/main") == two.moves[last]
    assert two.mine.oid("origin/old") == two.moves[leak]
    assert two.mine.oid("v1") == two.s.server.oid("v1")
    assert two.mine.oid("topic") == topic
    assert two.mine.git("log", "-1", "--format=%an %ad %s", "main") == two.mine.git(
        "log", "-1", "--format=%an %ad %s", before
    )
    # mine, and two stashes with their indexes
    assert (done.shared, done.own) == (2, 5)
    assert two.mine.git("status", "--porcelain") == ""
    two.mine.git("stash", "pop", "-q")
    assert (two.mine.path / "readme").read_text() == "more of it\n"
    two.mine.git("checkout", "-q", "readme")
    two.mine.git("stash", "pop", "-q")
    assert (two.mine.path / "readme").read_text() == "work in progress\n"
    assert two.mine.oid("main~3") == base
    assert check(two.repo, known.banned(two.plan)).reachable is False


def test_afterwards_a_plain_push_is_enough(two: Two) -> None:
    do(two)
    two.mine.git("push", "-q", "origin", "main", "topic")
    assert two.s.server.oid("refs/heads/main") == two.mine.oid("main")


def test_a_second_time_there_is_nothing_to_do(two: Two) -> None:
    do(two)
    secrets = adopt.secrets_of(two.repo, two.plan, (SECRET,), nothing)
    assert adopt.adopt(two.repo, two.plan, secrets, {}).made.plan.is_empty


def test_it_can_be_undone(two: Two) -> None:
    before = two.mine.git("for-each-ref")
    done = do(two)
    act.undo(two.repo, done.made.plan)
    assert two.mine.git("for-each-ref") == before


def test_a_secret_that_is_nowhere_is_asked_for(two: Two) -> None:
    handed = replace(two.plan, secrets=(replace(two.plan.secrets[0], object="0" * 40),))
    with pytest.raises(PreconditionError, match="--secret-stdin"):
        adopt.secrets_of(two.repo, handed, (b"not it",), list)
    assert adopt.secrets_of(two.repo, handed, (b"not it", SECRET), nothing) == [SECRET]
    scanned = [Candidate("x", b"y" * len(SECRET)), Candidate("github.pat-classic", SECRET)]
    assert adopt.secrets_of(two.repo, handed, (), lambda: scanned) == [SECRET]


def test_other_ids_than_planned_are_refused(two: Two) -> None:
    handed = replace(two.plan, token="something else")
    before = two.mine.git("for-each-ref")
    with pytest.raises(PurgeError, match="would become others") as error:
        adopt.adopt(two.repo, handed, [SECRET], {})
    assert error.value.exit_code == CHANGED
    assert two.mine.git("for-each-ref") == before


def test_another_repository_is_refused(two: Two, tmp_path: Path) -> None:
    other = GitRepo.init(tmp_path / "unrelated")
    other.write("x", b"TOKEN=" + SECRET + b"\n")
    other.commit("also leaked here")
    with pytest.raises(PurgeError, match="another repository") as error:
        adopt.adopt(Repository.open(other.path), two.plan, [SECRET], {})
    assert error.value.exit_code == REFUSED


def test_a_leak_of_ones_own_goes_as_well(two: Two) -> None:
    two.mine.write("notes.txt", b"do not lose " + SECRET + b"\n")
    two.mine.commit("copied it")
    do(two)
    assert SECRET not in two.mine.run("show", "main:notes.txt")
    assert (
        two.mine.oid("origin/main") == two.moves[two.s.old[2]]
        or two.mine.oid("main~2") == two.moves[two.s.old[2]]
    )


def test_who_has_pulled_both_histories_into_one_gets_clean_as_well(two: Two) -> None:
    two.mine.git("fetch", "-q", "origin", "--force", "--tags")
    two.mine.merge("origin/main", files={"app.env": b"TOKEN=" + SECRET + b"\n"})
    done = do(two)
    assert two.mine.oid("main^2") == two.moves[two.s.old[2]]
    assert two.mine.git("merge-base", "main", "origin/main") == two.moves[two.s.old[2]]
    assert SECRET not in two.mine.run("show", "main:app.env")
    assert two.mine.git("ls-files", "--resolve-undo"), "the index remembers both sides of the conflict"
    assert cleanup(two.repo, done.made.plan, secrets=[SECRET]).clean
    assert check(two.repo, known.banned(two.plan)).clean
