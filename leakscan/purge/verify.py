"""Is the secret gone, and is history otherwise what it was? Every object and every other file is looked at."""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leakscan.git import kernel, run
from leakscan.git.entries import GITLINK
from leakscan.git.inventory import Inventory
from leakscan.git.objects import ObjectStore
from leakscan.git.steps import PLANNED
from leakscan.model.errors import UsageError
from leakscan.model.text import escape

from . import act, gitdir
from . import facts as facts_room
from .model import SELF_CHECK, PurgeError, shown
from .objects import search
from .objects_trees import TreeIndex
from .pack_writer import PackWriter
from .reader import Reader
from .recover import known
from .refs import main_where
from .replace import Matcher
from .rewrite import Rewriter
from .rewrite_model import Decisions
from .state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.pack import Pack
    from leakscan.git.repository import Repository

    from .compact import Kept
    from .facts import Facts
    from .model import Plan
    from .objects import Homes

_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a full search says. `clean` only where nothing at all is left, reachable or not."""

    objects: int  # searched
    files: int  # searched, beside the objects
    reachable: tuple[str, ...] = ()  # where refs, HEADs, stashes or indexes still lead to the secret
    old_objects: int = 0  # objects with the secret that nothing leads to: they go with cleanup
    old_files: tuple[str, ...] = ()  # files in the git directory with the secret
    old_ids: tuple[str, ...] = ()  # rewritten objects that are still there
    modules: tuple[str, ...] = ()  # submodules whose repositories have it
    unlooked: tuple[str, ...] = ()  # what nobody could look into
    problems: tuple[str, ...] = ()  # invariants that do not hold, and what git's fsck says
    certified: bool = False  # nothing has changed since a search that found nothing

    @property
    def clean(self) -> bool:
        return not (
            self.reachable
            or self.old_objects
            or self.old_files
            or self.old_ids
            or self.modules
            or self.problems
        )

    @property
    def reachable_clean(self) -> bool:
        return not (self.reachable or self.problems)

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "clean": self.clean,
            "objects": self.objects,
            "files": self.files,
            "reachable": list(self.reachable),
            "old_objects": self.old_objects,
            "old_files": list(self.old_files),
            "old_ids": list(self.old_ids[:_SHOWN]),
            "modules": list(self.modules),
            "unlooked": list(self.unlooked),
            "problems": list(self.problems),
            "certified": self.certified,
        }


def verify(
    repo: Repository, plan: Plan, *, secrets: Sequence[bytes] = (), fsck: bool = True
) -> Verdict:  # fmt: skip
    """Search everything and check the invariants. Raises UsageError where the secret would have to be given."""
    state = State(repo, plan.plan_id)
    found = known(repo, plan, secrets)
    if any(secret is None for secret in found):
        certificate = state.facts().get("certificate")
        if certificate is not None and certificate == fingerprint(repo):
            return Verdict(objects=state.facts().get("objects_searched", 0), files=0, certified=True)
        raise UsageError(
            "the secret is no longer in this clone, and the plan does not hold it: give it with --secret-stdin "
            "to have what has changed since looked at"
        )
    matcher = Matcher([secret for secret in found if secret is not None], plan.token.encode())
    verdict = look(repo, plan, matcher)
    problems: list[str] = list(verdict.problems)
    if state.phase == "moved":
        try:
            act.check(repo, plan, state, matcher)
        except PurgeError as error:
            if error.exit_code != SELF_CHECK:
                raise
            problems += str(error).splitlines()[1:]
        problems += _refs(repo, state)
    if fsck:
        problems += _fsck(repo)
    return Verdict(
        **{name: getattr(verdict, name) for name in Verdict.__slots__} | {"problems": tuple(problems)}
    )


def look(repo: Repository, plan: Plan, matcher: Matcher) -> Verdict:
    """Search every object and every other file."""
    facts = facts_room.gather(repo)
    held = Inventory(repo)
    homes = search(held, matcher)
    reachable = _reachable(repo, facts, plan, held, homes, matcher)
    beside = gitdir.search(facts, matcher)
    prefix = os.path.join(repo.common_dir, b"")
    return Verdict(
        objects=homes.objects
        + sum(len(plan.trees) // PLANNED.size for plan in held.plans)
        + len(held.singles["tree"]),
        files=beside.files,
        reachable=reachable,
        old_objects=homes.found,
        old_files=tuple(escape(matcher.name(path.removeprefix(prefix))) for path in beside.hits),
        old_ids=_old_ids(repo, plan),
        modules=tuple(
            escape(path.removeprefix(prefix)) for path in gitdir.modules_with_secret(facts, matcher)
        ),
        unlooked=(*homes.unlooked, *beside.unlooked),
    )


def after(repo: Repository, plan: Plan, matcher: Matcher, kept: Kept) -> Verdict:
    """As `look`, where `compact` has said what objects there are and that none has the secret."""
    facts = facts_room.gather(repo)
    beside = gitdir.search(facts, matcher)
    prefix = os.path.join(repo.common_dir, b"")
    return Verdict(
        objects=kept.objects,
        files=beside.files,
        reachable=_named(facts, matcher),
        old_files=tuple(escape(matcher.name(path.removeprefix(prefix))) for path in beside.hits),
        old_ids=_old_ids(repo, plan),
        modules=tuple(
            escape(path.removeprefix(prefix)) for path in gitdir.modules_with_secret(facts, matcher)
        ),
        unlooked=(*kept.unlooked, *beside.unlooked),
    )


def fingerprint(repo: Repository) -> str:
    """A digest over which objects there are, and over the content of every other file."""
    digest = hashlib.sha256()
    store = ObjectStore.of(repo)
    loose = {item.oid for item in store.loose()[0]}
    if len(store.packs) == 1 and not loose:
        digest.update(bytes(store.packs[0].names()))  # sorted, each once
    else:
        digest.update(b"".join(sorted(loose.union(*(_ids(pack) for pack in store.packs)))))
    store.close()
    for path in sorted(gitdir.every_file(repo)):
        digest.update(path + b"\0")
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def _ids(pack: Pack) -> set[bytes]:
    return {pack.oid(number) for number in range(pack.count)}


def _reachable(
    repo: Repository, facts: Facts, plan: Plan, held: Inventory, homes: Homes, matcher: Matcher
) -> tuple[str, ...]:
    """What would still have to be rewritten: the same question as for a plan, and the answer should be nothing."""
    if not homes.found and not plan.remove_paths:
        index = TreeIndex(held)
        if not any(matcher.spans(name) for name in index.names):
            homes.unlooked += index.problems
            return _named(facts, matcher)  # no object has it, so nothing leads to one
    state = State(repo, f".verify-{os.getpid()}")
    state.create()
    try:
        writer = PackWriter(state.file("scratch.pack"), repo.oid_size)
        answers = {question.id: question.answer or question.choices[0] for question in plan.questions}
        answers |= {"archive": "drop", "lfs": "drop"}
        paths = tuple(path.encode("utf-8", "surrogateescape") for path in plan.remove_paths)
        rewriter = Rewriter(held, Reader(held.store), writer, homes, matcher, Decisions(answers, paths))
        tips = {bytes.fromhex(ref.oid): "" for ref in facts.refs}
        tips |= {bytes.fromhex(tree.head): "" for tree in facts.worktrees if tree.head}
        tips |= {bytes.fromhex(entry.new): "" for entry in facts.stash}
        rewriter.tips(tips, [])

        def stays(oid: str) -> bool:
            return rewriter.map(bytes.fromhex(oid)) == bytes.fromhex(oid)

        found = [
            shown(matcher.name(ref.name))
            for ref in facts.refs
            if not stays(ref.oid) or matcher.spans(ref.name)
        ]
        for tree in facts.worktrees:
            if tree.ref is None and tree.head and not stays(tree.head):
                found.append(tree.head_name)
            found += (
                f"index: {shown(matcher.name(entry.path))}"
                for entry in tree.staged
                if entry.mode != GITLINK
                and (
                    rewriter.blobs.map(bytes.fromhex(entry.oid), entry.path) != bytes.fromhex(entry.oid)
                    or rewriter.path(entry.path) != entry.path
                )
            )
        found += (f"stash@{{{n}}}" for n, entry in enumerate(reversed(facts.stash)) if not stays(entry.new))
        writer.abandon()
    finally:
        state.discard()
    return tuple(found)


def _named(facts: Facts, matcher: Matcher) -> tuple[str, ...]:
    """Refs and paths of indexes that have a secret in their names."""
    found = [shown(matcher.name(ref.name)) for ref in facts.refs if matcher.spans(ref.name)]
    for tree in facts.worktrees:
        paths = [entry.path for entry in tree.staged if matcher.spans(entry.path)]
        found += (f"index: {shown(matcher.name(path))}" for path in paths)
    return tuple(found)


def _old_ids(repo: Repository, plan: Plan) -> tuple[str, ...]:
    """Objects that were rewritten and are still there."""
    state = State(repo, plan.plan_id)
    olds = {oid.hex() for oid in act.read_map(state)} | set(plan.first_changed) | set(plan.tags)
    olds |= {edit.old for edit in plan.blobs}
    olds |= {move.old for move in (*plan.refs, *plan.heads, *plan.stash) if move.old != move.new}
    news = {move.new for move in (*plan.refs, *plan.heads, *plan.stash)}
    kept = {move.old for move in plan.refs if move.old == move.new}
    asked = sorted(olds - news - kept)
    joined = bytes.fromhex("".join(asked))
    here: set[str] = set()
    store = ObjectStore.of(repo)
    try:
        for pack in store.packs:
            places = struct.iter_unpack("=i", kernel.find(pack.index, joined, repo.oid_size))
            here |= {oid for oid, (place,) in zip(asked, places, strict=True) if place >= 0}
        here |= {item.oid.hex() for item in store.loose()[0]}.intersection(asked)
    finally:
        store.close()
    return tuple(sorted(here))


def _refs(repo: Repository, state: State) -> list[str]:
    """Whether every ref is where the plan has put it."""
    work = state.work()
    if work is None:
        return []
    here = {shown(ref.name): ref.oid for ref in facts_room.gather(repo).refs}
    gone = [new_name for _, new_name, _, new in work.refs if new and new_name not in here]
    return [f"ref {name} is gone" for name in gone[:5]]


def _fsck(repo: Repository) -> list[str]:
    status, out, err = run.attempt(
        main_where(repo), "fsck", "--full", "--no-dangling", "--no-progress", "--no-reflogs"
    )
    if not status:
        return []
    # What it says of malformed lines ("error in commit …") was so before, or the plan has foretold it.
    passed = (b"warning", b"hint:", b"error in ")
    return [f"fsck: {escape(line)}" for line in (out + err).splitlines() if not line.startswith(passed)][:10]
