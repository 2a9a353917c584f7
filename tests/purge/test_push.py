"""Pushing the new history to a real bare server."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import GitRepo
from purge_scene import SECRET, Scene, hook, scene, with_ref

from leakscan.git import remote, run
from leakscan.git.repository import Repository
from leakscan.model.errors import GitError, UsageError
from leakscan.purge import push, push_compare
from leakscan.purge.model import CHANGED, PUSH_FAILED, REFUSED, PurgeError
from leakscan.purge.push_compare import Comparison
from leakscan.purge.servers import hint


def server_of(s: Scene) -> remote.Server:
    return remote.server(s.repo, "origin")


def compare(s: Scene) -> Comparison:
    return push_compare.compare(s.repo, s.plan, s.moves, remote.ls_remote(s.repo, server_of(s)))


def do(s: Scene, *, atomic: bool = True) -> push.Pushed:
    found = compare(s)
    push.check(s.plan, found, server_of(s))
    return push.push(s.repo, server_of(s), found, s.moves, atomic=atomic)


def refs(repo: GitRepo) -> dict[str, str]:
    lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(map(str.split, lines))


def test_branches_and_tags_are_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    s = scene(tmp_path)
    before = refs(s.server)
    done = do(s)
    assert push.exit_code(done) == 0
    assert not done.refused
    after = refs(s.server)
    assert after == {name: s.moves.get(oid, oid) for name, oid in before.items()}
    assert after["refs/heads/side"] == s.old[0]
    s.server.git("gc", "-q", "--prune=now")
    objects = s.server.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    assert not set(objects) & set(s.moves)


def test_a_second_push_has_nothing_to_do(tmp_path: Path) -> None:
    s = scene(tmp_path)
    do(s)
    found = compare(s)
    assert (found.updates, found.others, found.drift, found.clean) == ((), (), (), 4)


def test_unpublished_work_is_not_published(tmp_path: Path) -> None:
    s = scene(tmp_path)
    s.clone.write("new.txt", "mine\n")
    s.clone.commit("mine")
    do(s)
    assert s.server.oid("refs/heads/main") == s.moves[s.old[2]]


def test_a_branch_that_somebody_pushed_to_stops_everything(tmp_path: Path) -> None:
    s = scene(tmp_path)
    other = GitRepo.clone(s.server, tmp_path / "other")
    other.write("x.txt", "x\n")
    other.commit("after the plan")
    other.git("push", "-q", "origin", "HEAD:main", "HEAD:extra")
    before = refs(s.server)
    found = compare(s)
    assert [(f.ref, f.why) for f in found.drift] == [
        ("refs/heads/extra", "new since the plan"),
        ("refs/heads/main", f"moved since the plan, from {s.old[2][:12]}"),
    ]
    with pytest.raises(PurgeError, match="refs/heads/extra") as error:
        push.check(s.plan, found, server_of(s))
    assert error.value.exit_code == CHANGED
    assert refs(s.server) == before


def test_the_lease_catches_a_push_in_the_very_last_moment(tmp_path: Path) -> None:
    s = scene(tmp_path)
    found = compare(s)
    other = GitRepo.clone(s.server, tmp_path / "other")
    other.write("x.txt", "x\n")
    theirs = other.commit("in between")
    other.git("push", "-q", "origin", "HEAD:main")
    before = refs(s.server)
    done = push.push(s.repo, server_of(s), found, s.moves)
    assert push.exit_code(done) == PUSH_FAILED
    assert refs(s.server) == before
    assert before["refs/heads/main"] == theirs
    assert any("fetch" in hint(a.reason) for a in done.refused)


def test_a_plan_that_was_not_run_here_is_not_pushed(tmp_path: Path) -> None:
    s = scene(tmp_path)
    fresh = GitRepo.clone(s.server, tmp_path / "fresh")
    found = push_compare.compare(
        Repository.open(fresh.path), s.plan, s.moves, remote.ls_remote(s.repo, server_of(s))
    )
    with pytest.raises(PurgeError, match="not in this clone") as error:
        push.check(s.plan, found, server_of(s))
    assert error.value.exit_code == REFUSED


HIDDEN = {"refs/pull/1/head": "old", "refs/pull/2/head": "side", "refs/merge-requests/7/head": "main"}


@pytest.mark.parametrize("hide", ["receive.hideRefs", ""])
def test_refs_of_pull_requests_are_reported_not_pushed(tmp_path: Path, hide: str) -> None:
    s = scene(tmp_path, extra=HIDDEN)
    if hide:
        s.server.git("config", "--add", hide, "refs/pull")
        s.server.git("config", "--add", hide, "refs/merge-requests")
    found = compare(s)
    assert [(h.ref, h.state) for h in found.hidden] == [
        ("refs/merge-requests/7/head", "old"),
        ("refs/pull/1/head", "old"),
        ("refs/pull/2/head", "clean"),
    ]
    assert push.exit_code(do(s)) == 0
    assert s.server.oid("refs/pull/1/head") == s.old[1]


def test_other_refs_are_pushed_apart(tmp_path: Path) -> None:
    s = scene(tmp_path, extra={"refs/custom/x": "old", "refs/private/y": "old"})
    s.server.git("config", "receive.hideRefs", "refs/private")
    done = do(s)
    assert push.exit_code(done) == PUSH_FAILED
    assert [a.update.ref for a in done.refused] == [b"refs/private/y"]
    assert "support" in hint(done.refused[0].reason)
    assert done.left == ("refs/private/y",)
    assert s.server.oid("refs/custom/x") == s.moves[s.old[1]]
    assert s.server.oid("refs/heads/main") == s.moves[s.old[2]]


PROTECT = "while read a b ref; do [ $ref = refs/heads/main ] && echo GH006: Protected branch && exit 1; done; exit 0\n"
PROTECT_ONE = '[ "$1" = refs/heads/main ] && { echo "protected branch"; exit 1; }; exit 0\n'


def test_a_refused_ref_leaves_the_server_as_it_was(tmp_path: Path) -> None:
    s = scene(tmp_path)
    hook(s.server, "update", PROTECT_ONE)
    before = refs(s.server)
    done = do(s)
    assert push.exit_code(done) == PUSH_FAILED
    assert refs(s.server) == before
    reasons = {a.update.ref.decode(): a.reason for a in done.refused}
    assert set(reasons) == {"refs/heads/main", "refs/heads/old", "refs/tags/v1"}
    assert "hook" in reasons["refs/heads/main"]
    assert "protected branch" in done.said
    assert "allow force pushes" in hint(reasons["refs/heads/main"], done.said)
    assert "--no-atomic" in hint(reasons["refs/heads/old"], done.said)


def test_without_atomic_the_others_go_through(tmp_path: Path) -> None:
    s = scene(tmp_path)
    hook(s.server, "update", PROTECT_ONE)
    done = do(s, atomic=False)
    assert push.exit_code(done) == PUSH_FAILED
    assert [a.update.ref for a in done.refused] == [b"refs/heads/main"]
    assert done.left == ("refs/heads/main",)
    assert s.server.oid("refs/tags/v1") == s.moves[s.plan.refs[-1].old]


def test_a_hook_that_refuses_all(tmp_path: Path) -> None:
    s = scene(tmp_path)
    hook(s.server, "pre-receive", PROTECT)
    before = refs(s.server)
    done = do(s)
    assert len(done.refused) == 3
    assert refs(s.server) == before


def test_a_server_without_atomic_pushes_is_pushed_to_ref_by_ref(tmp_path: Path) -> None:
    s = scene(tmp_path)
    s.server.git("config", "receive.advertiseAtomic", "false")
    assert push.exit_code(do(s)) == 0
    assert s.server.oid("refs/heads/main") == s.moves[s.old[2]]


def test_a_server_that_forbids_force_pushes_is_named(tmp_path: Path) -> None:
    s = scene(tmp_path)
    s.server.git("config", "receive.denyNonFastForwards", "true")
    done = do(s)
    assert len(done.refused) == 3
    assert any("denyNonFastForwards" in hint(a.reason) for a in done.refused)


def test_a_server_that_checks_objects_is_named(tmp_path: Path) -> None:
    """A malformed time zone that was let in once is kept, and is refused as a new object."""
    s = scene(tmp_path)
    s.server.git("config", "receive.fsckObjects", "true")
    raw = s.clone.run("cat-file", "commit", s.moves[s.old[2]]).replace(b"+0000", b"+051800")
    odd = s.clone.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", input=raw)
    s.moves[s.old[2]] = odd
    before = refs(s.server)
    done = do(s)
    assert push.exit_code(done) == PUSH_FAILED
    assert "receive.fsckObjects" in hint(done.refused[0].reason, done.said)
    assert refs(s.server) == before


def test_a_branch_named_after_the_secret_is_deleted_there(tmp_path: Path) -> None:
    s = scene(tmp_path)
    name = f"refs/heads/try-{SECRET.decode()}"
    s.server.git("update-ref", name, s.old[1])
    s.plan = with_ref(s.plan, "refs/heads/try-REMOVED", s.old[1], s.moves[s.old[1]], renamed=True)
    done = do(s)
    assert push.exit_code(done) == 0
    now = refs(s.server)
    assert name not in now
    assert now["refs/heads/try-REMOVED"] == s.moves[s.old[1]]


def test_no_name_that_has_the_secret_is_shown(tmp_path: Path) -> None:
    s = scene(tmp_path)
    other = GitRepo.clone(s.server, tmp_path / "other")
    other.write("x.txt", "x\n")
    other.commit("after the plan")
    other.git("push", "-q", "origin", f"HEAD:refs/heads/a-{SECRET.decode()}-b")
    assert [f.ref for f in compare(s).drift] == ["refs/heads/a-REMOVED-b"]


def test_a_ref_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    s = scene(tmp_path)
    s.server.git("update-ref", "-d", "refs/heads/old")
    found = compare(s)
    assert found.gone == ("refs/heads/old",)
    assert push.exit_code(do(s)) == 0
    assert "refs/heads/old" not in refs(s.server)


def test_a_dropped_blob_takes_its_tag_along(tmp_path: Path) -> None:
    s = scene(tmp_path)
    blob = s.plan.blobs[0].old
    s.server.git("update-ref", "refs/tags/light", blob)
    s.moves[blob] = ""
    assert push.exit_code(do(s)) == 0
    assert "refs/tags/light" not in refs(s.server)


def test_a_mirror_clone_can_push(tmp_path: Path) -> None:
    s = scene(tmp_path, extra=HIDDEN)
    bare = GitRepo.clone(s.server, tmp_path / "mirror.git", "--mirror")
    s.clone.git("push", "-q", f"file://{bare.path}", f"+{s.moves[s.old[2]]}:refs/heads/main")
    s.clone.git("push", "-q", f"file://{bare.path}", f"+{s.moves[s.plan.refs[-1].old]}:refs/tags/v1")
    repo = Repository.open(bare.path)
    target = remote.server(repo, "origin")
    found = push_compare.compare(repo, s.plan, s.moves, remote.ls_remote(repo, target))
    assert push.exit_code(push.push(repo, target, found, s.moves)) == 0
    assert s.server.oid("refs/heads/main") == s.moves[s.old[2]]


def test_many_refs_go_in_several_pushes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    s = scene(tmp_path)
    lines = "".join(f"create refs/heads/many/{n} {s.old[1]}\n" for n in range(40))
    s.server.git("update-ref", "--stdin", input=lines.encode())
    monkeypatch.setattr(remote, "_ROOM", 2048)
    assert push.exit_code(do(s)) == 0
    assert set(refs(s.server).values()) & set(s.moves) == set()


@pytest.mark.parametrize(
    ("address", "protocol"),
    [
        ("git@example.com:o/r.git", "ssh"),
        ("ssh://example.com/o/r", "ssh"),
        ("https://u:p@example.com/o/r", "https"),
        ("file:///srv/r.git", "file"),
        ("./r:x", "file"),
    ],
)
def test_only_the_protocol_of_the_address_is_opened(tmp_path: Path, address: str, protocol: str) -> None:
    repo = GitRepo.init(tmp_path / "r")
    found = remote.server(Repository.open(repo.path), address)
    assert found.contact.protocol == protocol
    assert run.environment(contact=found.contact)["GIT_ALLOW_PROTOCOL"] == protocol
    assert "u:p" not in found.shown


@pytest.mark.parametrize("address", ["ext::sh -c true", "fd::17", "transport://x/y", "--upload-pack=x/y"])
def test_an_address_that_starts_programs_is_refused(tmp_path: Path, address: str) -> None:
    repo = GitRepo.init(tmp_path / "r")
    with pytest.raises(UsageError):
        remote.server(Repository.open(repo.path), address)


def test_without_leave_no_server_is_reached(tmp_path: Path) -> None:
    s = scene(tmp_path)
    status, _, err = run.attempt(s.repo.where, "ls-remote", server_of(s).address)
    assert status
    assert b"not allowed" in err


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    s = scene(tmp_path)
    with pytest.raises(GitError, match="does not answer"):
        remote.ls_remote(s.repo, remote.server(s.repo, f"file://{tmp_path}/nowhere.git"))
    with pytest.raises(UsageError, match="there are origin"):
        remote.server(s.repo, "upstream")


def test_the_repository_cannot_name_programs_for_the_far_end(tmp_path: Path) -> None:
    s = scene(tmp_path)
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\ntouch {tmp_path}/sprung\nexec git-receive-pack "$@"\n')
    trap.chmod(0o755)
    s.clone.git("config", "remote.origin.receivepack", str(trap))
    s.clone.git("config", "remote.origin.uploadpack", str(trap))
    assert push.exit_code(do(s)) == 0
    assert not (tmp_path / "sprung").exists()


def test_odd_names_are_pushed_and_printable(tmp_path: Path) -> None:
    s = scene(tmp_path)
    odd = b"refs/heads/\xff\xc2\x9bx"
    s.server.git("update-ref", odd, s.old[1])
    s.server.git("update-ref", b"refs/pull/\xfe", s.old[1])
    assert [h.ref for h in compare(s).hidden] == ["refs/pull/\\xfe"]
    assert push.exit_code(do(s)) == 0
    assert s.server.git("rev-parse", odd) == s.moves[s.old[1]]
    s.server.git("update-ref", odd, s.server.git("commit-tree", "-m", "new", f"{s.old[0]}^{{tree}}"))
    assert [f.ref for f in compare(s).drift] == ["refs/heads/\\xff\\x9bx"]
