"""The commands around the engine, as a script calls them: find to handoff, and what collaborators do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gitrepo import GitRepo
from purge_scene import SECRET, Scene, scene
from runner import Ran, leakscan

from leakscan.purge.model import CHANGED, PUSH_FAILED, REFUSED, SURVIVES


def purge(clone: GitRepo, *words: str | Path, stdin: bytes = b"") -> Ran:
    """One step, which never shows the secret."""
    ran = leakscan("purge", *words, cwd=clone.path, stdin=stdin)
    assert SECRET.decode() not in ran.out + ran.err
    return ran


@pytest.fixture
def s(tmp_path: Path) -> Scene:
    made = scene(tmp_path, run=False, extra={"refs/pull/7/head": "old", "refs/pull/8/head": "side"})
    made.clone.git("prune", "--expire=now")
    return made


def planned(s: Scene, tmp_path: Path, *, run: bool = True) -> tuple[str, Path]:
    """A plan's id and its file; carried out if `run`."""
    file = tmp_path / "plan.json"
    ran = purge(s.clone, "plan", "--rule", "github.pat-classic", "--json", "-o", file)
    assert ran.code == 0, ran.out + ran.err
    plan_id: str = ran.json["plan_id"]
    if run:
        ran = purge(s.clone, "run", file, "--yes", "--confirm", plan_id, "--no-backup", "--json")
        assert ran.code == 0, ran.out + ran.err
    return plan_id, file


def yes(plan_id: str) -> tuple[str, ...]:
    return ("--yes", "--confirm", plan_id, "--json")


def test_the_whole_way(s: Scene, tmp_path: Path) -> None:
    stale = GitRepo.clone(s.server, tmp_path / "stale")
    stale.write("mine.txt", "mine\n")
    stale.commit("mine")

    found = purge(s.clone, "find", "--json")
    assert found.code == 1
    candidate = next(c for c in found.json["candidates"] if c["rule"] == "github.pat-classic")
    assert (candidate["commits"], candidate["commits_total"], candidate["reach"]) == (2, 3, "pushed")
    assert candidate["first_commits"] == [s.old[1]]
    assert candidate["refs"] == {"heads": 2, "remotes": 2, "tags": 1}
    assert "plan --finding " + candidate["fingerprint"] in purge(s.clone, "find").out

    rotated = purge(
        s.clone, "rotate", "--finding", candidate["fingerprint"][:12], "--answer", "later", "--json"
    )
    assert rotated.json["rotated"] == "later"
    assert rotated.json["secrets"][0]["url"] == "https://github.com/settings/tokens"

    file = tmp_path / "plan.json"
    plan_id = purge(s.clone, "plan", "--finding", candidate["fingerprint"], "--json", "-o", file).json[
        "plan_id"
    ]
    assert SECRET not in file.read_bytes()
    assert purge(s.clone, "push", file, *yes(plan_id)).code == REFUSED, "it has not been run"
    assert purge(s.clone, "run", file, "--no-backup", *yes(plan_id)).code == 0

    dry = purge(s.clone, "push", file, "--dry-run", "--json")
    assert dry.code == 0
    assert [u["ref"] for u in dry.json["updates"]] == ["refs/heads/main", "refs/heads/old", "refs/tags/v1"]
    assert [(h["ref"], h["state"]) for h in dry.json["hidden"]] == [
        ("refs/pull/7/head", "old"),
        ("refs/pull/8/head", "clean"),
    ]
    assert s.server.oid("refs/heads/main") == s.old[2]

    assert purge(s.clone, "cleanup", file, *yes(plan_id)).json["clean"] is True
    pushed = purge(s.clone, "push", file, *yes(plan_id))
    assert pushed.code == 0
    assert len(pushed.json["pushed"]) == 3
    assert s.server.oid("refs/heads/main") == s.clone.oid("main")
    assert purge(s.clone, "push", file, *yes(plan_id)).json["updates"] == []

    handed = purge(s.clone, "handoff", file, "--host", "github", "--out", tmp_path / "out", "--json")
    assert handed.json["requests"] == ["7"]
    for written in (tmp_path / "out").iterdir():
        assert SECRET not in written.read_bytes()
    assert "Number of affected pull requests: 1" in (tmp_path / "out" / "ticket-github.md").read_text()
    assert "NOT been replaced" in (tmp_path / "out" / "message.md").read_text()

    banned = tmp_path / "out" / "banned-ids"
    assert (
        purge(s.server, "guard", "install", "--banned", banned, "--json").json["hook"].endswith("pre-receive")
    )
    stale.git("push", "-q", "--force", "origin", "main", check=False)
    assert s.server.oid("refs/heads/main") == s.clone.oid("main"), "the guard has kept it out"
    assert purge(stale, "guard", "check", "--banned", banned).code == SURVIVES
    assert purge(s.clone, "guard", "check", "--plan", file, "main", "v1").code == 0

    handed_plan = tmp_path / "out" / "plan.json"
    checked = purge(stale, "check-clone", handed_plan, "--json")
    assert checked.code == SURVIVES
    assert (checked.json["commits"], checked.json["blobs"], checked.json["reachable"]) == (2, 1, True)
    assert checked.json["secrets"]
    assert "adopt" in purge(stale, "check-clone", handed_plan).out

    stale.git("fetch", "-q", "--force", "--tags", "origin")
    dry = purge(stale, "adopt", handed_plan, "--dry-run", "--json")
    assert (dry.code, dry.json["dry_run"]) == (0, True)
    assert stale.oid("main~1") == s.old[2]
    adopted = purge(stale, "adopt", handed_plan, "--no-backup", *yes(plan_id))
    assert adopted.code == 0, adopted.out
    assert (adopted.json["shared"], adopted.json["own_commits"]) == (2, 1)
    assert stale.oid("main~1") == s.clone.oid("main")
    assert "gc --prune=now" in purge(stale, "check-clone", handed_plan, "--no-scan").out
    own = adopted.json["plan_id"]
    assert purge(stale, "cleanup", own, *yes(own)).code == 0
    assert purge(stale, "check-clone", handed_plan).code == 0
    stale.git("push", "-q", "origin", "main")
    assert s.server.oid("refs/heads/main") == stale.oid("main")
    assert "Nothing to do" in purge(stale, "adopt", handed_plan, "--secret-stdin", stdin=SECRET + b"\n").out


def test_what_no_rule_finds_is_found_by_its_value_or_path(s: Scene) -> None:
    found = purge(s.clone, "find", "--secret-stdin", "--json", stdin=SECRET + b"\n")
    assert found.code == 1
    assert found.json["counts"]["commits_rewritten"] == 2
    assert purge(s.clone, "find", "--path", "readme", "--json").json["counts"]["commits_rewritten"] == 3
    assert purge(s.clone, "find", "--secret-stdin", stdin=b"never there\n").code == 0
    assert purge(s.clone, "find", "--path", "no-such-file").code == 0
    assert "1 blobs" in purge(s.clone, "find", "--secret-stdin", stdin=SECRET + b"\n").out
    assert purge(s.clone, "status", "--json").json.get("plans", []) == [], "nothing is left behind"


def test_drift_is_told_and_the_server_is_left_alone(s: Scene, tmp_path: Path) -> None:
    plan_id, file = planned(s, tmp_path)
    other = GitRepo.clone(s.server, tmp_path / "other")
    other.write("x.txt", "x\n")
    other.commit("in between")
    other.git("push", "-q", "origin", "HEAD:main")
    before = s.server.git("for-each-ref")
    ran = purge(s.clone, "push", file, *yes(plan_id))
    assert ran.code == CHANGED
    assert ran.json["exit_code"] == CHANGED
    assert "refs/heads/main" in ran.json["error"]
    assert s.server.git("for-each-ref") == before

    s.clone.git("fetch", "-q", "origin")
    again, file = planned(s, tmp_path)
    assert again != plan_id
    ran = purge(s.clone, "push", file, *yes(again))
    assert ran.code == 0, ran.out
    assert SECRET not in s.server.run("show", "refs/heads/main:app.env")
    assert s.server.git("show", "refs/heads/main:x.txt") == "x"
    tips = s.server.git("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/tags").split()
    assert not set(tips) & {*s.old[1:], *s.plan.tags}, "what the first plan has moved is pushed as well"


def test_a_refusal_is_told_ref_by_ref(s: Scene, tmp_path: Path) -> None:
    s.server.git("config", "receive.denyNonFastForwards", "true")
    plan_id, file = planned(s, tmp_path)
    ran = purge(s.clone, "push", file, *yes(plan_id))
    assert ran.code == PUSH_FAILED
    assert {r["ref"] for r in ran.json["refused"]} == {"refs/heads/main", "refs/heads/old", "refs/tags/v1"}
    assert any("denyNonFastForwards" in r["hint"] for r in ran.json["refused"])
    ran = purge(s.clone, "push", file, "--yes", "--confirm", plan_id)
    assert "way out" in ran.out


def test_what_was_undone_is_not_pushed(s: Scene, tmp_path: Path) -> None:
    plan_id, file = planned(s, tmp_path)
    assert purge(s.clone, "undo", file, *yes(plan_id)).code == 0
    ran = purge(s.clone, "push", file, *yes(plan_id))
    assert ran.code == REFUSED
    assert s.server.oid("refs/heads/main") == s.old[2]


def test_nobody_is_asked_where_nobody_can_answer(s: Scene, tmp_path: Path) -> None:
    plan_id, file = planned(s, tmp_path)
    for words in ((), ("--yes",), ("--confirm", plan_id), ("--yes", "--confirm", "0" * 12)):
        ran = purge(s.clone, "push", file, *words)
        assert ran.code == 2, words
        assert plan_id in ran.err
    assert s.server.oid("refs/heads/main") == s.old[2]


def test_a_plan_is_found_by_its_id(s: Scene, tmp_path: Path) -> None:
    plan_id, _ = planned(s, tmp_path)
    assert purge(s.clone, "push", plan_id, "--dry-run", "--json").json["plan_id"] == plan_id
    assert purge(s.clone, "push", "--dry-run", "--json").json["plan_id"] == plan_id
    assert purge(s.clone, "push", "0" * 12).code == 2
    (tmp_path / "broken.json").write_text("{}")
    assert purge(s.clone, "push", tmp_path / "broken.json").code == 2


def test_a_malformed_old_commit_is_foretold(tmp_path: Path) -> None:
    """A time zone that no server takes any more is kept as it is; that a checking server refuses is known before."""
    s = scene(tmp_path, run=False)
    raw = s.clone.run("cat-file", "commit", "main").replace(b"+0000\ncommitter", b"+051800\ncommitter")
    odd = s.clone.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", input=raw)
    s.clone.git("update-ref", "refs/heads/main", odd)
    s.clone.git("push", "-q", "-f", "origin", "main")
    s.server.git("config", "receive.fsckObjects", "true")
    plan_id, file = planned(s, tmp_path)
    dry = purge(s.clone, "push", file, "--dry-run", "--json")
    assert re.search("timezone", dry.json["strict"], re.IGNORECASE)
    ran = purge(s.clone, "push", file, *yes(plan_id))
    assert ran.code == PUSH_FAILED
    assert s.server.oid("refs/heads/main") == odd
    s.server.git("config", "receive.fsck.badTimezone", "warn")
    assert purge(s.clone, "push", file, *yes(plan_id)).code == 0


def test_sha256(tmp_path: Path) -> None:
    server = GitRepo.init(tmp_path / "server.git", bare=True, object_format="sha256")
    clone = GitRepo.init(tmp_path / "clone", object_format="sha256")
    clone.write("app.env", b"TOKEN=" + SECRET + b"\n")
    leak = clone.commit("leak")
    clone.git("tag", "-a", "v1", "-m", "first")
    clone.git("remote", "add", "origin", f"file://{server.path}")
    clone.git("push", "-q", "origin", "main", "v1")
    stale = GitRepo.clone(server, tmp_path / "stale")
    file = tmp_path / "plan.json"
    plan_id = purge(clone, "plan", "--rule", "github.pat-classic", "--json", "-o", file).json["plan_id"]
    assert purge(clone, "run", file, "--no-backup", *yes(plan_id)).code == 0
    assert purge(clone, "push", file, *yes(plan_id)).code == 0
    assert server.oid("main") == clone.oid("main") != leak
    assert purge(server, "guard", "install", "--plan", file).code == 0
    stale.git("push", "-q", "--force", "origin", "main", "v1", check=False)
    assert server.oid("main") == clone.oid("main")
    assert server.oid("v1") == clone.oid("v1")
    assert purge(stale, "check-clone", file).code == SURVIVES
    assert purge(stale, "adopt", file, "--no-backup", *yes(plan_id)).code == 0
    assert stale.oid("main") == clone.oid("main")
    assert purge(clone, "handoff", file, "--out", tmp_path / "out").code == 0


def test_the_map_beside_the_plan_makes_the_ban_complete(s: Scene, tmp_path: Path) -> None:
    _, file = planned(s, tmp_path)
    assert purge(s.server, "guard", "install", "--plan", file, "--json").json["total"] == 4
    beside = Path(f"{file}.commit-map")
    beside.write_text(beside.read_text()[:82])
    assert purge(s.server, "guard", "install", "--plan", file).code == 2


def test_a_mirror_clone_goes_the_whole_way(s: Scene, tmp_path: Path) -> None:
    mirror = GitRepo.clone(s.server, tmp_path / "mirror.git", "--mirror")
    file = tmp_path / "plan.json"
    plan_id = purge(mirror, "plan", "--secret-stdin", "--json", "-o", file, stdin=SECRET + b"\n").json[
        "plan_id"
    ]
    for step in ("run", "cleanup", "push"):
        words = ("--no-backup",) if step == "run" else ()
        assert purge(mirror, step, file, *words, *yes(plan_id)).code == 0, step
    tips = s.server.git("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/tags").split()
    assert not set(tips) & {*s.old[1:], *s.plan.tags}
    assert s.server.oid("refs/pull/7/head") == s.old[1]
    assert purge(mirror, "handoff", file, "--out", tmp_path / "out", "--json").json["requests"] == ["7"]


def test_a_branch_named_after_the_secret(s: Scene, tmp_path: Path) -> None:
    name = f"fix-{SECRET.decode()}"
    s.clone.git("branch", name, "main")
    s.clone.git("push", "-q", "origin", name)
    plan_id, file = planned(s, tmp_path)
    assert purge(s.clone, "cleanup", file, *yes(plan_id)).code == 0
    ran = purge(s.clone, "push", file, *yes(plan_id))
    assert ran.code == 0, ran.out
    assert SECRET.decode() not in s.server.git("for-each-ref")
    assert s.server.oid("refs/heads/fix-REMOVED") == s.clone.oid("main")


def test_a_clone_of_one_branch_is_told_what_to_fetch(s: Scene, tmp_path: Path) -> None:
    s.server.git("update-ref", "refs/notes/x", s.server.git("commit-tree", "-m", "n", f"{s.old[0]}^{{tree}}"))
    s.server.git("branch", "extra", s.server.git("commit-tree", "-p", "main", "-m", "n", "main^{tree}"))
    single = GitRepo.clone(s.server, tmp_path / "single", "--single-branch")
    _, file = _planned_in(single, tmp_path / "one.json")
    ran = purge(single, "push", file, "--dry-run", "--json")
    assert ran.code == CHANGED
    command = re.search(r"git (fetch .*)", ran.json["error"])
    assert command is not None
    single.git(*(word.strip("'") for word in command[1].split()))
    plan_id, file = _planned_in(single, tmp_path / "two.json")
    ran = purge(single, "push", file, *yes(plan_id))
    assert ran.code == 0, ran.out
    tips = s.server.git("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/tags").split()
    assert not set(tips) & {*s.old[1:], *s.plan.tags}
    assert SECRET not in s.server.run("show", "extra:app.env")


def _planned_in(clone: GitRepo, file: Path) -> tuple[str, Path]:
    plan_id = purge(clone, "plan", "--rule", "github.pat-classic", "--json", "-o", file).json["plan_id"]
    assert purge(clone, "run", file, "--no-backup", *yes(plan_id)).code == 0
    return plan_id, file


def test_requests_that_this_clone_never_fetched_are_counted(s: Scene, tmp_path: Path) -> None:
    for number, parent in ((20, "main"), (21, "side"), (22, "old")):
        new = s.server.git("commit-tree", "-p", parent, "-m", f"request {number}", f"{parent}^{{tree}}")
        s.server.git("update-ref", f"refs/pull/{number}/head", new)
    plan_id, file = planned(s, tmp_path)
    assert purge(s.clone, "cleanup", file, *yes(plan_id)).code == 0
    assert purge(s.clone, "push", file, *yes(plan_id)).code == 0
    there = s.clone.git("count-objects", "-v")
    plain = purge(s.clone, "handoff", file, "--out", tmp_path / "a", "--json").json
    assert (plain["requests"], plain["requests_unknown"]) == (["7"], 3)
    counted = purge(s.clone, "handoff", file, "--out", tmp_path / "b", "--count-requests", "--json").json
    assert (counted["requests"], counted["requests_unknown"]) == (["7", "20", "22"], 0)
    assert s.clone.git("count-objects", "-v") == there, "nothing of it gets into the clone"
    assert sorted(p.name for p in (s.clone.path / ".git" / "leakscan").iterdir()) == ["purge"]
