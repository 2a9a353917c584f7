"""Making a plan: everything is computed and nothing is changed but the purge's own directory."""

from __future__ import annotations

import secrets as random
from typing import TYPE_CHECKING

from leakscan.git.inventory import Inventory
from leakscan.model.errors import UsageError
from leakscan.model.record import NamedTuple
from leakscan.model.secret import mask

from . import checks, compact, plan_work
from . import facts as facts_room
from .gone import gone
from .lfs import search_store
from .meanwhile import meanwhile
from .model import TOKEN, PreconditionError, Refusal, SecretRef, digest
from .names import Names
from .objects import search
from .objects_trees import read_trees
from .pack_writer import PackWriter
from .plan_document import document
from .plan_keep import keep
from .reader import Reader
from .recover import seal
from .replace import Matcher
from .rewrite import Rewriter
from .rewrite_model import Decisions
from .state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.repository import Repository

    from .facts import Facts
    from .model import Plan
    from .objects import Homes
    from .state import Work


class Given(NamedTuple):
    """A secret to take out, and where it comes from."""

    secret: bytes
    rule: str = ""
    fingerprint: str = ""


class Request(NamedTuple):
    """What is asked for."""

    secrets: tuple[Given, ...] = ()
    decisions: Decisions = Decisions()
    token: bytes = TOKEN
    acks: tuple[str, ...] = ()
    include_worktrees: bool = False


class Made(NamedTuple):
    """A plan, what it takes to carry it out, and what could not be looked into."""

    plan: Plan
    work: Work
    state: State


def make(repo: Repository, request: Request) -> Made:
    """Plan. The result is kept in the git directory. Raises PreconditionError, UsageError, GitError."""
    if not request.secrets and not request.decisions.paths:
        raise UsageError("nothing to take out: give a secret, a finding, a rule or a path")
    facts = facts_room.gather(repo)
    checks.before_plan(facts, acks=request.acks, include_worktrees=request.include_worktrees)
    return _make(repo, facts, request, tuple(_reference(given) for given in request.secrets))


def again(repo: Repository, plan: Plan, secrets: Sequence[bytes]) -> Made:
    """The same plan computed anew: in another clone, or where the new objects were lost. Raises as `make`."""
    facts = facts_room.gather(repo)
    checks.before_plan(facts, acks=plan.acks, include_worktrees=plan.include_worktrees)
    decisions = Decisions(
        {question.id: question.answer for question in plan.questions if question.answer},
        tuple(path.encode("utf-8", "surrogateescape") for path in plan.remove_paths),
        plan.prune_empty,
        plan.map_hashes,
        plan.hashes,
        plan.gitlinks,
        plan.normalise,
    )
    given = tuple(Given(s, r.rule, r.fingerprint) for s, r in zip(secrets, plan.secrets, strict=True))
    request = Request(given, decisions, plan.token.encode(), plan.acks, plan.include_worktrees)
    return _make(repo, facts, request, plan.secrets)


def _make(repo: Repository, facts: Facts, request: Request, known: tuple[SecretRef, ...]) -> Made:
    matcher = Matcher([given.secret for given in request.secrets], request.token)
    held = Inventory(repo)
    reader = Reader(held.store)
    lfs, unlooked = search_store(facts, matcher)
    trees = meanwhile(lambda: read_trees(held))
    homes = search(held, matcher, lfs)
    homes.unlooked += unlooked
    draft = State(repo, f".draft-{random.token_hex(4)}")
    draft.create()
    writer = PackWriter(draft.file("new.pack"), repo.oid_size)
    try:
        rewriter = Rewriter(held, reader, writer, homes, matcher, request.decisions, trees())
        _refuse_unreadable(homes, request.acks)
        tips = plan_work.tips(facts)
        notes = [bytes.fromhex(ref.oid) for ref in facts.refs if ref.name.startswith(b"refs/notes/")]
        rewriter.tips(tips, notes)
        rewriter.count_quotes()
        names = Names(facts, matcher)
        work = plan_work.work_of(facts, rewriter, names, matcher, lfs)
        rewriter.store()
        writer.close()
        plan = document(repo, facts, request, known, homes, rewriter, names, work, writer)
        compact.note(draft, held, homes, gone(homes, rewriter))
        state = keep(repo, held, draft, plan, work, rewriter, writer)
        seal(repo, plan, [given.secret for given in request.secrets], every=False)
    except BaseException:
        draft.discard()
        raise
    return Made(plan, work, state)


def _reference(given: Given) -> SecretRef:
    salt = random.token_hex(16)
    return SecretRef(
        label=mask(given.secret),
        length=len(given.secret),
        salt=salt,
        digest=digest(given.secret, salt),
        rule=given.rule,
        fingerprint=given.fingerprint,
    )


def _refuse_unreadable(homes: Homes, acks: Sequence[str]) -> None:
    bad = [text for text in homes.unlooked if text.endswith((": missing", ": corrupt", ": unreadable"))]
    if bad and "unreadable" not in acks:
        reason = f"{len(bad)} objects cannot be read, so nobody knows what is in them: " + ", ".join(bad[:5])
        way = "repair them (git fsck names them all; fetch them from another clone), or pass --ack unreadable"
        raise PreconditionError((Refusal("unreadable", reason, way, True),))
