"""From a build to the commits that have to be looked at."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from leakscan.git import run
from leakscan.model.errors import Refused, UsageError
from leakscan.model.text import escape

from .advice import fetch

if TYPE_CHECKING:
    from leakscan.git.repository import Repository

    from .build import Build


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to scan. Neither `revs` nor `history`: nothing."""

    words: str  # for a person: which commits, and why these
    revs: tuple[str, ...] = ()  # for `git rev-list`
    history: bool = False
    refs: tuple[tuple[bytes, str], ...] = ()  # what was pushed, by name and object id
    head: str | None = None  # the commit under test


def plan(repo: Repository, build: Build) -> Plan:
    """The commits that `build` is about.

    A request: what its head has and its target has not. A push: what came since the commit before; of a new branch, or
    after a force push whose old commit is gone, what the default branch has not. A tag: the same, and its own message.
    Anything else: the whole history.
    Raises Refused, with what to fetch, where the clone has not all of that; a gate that looks at less is none.
    """
    if build.event == "nothing":
        return Plan(words=build.words)
    head = _commit(repo, build.head or "HEAD")
    if head is None:
        if build.head is None:
            return Plan(words=f"{build.words}: no commit yet")
        _refuse(repo, build, f"the commit under test, {_printable(build.head)}, is not in this clone")
    if build.event == "whole":
        return _whole(repo, build, head, f"{build.words}: the whole history")
    if build.event == "request":
        found = _request(repo, build, head)
    elif build.event == "push" and build.before and build.before.strip("0"):
        found = _push(repo, build, head, build.before)
    else:
        found = _first(repo, build, head, "")
    return _complete(repo, build, found)


def between(repo: Repository, build: Build, base: str, head: str | None) -> Plan:
    """What `head` (default: that of the build) has and `base` has not, as somebody asks for on the command line."""
    end = _commit(repo, head or build.head or "HEAD")
    start = named(repo, build, base)
    if end is None:
        _refuse(repo, build, f"{_printable(head or build.head or 'HEAD')} is no commit of this clone")
    return _complete(repo, build, _since(repo, build, end, start, "as asked for: "))


def target(repo: Repository, build: Build) -> str:
    """The commit whose say counts: the tip of the branch that a request asks to go into, else of the default branch."""
    if build.event == "request":
        found = _branch(repo, build.target) or (_commit(repo, build.base) if build.base else None)
        name = build.target
    else:
        name = build.default_branch or _default(repo)
        found = _branch(repo, name)
    if found is None:
        _refuse(repo, build, f"{_printable(name or 'the default branch')} is not in this clone", name)
    return found


def named(repo: Repository, build: Build, rev: str) -> str:
    """The full id of the commit that somebody calls `rev`, of the clone or of its origin."""
    found = _commit(repo, rev) or _commit(repo, f"refs/remotes/origin/{rev}")
    if found is None:
        _refuse(repo, build, f"{_printable(rev)} is no commit of this clone")
    return found


def _request(repo: Repository, build: Build, head: str) -> Plan:
    base = _commit(repo, build.base) if build.base else None
    if base is None:
        base = _branch(repo, build.target)
    if base is None:
        target = build.target or "the target branch"
        _refuse(repo, build, f"{_printable(target)} is not in this clone", build.target)
    return _since(repo, build, head, base, "")


def _push(repo: Repository, build: Build, head: str, before: str) -> Plan:
    base = _commit(repo, before)
    if base is None:
        return _first(repo, build, head, f"{before[:12]} is gone, after a force push it seems: ")
    forced = run.attempt(repo.where, "merge-base", "--is-ancestor", base, head)[0] != 0
    return _since(repo, build, head, base, "a force push: " if forced else "")


def _first(repo: Repository, build: Build, head: str, why: str) -> Plan:
    """A branch or tag of which nothing is known: what the default branch has not; all of the default branch itself."""
    default = build.default_branch or _default(repo)
    base = _branch(repo, default)
    nameless = build.branch is None and build.tag is None
    # The default branch as it is now has all of itself: nothing would be left.
    is_default = (nameless and (base is None or base == head)) or (
        build.branch is not None and default == build.branch
    )
    if is_default:
        return _whole(repo, build, head, f"{build.words}: {why}the whole history")
    if base is not None:
        return _since(repo, build, head, base, f"{why}what {_printable(default or '')} has not, ")
    narrower = f" (`git fetch origin {_printable(default)}` would narrow it)" if default else ""
    words = f"{build.words}: {why}all commits up to {head[:12]}{narrower}"
    return Plan(words=words, revs=(head, "--not"), refs=_refs(repo, build, head), head=head)


def _since(repo: Repository, build: Build, head: str, base: str, why: str) -> Plan:
    words = f"{build.words}: {why}{base[:12]}..{head[:12]}"
    return Plan(words=words, revs=(head, "--not", base), refs=_refs(repo, build, head), head=head)


def _refs(repo: Repository, build: Build, head: str) -> tuple[tuple[bytes, str], ...]:
    if build.tag is not None:
        name = b"refs/tags/" + build.tag.encode("utf-8", "surrogateescape")
        status, out, _ = run.attempt(repo.where, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return ((name, out.decode().strip() if status == 0 else head),)
    return ((b"refs/heads/" + build.branch.encode("utf-8", "surrogateescape"), head),) if build.branch else ()


def _whole(repo: Repository, build: Build, head: str, words: str) -> Plan:
    if repo.is_shallow:
        _refuse(repo, build, "the whole history is to be scanned")
    return Plan(words=words, history=True, head=head)


def _complete(repo: Repository, build: Build, found: Plan) -> Plan:
    """`found`, unless the clone is cut off within it: the commits beyond would be passed over."""
    if found.revs and repo.is_shallow:
        try:
            with open(os.path.join(repo.common_dir, b"shallow"), "rb") as file:
                boundary = set(file.read().split())
        except OSError as error:
            raise UsageError(f"the clone is shallow, but where cannot be read: {error.strerror}") from None
        if boundary & set(repo.git("rev-list", *found.revs, "--").split()):
            _refuse(repo, build, "its history ends within the commits that are to be scanned")
    return found


def _refuse(repo: Repository, build: Build, why: str, branch: str | None = None) -> NoReturn:
    clone = "this clone is shallow, and " if repo.is_shallow else ""
    raise Refused(f"{build.words}: {clone}{why}. To get the rest, {fetch(build.system, branch)}")


def _commit(repo: Repository, rev: str) -> str | None:
    status, out, _ = run.attempt(
        repo.where, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}"
    )
    return out.decode().strip() if status == 0 else None


def _branch(repo: Repository, name: str | None) -> str | None:
    """The tip of a branch: as the server had it, else the clone's own."""
    if not name:
        return None
    return _commit(repo, f"refs/remotes/origin/{name}") or _commit(repo, f"refs/heads/{name}")


def _default(repo: Repository) -> str | None:
    """The default branch as the clone remembers it."""
    status, out, _ = run.attempt(repo.where, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    name = out.decode("utf-8", "surrogateescape").strip()
    return name.removeprefix("refs/remotes/origin/") if status == 0 else None


def _printable(name: str) -> str:
    return escape(name.encode("utf-8", "surrogateescape"))
