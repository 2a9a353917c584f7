"""Purging in tests: the command line in this process, and a search for survivors that shares nothing with the engine."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from gitrepo import GitRepo

from leakscan.cli.main import main

SECRET = "-".join(("tmp", "Qz7Kp2Vx9Lm4", "Rt8Wb3Yn6Hc1"))  # means nothing to anybody


class Answer(NamedTuple):
    """What a command said."""

    code: int
    value: dict[str, Any]
    text: str


def environment(repo: GitRepo) -> dict[str, str]:
    env = repo.environment()
    for key in list(env):
        if key.startswith(("GIT_AUTHOR", "GIT_COMMITTER")):
            del env[key]
    return env


def purge(repo: GitRepo, step: str, *args: str, secret: str | bytes | None = None) -> Answer:
    """`leakscan purge STEP … --json` in a repository. `secret` goes to standard input."""
    raw = secret.encode() if isinstance(secret, str) else secret or b""
    out, err = io.StringIO(), io.StringIO()
    words = ["purge", step, "--repo", str(repo.path), "--json", *args]
    with (
        mock.patch.dict(os.environ, environment(repo), clear=True),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw))),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main(words)
    text = out.getvalue()
    return Answer(code, json.loads(text) if text.startswith("{") else {}, text + err.getvalue())


def planned(
    repo: GitRepo, *args: str, secret: str | bytes = SECRET, name: str = "plan.json"
) -> tuple[str, str]:
    """Plan; returns the plan file and its id."""
    file = str(repo.path.parent / f"{repo.path.name}-{name}")
    answer = purge(repo, "plan", "--secret-stdin", "-o", file, *args, secret=secret)
    assert answer.code == 0, answer.text
    return file, answer.value["plan_id"]


def step(repo: GitRepo, name: str, plan: tuple[str, str], *args: str, **more: Any) -> Answer:
    """A step that is confirmed."""
    return purge(repo, name, plan[0], "--yes", "--confirm", plan[1], *args, **more)


def rewritten(repo: GitRepo, *args: str, secret: str | bytes = SECRET) -> tuple[str, str]:
    """Plan and run."""
    plan = planned(repo, *args, secret=secret)
    done = step(repo, "run", plan, "--no-backup")
    assert done.code == 0, done.text
    return plan


def purged(repo: GitRepo, *args: str, secret: str = SECRET) -> dict[str, Any]:
    """Plan, run, verify, cleanup: it must be clean. Returns the plan file's content."""
    plan = rewritten(repo, *args, secret=secret)
    checked = step(repo, "verify", plan)
    assert checked.code == 0, checked.text
    assert not checked.value["reachable"]
    done = step(repo, "cleanup", plan)
    assert done.code == 0, done.text
    assert done.value["clean"]
    assert survivors(repo, secret) == []
    repo.git("fsck", "--full", "--strict")
    value: dict[str, Any] = json.loads(Path(plan[0]).read_text())
    return value


def shapes(secret: bytes) -> list[bytes]:
    """The encodings that a survivor may hide in."""
    text = secret.decode()
    found = [secret, text.encode("utf-16-le"), text.encode("utf-16-be"), secret.hex().encode()]
    for shift in range(3):
        inner = base64.b64encode(b"\0" * shift + secret + b"\0\0\0")
        found.append(inner[4 if shift else 0 : len(inner) - 8])
    return found


def survivors(repo: GitRepo, secret: str | bytes = SECRET) -> list[str]:
    """Where the secret still is: any object of the database, any other file of the git directory."""
    raw = secret.encode() if isinstance(secret, str) else secret
    wanted = shapes(raw)
    found = []
    names = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    for name in names:
        data = repo.run("cat-file", repo.git("cat-file", "-t", name), name)
        if any(shape in data for shape in wanted):
            found.append(name)
    top = Path(repo.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
    for path in top.rglob("*"):
        relative = path.relative_to(top)
        if relative.parts[0] == "leakscan":
            continue
        content = path.read_bytes() if path.is_file() else b""
        if any(shape in content or shape in bytes(relative) for shape in wanted):
            found.append(str(relative))
    return found


def refs(repo: GitRepo) -> str:
    """All refs, and HEAD."""
    return repo.git("for-each-ref") + "\n" + repo.git("rev-parse", "HEAD", check=False)


def snapshot(repo: GitRepo) -> dict[str, str]:
    """Everything that an undo must bring back."""
    top = Path(repo.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
    facts = {"refs": refs(repo), "stash": repo.git("stash", "list", check=False)}
    trees = [repo.path, *(Path(p.read_text().strip()).parent for p in top.glob("worktrees/*/gitdir"))]
    for tree in trees:
        if repo.git("rev-parse", "--is-bare-repository") == "true":
            break
        facts[f"index {tree.name}"] = repo.git("-C", str(tree), "ls-files", "--stage")
        facts[f"status {tree.name}"] = repo.git("-C", str(tree), "status", "--porcelain")
        facts[f"head {tree.name}"] = repo.git("-C", str(tree), "rev-parse", "HEAD")
    return facts
