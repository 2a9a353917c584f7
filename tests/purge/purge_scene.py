"""A server, a clone with a leak, and what a purge makes of it, put together by git alone: no engine is needed."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from gitrepo import GitRepo

from leakscan.git.repository import Repository
from leakscan.purge.model import BlobEdit, Counts, Plan, RefMove, SecretRef, digest
from leakscan.rulepack.template import fill

SECRET = fill("{github-token:ghp_}", "purge outside").encode()
SALT = "00" * 16
CLEAN = b"TOKEN=***REMOVED***\n"


@dataclass
class Scene:
    """`clone` has pushed everything to `server`; the leak is in the second of three commits."""

    server: GitRepo
    clone: GitRepo
    plan: Plan
    moves: dict[str, str]
    old: tuple[str, ...]  # base, leak, last

    @property
    def repo(self) -> Repository:
        return Repository.open(self.clone.path)


def scene(tmp_path: Path, *, extra: dict[str, str] | None = None, run: bool = True) -> Scene:
    """`extra`: refs of the server besides main, side and v1: their name, and the branch that they stand at."""
    model = _model()
    shutil.copytree(model.server.path, tmp_path / "server.git", symlinks=True)
    shutil.copytree(model.clone.path, tmp_path / "clone", symlinks=True)
    server, clone = GitRepo(tmp_path / "server.git"), GitRepo(tmp_path / "clone")
    clone.clock = model.clone.clock
    clone.git("config", "remote.origin.url", f"file://{server.path}")
    for name, branch in (extra or {}).items():
        server.git("update-ref", name, f"refs/heads/{branch}")
    if run:
        apply(clone, model.plan)
    return Scene(server, clone, model.plan, dict(model.moves), model.old)


@functools.cache
def _model() -> Scene:
    """Made once, copied for each test."""
    directory = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    server = GitRepo.init(directory / "server.git", bare=True)
    clone = GitRepo.init(directory / "clone")
    clone.write("readme", "hello\n")
    base = clone.commit("base")
    clone.write("app.env", b"TOKEN=" + SECRET + b"\n")
    leak = clone.commit("leak")
    clone.git("tag", "-a", "v1", "-m", "first release")
    clone.git("branch", "side", base)
    clone.git("branch", "old", leak)
    clone.write("readme", "hello, world\n")
    last = clone.commit("last")
    clone.git("remote", "add", "origin", f"file://{server.path}")
    clone.git("push", "-q", "origin", "main", "side", "old", "v1")
    clone.git("fetch", "-q", "origin")
    plan, moves = rewrite(clone, base, leak, last)
    return Scene(server, clone, plan, moves, (base, leak, last))


def rewrite(clone: GitRepo, base: str, leak: str, last: str) -> tuple[Plan, dict[str, str]]:
    """The plan that takes the secret out, its new objects written."""
    old_blob, new_blob = clone.oid(f"{leak}:app.env"), clone.blob(CLEAN)

    def commit(old: str, parent: str) -> str:
        listing = clone.git("ls-tree", old).replace(old_blob, new_blob)
        tree = clone.git("mktree", input=f"{listing}\n".encode())
        raw = clone.run("cat-file", "commit", old).decode().split("\n")
        raw[:2] = [f"tree {tree}", f"parent {parent}"]
        return clone.git("hash-object", "-t", "commit", "-w", "--stdin", input="\n".join(raw).encode())

    new_leak = commit(leak, base)
    new_last = commit(last, new_leak)
    tag = clone.oid("refs/tags/v1")
    text = clone.run("cat-file", "tag", tag).replace(leak.encode(), new_leak.encode())
    new_tag = clone.git("hash-object", "-t", "tag", "-w", "--stdin", input=text)
    mapped = {leak: new_leak, last: new_last, tag: new_tag}
    refs = []
    for line in clone.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines():
        name, oid = line.split()
        if oid in mapped and not name.endswith("/HEAD"):
            refs.append(RefMove(name=name, old=oid, new=mapped[oid]))
    start = len(b"TOKEN=")
    secret = SecretRef(
        label="ghp_********", length=len(SECRET), salt=SALT, digest=digest(SECRET, SALT),
        rule="github.pat-classic", object=old_blob, start=start,
    )  # fmt: skip
    plan = Plan(
        object_format="sha1", repository="", token="***REMOVED***", secrets=(secret,), pushed=True,
        blobs=(BlobEdit(old=old_blob, new=new_blob, action="replace", paths=("app.env",)),),
        refs=tuple(refs), first_changed=(leak,), first_changed_new=(new_leak,), tags={tag: new_tag},
        counts=Counts(commits=3, commits_rewritten=2, blobs_rewritten=1, refs=len(refs) + 2, refs_moved=len(refs)),
    )  # fmt: skip
    return plan, mapped


def apply(clone: GitRepo, plan: Plan) -> None:
    """Move the refs."""
    for move in plan.refs:
        clone.git("update-ref", "--no-deref", move.name, move.new, move.old)
    clone.git("reset", "-q", "--hard")


def with_ref(plan: Plan, name: str, old: str, new: str, *, renamed: bool = False) -> Plan:
    """`plan` with one more ref."""
    return replace(plan, refs=(*plan.refs, RefMove(name=name, old=old, new=new, renamed=renamed)))


def hook(server: GitRepo, name: str, script: str) -> None:
    """Install a hook on the server."""
    file = server.path / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\n" + script)
    os.chmod(file, 0o755)
