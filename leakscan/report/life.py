"""How things stand with a secret, in one word and in a sentence; shared by the reports that sort and filter by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from leakscan.model.origin import CommitOrigin, FileOrigin, NameOrigin, StagedOrigin, describe

if TYPE_CHECKING:
    from leakscan.model.finding import Finding, Life, Place

    from .redact import Redactor

State = Literal["head", "uncommitted", "history", "unreachable", "unknown"]
STATES: tuple[State, ...] = get_args(State)
WORDS: dict[State, str] = {
    "head": "in HEAD",
    "uncommitted": "in files",
    "history": "in history only",
    "unreachable": "in unreachable objects",
    "unknown": "elsewhere",
}


def state(finding: Finding) -> State:
    """Where a secret is now. `uncommitted` is what only files or the index are known to hold: a scan of the tree does not
    ask git. `unknown` is what comes from messages, names or standard input without a history."""
    life = finding.life
    on_disk = any(isinstance(place.origin, FileOrigin | StagedOrigin) for place in finding.places)
    if life is None:
        return "uncommitted" if on_disk else "unknown"
    if life.in_head:
        return "head"
    if on_disk:
        return "uncommitted"
    return "history" if life.reachable else "unreachable"


def sentence(life: Life | None) -> str:
    """Since when a secret is there and until when it was; "" where no history was read."""
    if life is None:
        return ""
    since = f" since {life.introduced.date[:10]} ({life.introduced.oid[:12]})" if life.introduced else ""
    if life.in_head:
        return f"in HEAD{since}"
    gone = (
        f"removed {life.removed.date[:10]} ({life.removed.oid[:12]})"
        if life.removed
        else "not in HEAD"
        if life.reachable
        else "reachable from no branch, tag, stash or reflog"
    )
    return f"in the history{since}, {gone}"


def where(place: Place, redactor: Redactor) -> str:
    """A place in printable words, with its line; paths are relative to the scanned root."""
    match place.origin:
        case FileOrigin(path):
            return f"{redactor.printable(place.path or path)}:{place.line}:{place.column}"
        case StagedOrigin(path, _):
            return f"{redactor.printable(place.path or path)}:{place.line}:{place.column} (staged)"
        case NameOrigin(path):
            return f"the name {redactor.printable(place.path or path)}"
        case CommitOrigin(commit, part):
            return f"{part} of commit {commit[:12]}, line {place.line}"
        case origin if place.path is not None:
            return f"{redactor.printable(place.path)}:{place.line}:{place.column}"
        case origin:
            return f"{redactor.line(describe(origin))}:{place.line}:{place.column}"


def brought(place: Place) -> str:
    """The commit that a place is known from, to stand behind `where`; "" where that says it, or there is none."""
    if place.commit is None or isinstance(place.origin, CommitOrigin):
        return ""
    return f" of commit {place.commit.oid[:12]} ({place.commit.date[:10]})"


def path_of(place: Place) -> bytes | None:
    """The path of a place; None for what is in no file."""
    return place.path if place.path is not None else getattr(place.origin, "path", None)
