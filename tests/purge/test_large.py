"""Repositories that are large in some way: many refs, and a blob that does not fit into memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gitrepo import GitRepo
from purging import SECRET, environment, purged, refs, rewritten, step

MEMORY = 700 << 20  # bytes that a process, git's as well, may have of its own; the blob has a GiB
PIECE = b"\0" + b"a line of text that goes on and on, and says nothing at all\n" * 4372


@pytest.mark.slow
def test_ten_thousand_refs(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    commits = []
    for number in range(10):
        repo.write("f", f"{number}\n" + (f"key={SECRET}\n" if number > 4 else ""))
        repo.commit(f"commit {number}")
        commits.append(repo.head())
    lines = "".join(f"create refs/tags/t/{n} {commits[n % 10]}\n" for n in range(10_000))
    repo.git("update-ref", "--stdin", input=lines.encode())
    before = refs(repo)
    plan = rewritten(repo)
    assert json.loads(Path(plan[0]).read_text())["counts"]["refs_moved"] == 5_001
    assert step(repo, "undo", plan).code == 0
    assert refs(repo) == before
    purged(repo)
    assert len(repo.git("for-each-ref").splitlines()) == 10_001
    assert repo.git("rev-parse", "refs/tags/t/0") == commits[0]


def limited(repo: GitRepo, *args: str, data: bytes = b"") -> dict[str, Any]:
    """A step in a process of its own, with as much memory as `MEMORY`."""
    done = subprocess.run(
        [sys.executable, "-m", "leakscan", "purge", *args, "--repo", str(repo.path), "--json"],
        input=data,
        env=environment(repo),
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits private memory")
def test_a_blob_of_one_gib(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "r")
    size = 0
    with (repo.path / "big").open("wb") as file:
        for number in range(4096):
            size += file.write(PIECE + (SECRET.encode() if number in (3, 4095) else b""))
    assert size > 1 << 30
    repo.git("add", "big")
    repo.commit("large")
    (repo.path / "big").unlink()
    repo.git("rm", "-q", "big")
    repo.commit("gone")
    file_name = str(tmp_path / "plan.json")
    planned = limited(repo, "plan", "--secret-stdin", "-o", file_name, data=SECRET.encode())
    confirmed = (file_name, "--yes", "--confirm", planned["plan_id"])
    limited(repo, "run", *confirmed, "--no-backup")
    assert limited(repo, "cleanup", *confirmed)["clean"]
    with subprocess.Popen(
        ["git", "-C", repo.path, "cat-file", "blob", "HEAD~1:big"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        found = tail = b""
        length = 0
        while piece := process.stdout.read(1 << 20):
            length += len(piece)
            assert SECRET.encode() not in tail + piece
            at = (tail + piece).find(b"***REMOVED***")
            found += (tail + piece)[at : at + 13] if at >= 0 else b""
            tail = piece[-12:]
    assert length == size
    assert found == b"***REMOVED***" * 2
