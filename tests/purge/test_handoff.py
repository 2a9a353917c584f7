"""Messages and tickets: exact counts, and never the secret."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from purge_scene import SECRET, scene

from leakscan.git import remote
from leakscan.purge import handoff, push_compare
from leakscan.purge.handoff import HOSTS, Facts, Host, files, host_of, project_of
from leakscan.purge.known import banned


@pytest.mark.parametrize("host", HOSTS)
def test_the_tickets_have_exact_counts_and_no_secret(tmp_path: Path, host: Host) -> None:
    extra = {"refs/pull/12/head": "old", "refs/pull/12/merge": "main", "refs/pull/3/head": "main"}
    s = scene(tmp_path, extra={**extra, "refs/pull/9/head": "side"})
    theirs = remote.ls_remote(s.repo, remote.server(s.repo, "origin"))
    hidden = push_compare.compare(s.repo, s.plan, s.moves, theirs).hidden
    facts = Facts(
        host=host, address="https://host.example/o/r.git", hidden=hidden, rotated="yes",
        commit_map=s.moves, banned=banned(s.plan, s.moves),
    )  # fmt: skip
    made = files(s.plan, facts)
    text = "\n".join(made.values())
    assert SECRET.decode() not in text
    assert SECRET[4:16].decode() not in text
    assert not re.search(r"(?<![@^])\{\w*\}", text)
    ticket = made[f"ticket-{host}.md"]
    assert s.old[1] in ticket
    assert s.old[2] not in ticket, "it is not among the first"
    assert "#3, #12" in ticket
    assert "#9" not in ticket
    assert made["affected-requests.txt"] == "3\n12\n"
    assert made["first-changed-commits.txt"] == f"{s.old[1]}\n"
    assert made["blob-ids.txt"] == f"{s.plan.blobs[0].old}\n"
    assert "2 of 3 commits, 2 branches and 1 tag have new ids" in made["message.md"]
    assert f"git cat-file -t {s.old[1]}" in made["message.md"]
    assert "no longer works" in made["message.md"]
    assert "leakscan purge adopt plan.json" in made["message.md"]
    assert set(made["banned-ids"].split()) >= set(s.moves)


def test_gitlab_gets_its_map_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    s = scene(tmp_path)
    monkeypatch.setattr(handoff, "_MAP_LINES", 2)
    made = files(s.plan, Facts(host="gitlab", commit_map=s.moves))
    pieces = [made[name] for name in sorted(made) if name.startswith("commit-map")]
    assert [len(piece.splitlines()) for piece in pieces] == [2, 1]
    assert dict(line.split() for piece in pieces for line in piece.splitlines()) == s.moves


def test_gerrit_gets_commands(tmp_path: Path) -> None:
    s = scene(tmp_path)
    script = files(s.plan, Facts(host="gerrit", address="ssh://u@gerrit.example:29418/tools/app"))[
        "ban-commits.sh"
    ]
    assert f"gerrit ban-commit tools/app {s.old[1]}" in script


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    s = scene(tmp_path)
    hidden = [
        push_compare.HiddenRef("refs/pull/1/head", "1" * 40, "unknown"),
        push_compare.HiddenRef("refs/pull/2/head", "2" * 40, "old"),
    ]
    made = files(s.plan, Facts(host="github", hidden=tuple(hidden)))
    assert "1 more request could not be looked at" in made["ticket-github.md"]
    assert "(Say here whether it has been replaced.)" in made["message.md"]
    assert "NOT been replaced" in files(s.plan, Facts(host="github", rotated="later"))["message.md"]


def test_requests_of_a_mirror_are_counted_from_the_plan(tmp_path: Path) -> None:
    s = scene(tmp_path)
    names = [
        "refs/changes/34/1234/2",
        "refs/changes/34/1234/3",
        "refs/merge-requests/5/head",
        "refs/pull-requests/6/from",
    ]
    moves = [replace(s.plan.refs[0], name=name) for name in names]
    assert handoff.requests(replace(s.plan, refs=(*s.plan.refs, *moves)), None) == (["5", "6", "1234"], 0)


@pytest.mark.parametrize(
    ("address", "host", "project"),
    [
        ("git@github.com:o/r.git", "github", "o/r"),
        ("https://gitlab.example.com/g/s/r.git", "gitlab", "g/s/r"),
        ("ssh://git@bitbucket.org/o/r", "bitbucket", "o/r"),
        ("https://review.googlesource.com/a/r", "gerrit", "a/r"),
        ("https://dev.azure.com/o/p/_git/r", "azure", "o/p/_git/r"),
        ("file:///srv/git/r.git", "other", "srv/git/r"),
        ("", "other", "(name of the repository)"),
    ],
)
def test_hosts_are_told_by_their_address(address: str, host: str, project: str) -> None:
    assert (host_of(address), project_of(address)) == (host, project)
