"""Bringing the new history to the server: what to push is decided by what the server has, not by what is here.

For every ref of the server: what it holds is looked up in the map from old ids to new ones, and the new one is pushed with
the old one as its lease. So work that is not published stays so, a ref that somebody moved is noticed, and nothing that the
server alone has is lost. Refs that no client may write (those of pull requests) are never pushed, since some servers
refuse a push as a whole for one of them (PURGE: they are what support has to be asked for).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leakscan.git import remote, run
from leakscan.git.remote import Answer, Server, Update
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.purge.known import Redaction
from leakscan.purge.model import CHANGED, PUSH_FAILED, REFUSED, PurgeError, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from leakscan.git.repository import Repository
    from leakscan.purge.model import Plan

# Which server keeps what under refs/, out of its clients' reach.
HIDDEN = {
    "pull": "pull requests (GitHub, Azure DevOps)",
    "merge-requests": "merge requests (GitLab)",
    "keep-around": "kept commits (GitLab)",
    "pipelines": "pipelines (GitLab)",
    "environments": "deployments (GitLab)",
    "pull-requests": "pull requests (Bitbucket)",
    "changes": "changes (Gerrit)",
    "cache-automerge": "merges (Gerrit)",
    "for": "reviews (Gerrit)",
    "meta": "settings (Gerrit)",
    "users": "users (Gerrit)",
    "groups": "groups (Gerrit)",
    "starred-changes": "stars (Gerrit)",
    "draft-comments": "comments (Gerrit)",
}
_USUAL = (b"refs/heads/", b"refs/tags/", b"refs/notes/")
_LISTED = 20

# What servers say, and what to do about it.
_HINTS = {
    r"stale info": "somebody pushed in the meantime: fetch, plan and run again, then push",
    r"protected|GH006|GH013|rule violations|not allowed to force.push": (
        "the branch is protected: allow force pushes to it for yourself (branch protection, rulesets), push again, "
        "then protect it again"
    ),
    r"non-fast-forward|denyNonFastForwards": (
        "the server forbids force pushes: its administrator sets receive.denyNonFastForwards to false for this push"
    ),
    r"deletion prohibited|denyDeletes": (
        "the server forbids deleting: its administrator sets receive.denyDeletes to false for this push"
    ),
    r"hidden ref": "no client may write this ref; ask the server's support (leakscan purge handoff)",
    r"unpack|fsck|badTimezone|index-pack|bad pack": (
        "the server checks objects and refuses an old commit's malformed line: its administrator relaxes "
        "receive.fsckObjects (receive.fsck.MESSAGE=warn) for this push"
    ),
    r"hook declined": "a hook of the server refused; see what it said, and ask its administrator",
    r"checked out": "the server is a working clone: check out another branch there",
    r"atomic": "another ref was refused, so none was changed; --no-atomic pushes the others",
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What came of it."""

    answers: tuple[Answer, ...] = ()
    said: tuple[str, ...] = ()
    left: tuple[str, ...] = ()  # refs that still hold old history afterwards, as the server shows them

    @property
    def refused(self) -> tuple[Answer, ...]:
        return tuple(a for a in self.answers if a.reason)


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
    here = _Here(repo, {oid for oid in theirs.values() if oid not in moves})
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


def check(plan: Plan, found: Comparison, server: Server) -> None:
    """Raises PurgeError where pushing would lose or leave something: nothing was pushed."""
    if found.lacking:
        raise PurgeError(
            f"the new history of plan {plan.plan_id} is not in this clone ({len(found.lacking)} objects are lacking).\n"
            f"  way out: leakscan purge run PLAN --confirm {plan.plan_id}, then push",
            REFUSED,
        )
    if found.drift:
        lines = [f"  {f.ref}  {f.oid[:12]}  {f.why}" for f in found.drift[:_LISTED]]
        more = len(found.drift) - _LISTED
        raise PurgeError(
            f"{server.shown} is no longer as it was planned from; nothing was pushed. This clone does not know:\n"
            + "\n".join(lines + ([f"  … and {more} more"] if more > 0 else []))
            + f"\n  way out: git fetch {' '.join(found.fetch)}"
            "\n  then plan and run again (what is done already keeps its new ids), and push;"
            "\n  and ask everybody once more not to push until you say so",
            CHANGED,
        )


def push(
    repo: Repository, server: Server, found: Comparison, moves: Mapping[str, str], *, atomic: bool = True
) -> Pushed:
    """Push what `compare` found, and look at the server again."""
    answers, said = remote.push(repo, server, found.updates, atomic=atomic) if found.updates else ([], [])
    if found.others and not any(a.reason for a in answers):
        more, spoken = remote.push(repo, server, found.others, atomic=False)
        answers += more
        said += [line for line in spoken if line not in said]
    after = remote.ls_remote(repo, server)
    answers = [_hidden(answer, after) for answer in answers]
    tried = {a.update.ref for a in answers}
    left = [shown(ref) for ref, oid in sorted(after.items()) if oid in moves and ref in tried]
    return Pushed(answers=tuple(answers), said=tuple(said), left=tuple(map(_printable, left)))


def exit_code(done: Pushed) -> int:
    """0, or 5 where something was refused."""
    return PUSH_FAILED if done.refused or done.left else 0


def hint(reason: str, said: Sequence[str] = ()) -> str:
    """What to do about a refusal, from the reason that the server gave and what it said besides."""
    text = " ".join((reason, *said)) if "atomic" not in reason else reason
    return next((way for pattern, way in _HINTS.items() if re.search(pattern, text, re.IGNORECASE)), "")


def _hidden(answer: Answer, after: Mapping[bytes, str]) -> Answer:
    """A server that shows a ref to readers alone makes the lease look stale, though nobody moved the ref."""
    update = answer.update
    if answer.reason == "stale info" and update.old and after.get(update.ref) == update.old:
        return Answer(update, "hidden ref: the server does not show it to those who push")
    return answer


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
    if len(others) > _LISTED:
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


class _Here:
    """What this clone knows about objects of the server."""

    def __init__(self, repo: Repository, asked: set[str]) -> None:
        self._repo = repo
        self._known = _reachable(repo, asked)
        listed = repo.git("for-each-ref", "--format=%(refname)").splitlines()
        self.names = tuple(shown(name) for name in listed)

    def clean(self, oid: str) -> bool:
        """Whether some ref of this clone reaches it: it has been looked at, and is not to be changed."""
        return oid in self._known

    def lacking(self, oids: Collection[str]) -> tuple[str, ...]:
        """Those that are not here."""
        asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
        out = self._repo.git("cat-file", "--batch-check", input=asked) if asked else b""
        return tuple(line.split()[0].decode() for line in out.splitlines() if line.endswith(b" missing"))


def _reachable(repo: Repository, asked: set[str]) -> set[str]:
    """Those of `asked` that a ref of this clone holds: itself, or in its history if it is a commit."""
    if not asked:
        return set()
    out = repo.git(
        "for-each-ref", "--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype)"
    ).decode()
    words = [line.split() for line in out.splitlines()]
    tips = {row[0] for row in words}
    ends = {row[n] for row in words for n in (0, 2) if row[n + 1 : n + 2] == ["commit"]}
    known = asked & tips
    rest = sorted(asked - tips)
    if not rest:
        return known
    out = repo.git("cat-file", "--batch-check", input="".join(f"{oid}\n" for oid in rest).encode()).decode()
    commits = {line.split()[0] for line in out.splitlines() if line.split()[1:2] == ["commit"]}
    if not commits:
        return known
    stdin = "".join(f"{oid}\n" for oid in sorted(commits)) + "".join(f"^{oid}\n" for oid in sorted(ends))
    status, listed, err = run.attempt(repo.where, "rev-list", "--stdin", input=stdin.encode())
    if status:
        raise run.failure(repo.where, err)
    unknown = set(listed.decode().split())
    return known | (commits - unknown)
