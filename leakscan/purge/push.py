"""Bringing the new history to the server: what to push is decided by what the server has, not by what is here.

`push_compare` says what that is. Refs that no client may write (those of pull requests) are never pushed, since some servers
refuse a push as a whole for one of them: they are what support has to be asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leakscan.git import remote
from leakscan.git.remote import Answer, Server
from leakscan.model.text import escape
from leakscan.purge.model import CHANGED, PUSH_FAILED, REFUSED, PurgeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakscan.git.repository import Repository
    from leakscan.purge.model import Plan
    from leakscan.purge.push_compare import Comparison

_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What came of it."""

    answers: tuple[Answer, ...] = ()
    said: tuple[str, ...] = ()
    left: tuple[str, ...] = ()  # refs that still hold old history afterwards, as the server shows them

    @property
    def refused(self) -> tuple[Answer, ...]:
        return tuple(a for a in self.answers if a.reason)


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
    left = [escape(ref) for ref, oid in sorted(after.items()) if oid in moves and ref in tried]
    return Pushed(answers=tuple(answers), said=tuple(said), left=tuple(left))


def exit_code(done: Pushed) -> int:
    """0, or 5 where something was refused."""
    return PUSH_FAILED if done.refused or done.left else 0


def _hidden(answer: Answer, after: Mapping[bytes, str]) -> Answer:
    """A server that shows a ref to readers alone makes the lease look stale, though nobody moved the ref."""
    update = answer.update
    if answer.reason == "stale info" and update.old and after.get(update.ref) == update.old:
        return Answer(update, "hidden ref: the server does not show it to those who push")
    return answer
