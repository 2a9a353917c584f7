"""Moving all refs in one transaction that compares before it swaps.

Protocol: https://git-scm.com/docs/git-update-ref (`--stdin`). HEADs of linked work trees are refs of the main repository,
named `worktrees/ID/HEAD`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.git import refs as git_refs
from leakscan.git import run
from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

from .model import CHANGED, PurgeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakscan.git.repository import Repository

    from .state import Work

_IDENTITY = tuple(
    (f"GIT_{who}_{what}", value)
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "leakscan purge"), ("EMAIL", "purge@leakscan.invalid"))
)


class Swap(NamedTuple):
    """A ref from one id to another, hex; "" is no ref."""

    name: bytes
    old: str
    new: str


def main_where(repo: Repository) -> run.Where:
    """The repository itself, whichever work tree it was opened from."""
    return run.Where(cwd=repo.common_dir, env=(("GIT_DIR", os.fsdecode(repo.common_dir)),))


def swaps(work: Work, *, back: bool = False) -> list[Swap]:
    """What the transaction does; `back` undoes it."""
    found: list[Swap] = []
    for name, new_name, old, new in work.refs:
        before, after = _raw(name), _raw(new_name)
        if before == after:
            found.append(Swap(before, old, new))
        else:
            found.append(Swap(before, old, ""))
            if new:
                found.append(Swap(after, "", new))
    found += [Swap(name.encode(), old, new) for name, old, new in work.heads]
    return [Swap(name, new, old) for name, old, new in found] if back else found


def move(repo: Repository, wanted: Iterable[Swap], message: str) -> int:
    """Swap what is not yet as wanted; returns how many. Raises PurgeError where a ref is neither old nor new."""
    where = main_where(repo)
    here = {ref.name: ref.oid for ref in git_refs.refs(repo)}
    lines: list[bytes] = []
    strange: list[str] = []
    for swap in wanted:
        current = _head(where, swap.name) if swap.name.endswith(b"HEAD") else here.get(swap.name, "")
        if current == swap.new:
            continue
        if current != swap.old:
            strange.append(escape(swap.name))
        elif not swap.new:
            lines.append(b"delete %s\0%s\0" % (swap.name, swap.old.encode()))
        elif not swap.old:
            lines.append(b"create %s\0%s\0" % (swap.name, swap.new.encode()))
        else:
            lines.append(b"update %s\0%s\0%s\0" % (swap.name, swap.new.encode(), swap.old.encode()))
    if strange:
        raise PurgeError(
            f"{len(strange)} refs were moved by somebody else meanwhile ({', '.join(strange[:5])}); plan again",
            CHANGED,
        )
    if not lines:
        return 0
    quiet = where._replace(env=(*where.env, *_IDENTITY), settings=("core.logAllRefUpdates=false",))
    text = b"start\0" + b"".join(lines) + b"prepare\0commit\0"
    status, _, err = run.attempt(
        quiet, "update-ref", "--no-deref", "-m", message, "-z", "--stdin", input=text
    )
    if status:
        if b"but expected" in err or b"already exists" in err:
            raise PurgeError("a ref was moved while the transaction was prepared; plan again", CHANGED)
        raise run.failure(where, err)
    return len(lines)


def attach(repo: Repository, name: str, target: str) -> None:
    """Point a symbolic ref (`HEAD`, `worktrees/ID/HEAD` or a full name) elsewhere."""
    where = main_where(repo)
    if name.startswith("worktrees/"):
        git_dir = os.path.join(repo.common_dir, os.fsencode(name.removesuffix("/HEAD")))
        where = run.Where(cwd=git_dir, env=(("GIT_DIR", os.fsdecode(git_dir)),))
        name = "HEAD"
    run.output(where, "symbolic-ref", _raw(name), _raw(target))


def _head(where: run.Where, name: bytes) -> str:
    status, out, _ = run.attempt(where, "rev-parse", "--verify", "-q", name)
    if status:
        raise GitError(f"{escape(name)} cannot be read")
    return out.decode().strip()


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
