"""Carrying another clone's purge out in this one: same plan, same new ids, and what is only here comes along.

New objects are a pure function of the old ones and of what the plan decided. So the plan is computed anew, over the
branches, stashes and commits that this clone has, and must agree with the one that was handed over wherever both know an
old id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple
from leakscan.purge import known, plan, recover
from leakscan.purge.check_clone import Candidate, recognise
from leakscan.purge.model import CHANGED, REFUSED, PreconditionError, PurgeError, Question, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from leakscan.git.repository import Repository
    from leakscan.purge.model import Plan
    from leakscan.purge.plan import Made

_LISTED = 5


class Adopted(NamedTuple):
    """A plan for this clone."""

    made: Made
    shared: int  # rewritten commits that the other clone has as well; all became the same
    own: int  # rewritten commits that only this clone has


def secrets_of(
    repo: Repository, handed: Plan, given: Sequence[bytes], scan: Callable[[], Iterable[Candidate]]
) -> list[bytes]:
    """The secrets of a plan: those `given`, those that stand where it says, or those that a scan finds again.

    Raises PreconditionError where one of them is not to be had.
    """
    found = recover.known(repo, handed, given)
    if None in found:
        missing = [number for number, secret in enumerate(found) if secret is None]
        again = recognise([handed.secrets[n] for n in missing], scan())
        for position, secret in again.items():
            found[missing[position]] = secret
    lost = [ref.label for ref, secret in zip(handed.secrets, found, strict=True) if secret is None]
    if lost:
        raise PreconditionError(
            (
                Refusal(
                    "secret-unknown",
                    f"the plan does not hold the secret {', '.join(lost)}, and no scan of this clone finds it",
                    "give it on standard input, a line each: leakscan purge adopt PLAN --secret-stdin < FILE",
                ),
            )
        )
    return [secret for secret in found if secret is not None]


def adopt(
    repo: Repository,
    handed: Plan,
    secrets: Sequence[bytes],
    answers: Mapping[str, str],
    *maps: Mapping[str, str],
) -> Adopted:
    """Plan for this clone. `answers` (question: choice) are for what only this clone has; `maps`: commit maps of the plan.

    Nothing but the purge's own directory is changed. Raises PreconditionError, and PurgeError: this is another repository,
    or its old ids would become others than they became there.
    """
    kept = [q for q in handed.questions if q.answer]
    more = [_answered(number, choice) for number, choice in answers.items()]
    made = plan.again(repo, replace(handed, questions=(*kept, *more)), secrets)
    with open(made.state.file("commit-map"), encoding="ascii") as file:
        here = known.parse_map(file.read())
    mine = known.moves(made.plan, here)
    theirs = known.moves(handed, *maps)
    shared = [old for old in theirs if old in mine]
    other = [old for old in shared if mine[old] != theirs[old]]
    if other:
        made.state.discard()
        ids = ", ".join(oid[:12] for oid in other[:_LISTED])
        raise PurgeError(
            f"{len(other)} of {len(shared)} old ids that both clones have would become others here than there ({ids}); "
            "nothing was changed.\n"
            f"  way out: use the leakscan that made the plan ({handed.leakscan}; this is {made.plan.leakscan}), and the "
            "same secrets;\n  or clone again and carry your own work over as patches",
            CHANGED,
        )
    if mine and not shared and not _related(repo, handed):
        made.state.discard()
        raise PurgeError(
            f"plan {handed.plan_id} was made for another repository: none of its commits is here.\n"
            "  way out: go to a clone of that repository, or plan here anew (leakscan purge plan)",
            REFUSED,
        )
    common = _history(repo, [old for old in theirs if old in here])
    return Adopted(made, sum(old in common for old in here), sum(old not in common for old in here))


def _history(repo: Repository, commits: Sequence[str]) -> set[str]:
    """`commits` and all that came before."""
    if not commits:
        return set()
    return set(
        repo.git("rev-list", "--stdin", input="".join(f"{oid}\n" for oid in commits).encode())
        .decode()
        .split()
    )


def _answered(key: str, choice: str) -> Question:
    return Question(id=key, kind=key.split(":", 1)[0], what="", choices=(choice,), answer=choice)


def _related(repo: Repository, handed: Plan) -> bool:
    """Whether what the purge made of its first commits is here."""
    asked = "".join(f"{oid}\n" for oid in (*handed.first_changed, *handed.first_changed_new))
    if not asked:
        return True
    out = repo.git("cat-file", "--batch-check", input=asked.encode())
    return any(not line.endswith(b" missing") for line in out.splitlines())


def answered(plan: Plan) -> None:
    """Raises PreconditionError where this clone has something of its own that has to be decided."""
    if plan.unanswered:
        raise PreconditionError(
            tuple(
                Refusal(
                    "question",
                    f"{question.id}: {question.what}",
                    f"leakscan purge adopt PLAN --answer {question.id}=" + "|".join(question.choices),
                )
                for question in plan.unanswered
            )
        )
