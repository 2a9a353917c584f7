"""A server as it is, against the plan: which refs to push, which nobody can, and which have moved since.

For every ref of the server: what it holds is looked up in the map from old ids to new ones, and the new one is to be pushed
with the old one as its lease. So work that is not published stays so, a ref that somebody moved is noticed, and nothing that
the server alone has is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leakscan.git.remote import Update
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.purge.known import Redaction
from leakscan.purge.model import shown
from leakscan.purge.push_here import Here
from leakscan.purge.servers import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakscan.git.repository import Repository
    from leakscan.purge.model import Plan

_USUAL = (b"refs/heads/", b"refs/tags/", b"refs/notes/")
_NAMED = 20  # refs that `git fetch` is told one by one


class Foreign(NamedTuple):
    """A ref of the server that this clone cannot account for."""

    ref: str  # redacted
    oid: str
    why: str


class HiddenRef(NamedTuple):
    """A ref of the server that no client may write. `state`: "old" (holds old history), "clean", or "unknown"."""

    ref: str
    oid: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The server as it is, against the plan."""

    updates: tuple[Update, ...] = ()  # branches, tags and notes
    others: tuple[Update, ...] = ()  # other refs; the server may refuse them, which must not stop the rest
    clean: int = 0  # refs that need nothing
    hidden: tuple[HiddenRef, ...] = ()
    drift: tuple[Foreign, ...] = ()
    gone: tuple[
        str, ...
    ] = ()  # planned branches, tags and notes that the server no longer has; not made again
    lacking: tuple[str, ...] = ()  # new objects that are not here: the plan was not run in this clone
    names: dict[bytes, str] = field(
        default_factory=dict
    )  # of all refs that are pushed: as a person may see them
    fetch: tuple[str, ...] = ()  # arguments for `git fetch` that bring what has drifted


@dataclass(slots=True)
class _Sorting:
    updates: list[Update] = field(default_factory=list)
    others: list[Update] = field(default_factory=list)
    clean: int = 0
    hidden: list[HiddenRef] = field(default_factory=list)
    drift: list[Foreign] = field(default_factory=list)


def compare(
    repo: Repository,
    plan: Plan,
    moves: Mapping[str, str],
    theirs: Mapping[bytes, str],
    server: str = "origin",
) -> Comparison:
    """What is to be pushed to a server that has the refs `theirs`; `moves` as of `known.moves`.

    `server` is the remote by which this clone tracks it. Raises GitError.
    """
    tracked = f"refs/remotes/{server}/"
    here = Here(repo, {oid for oid in theirs.values() if oid not in moves})
    # What this clone has by name was looked at, and renamed where the secret was in it.
    own = {f"refs/heads/{n.removeprefix(tracked)}" if n.startswith(tracked) else n for n in here.names}
    names = Redaction(plan, own)
    got = _Sorting()
    for ref, oid in sorted(theirs.items()):
        kind = shown(ref).split("/")[1]
        usual = ref.startswith(_USUAL)
        renamed = names.renamed(ref, oid)
        if kind in HIDDEN and not usual:
            state = "old" if oid in moves else "clean" if here.clean(oid) else "unknown"
            got.hidden.append(HiddenRef(_printable(names.shown(ref)), oid, state))
        elif oid in moves:
            mine = got.updates if usual else got.others
            if renamed is not None:
                mine.append(Update(ref, oid, ""))
                if renamed.encode("utf-8", "surrogateescape") not in theirs and moves[oid]:
                    mine.append(Update(renamed.encode("utf-8", "surrogateescape"), "", moves[oid]))
            else:
                mine.append(Update(ref, oid, moves[oid]))
        elif renamed is not None:
            got.updates.append(Update(ref, oid, ""))
            got.updates.append(Update(renamed.encode("utf-8", "surrogateescape"), "", oid))
        elif here.clean(oid):
            got.clean += 1
        else:
            before = _planned(plan, ref, tracked)
            why = f"moved since the plan, from {before[:12]}" if before else "new since the plan"
            got.drift.append(Foreign(_printable(names.shown(ref)), oid, why))
    present = {u.new for u in (*got.updates, *got.others) if u.new}
    return Comparison(
        updates=tuple(got.updates),
        others=tuple(got.others),
        clean=got.clean,
        hidden=tuple(got.hidden),
        drift=tuple(got.drift),
        gone=tuple(sorted(map(_printable, _gone(plan, theirs, tracked)))),
        lacking=here.lacking(present),
        names={u.ref: _printable(names.shown(u.ref)) for u in (*got.updates, *got.others)},
        fetch=_fetch(server, [f.ref for f in got.drift]),
    )


def _planned(plan: Plan, ref: bytes, tracked: str) -> str:
    """What a ref of the server was when the plan was made, as far as this clone knew; "" if it was not there."""
    name = shown(ref)
    here = {move.name: move.old for move in plan.refs}
    return here.get(tracked + name.removeprefix("refs/heads/"), here.get(name, ""))


def _fetch(server: str, refs: Sequence[str]) -> tuple[str, ...]:
    """What brings `refs` here: branches beside this clone's own, everything else (a tag, say) as the server has it."""
    specs = (
        [f"+refs/heads/*:refs/remotes/{server}/*"] if any(r.startswith("refs/heads/") for r in refs) else []
    )
    others = [ref for ref in refs if not ref.startswith("refs/heads/")]
    if len(others) > _NAMED:
        others = sorted({"/".join(ref.split("/")[:2]) + "/*" for ref in others})
    return ("--no-tags", server, *(f"'{spec}'" for spec in (*specs, *(f"+{ref}:{ref}" for ref in others))))


def _printable(name: str) -> str:
    """A name that a server has made up, for a terminal."""
    return escape(name.encode("utf-8", "surrogateescape"))


def _gone(plan: Plan, theirs: Mapping[bytes, str], tracked: str) -> list[str]:
    """Branches that the server had, as a remote-tracking branch says."""
    names = {shown(ref) for ref in theirs}
    had = (move.name.removeprefix(tracked) for move in plan.refs if move.name.startswith(tracked))
    return [f"refs/heads/{name}" for name in had if name != "HEAD" and f"refs/heads/{name}" not in names]
