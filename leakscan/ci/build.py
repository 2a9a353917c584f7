"""What a build is about, whatever system runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

SystemName = Literal["github", "gitlab", "azure", "bitbucket", "jenkins", "circleci", "git"]
SYSTEMS: tuple[SystemName, ...] = get_args(SystemName)

Event = Literal["push", "request", "tag", "whole", "nothing"]
"""A branch moved; a pull or merge request; a tag was made; nobody changed anything (a schedule, a button), so that all of
the history is meant; a branch was deleted."""

Environ: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What a system says of the run. Commits are ids or names as it gives them, None where it gives none."""

    system: SystemName
    event: Event
    words: str  # for a person: what the system calls the event
    head: str | None = None  # the commit under test; None: HEAD
    before: str | None = None  # of a push: where the branch was; all zeros where it is new
    base: str | None = None  # of a request: a commit of the target branch
    target: str | None = None  # of a request: the target branch, without refs/heads/
    branch: str | None = None
    tag: str | None = None
    default_branch: str | None = None


def given(environ: Environ, *names: str) -> str | None:
    """The first of these variables that says anything."""
    return next((environ[name] for name in names if environ.get(name)), None)


def short(ref: str | None) -> str | None:
    """A branch's or tag's name without what stands before it in a full ref."""
    if not ref:
        return None
    for prefix in ("refs/heads/", "refs/tags/", "refs/remotes/origin/"):
        ref = ref.removeprefix(prefix)
    return ref
