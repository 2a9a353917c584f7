"""Carrying a plan out: new objects in, checked, then all refs at once, then what lies beside them. May be taken up again."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from leakscan.git import run as git_run
from leakscan.git.objects import ObjectStore
from leakscan.model.record import NamedTuple

from . import checks, files, invariants, refs
from . import facts as facts_room
from .model import CHANGED, PreconditionError, PurgeError, Refusal
from .reader import Reader
from .recover import recover
from .replace import Matcher
from .state import State, Work, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.repository import Repository

    from .facts import Facts
    from .model import Plan


class Done(NamedTuple):
    """What a step did, for the report."""

    message: str
    facts: dict[str, Any]


def run(
    repo: Repository, plan: Plan, *, secrets: Sequence[bytes] = (), backup_to: bytes | None = None,
    backup: bool = True,
) -> Done:  # fmt: skip
    """Rewrite. A second time it does nothing.

    Raises PreconditionError (nothing was changed), PurgeError (CHANGED, SELF_CHECK), UsageError, GitError.
    """
    state = State(repo, plan.plan_id)
    phase = state.phase
    if phase in ("moved", "cleaning", "clean"):
        return Done("already done", {"refs_moved": 0, "phase": phase})
    if phase == "undoing":
        raise PurgeError("an undo was interrupted; finish it first (leakscan purge undo)", CHANGED)
    if plan.unanswered:
        raise PreconditionError(
            tuple(
                Refusal(
                    "question",
                    f"{question.id}: {question.what}",
                    f"plan again with --answer {question.id}=" + "|".join(question.choices),
                )
                for question in plan.unanswered
            )
        )
    facts = facts_room.gather(repo)
    found = recover(repo, plan, secrets)
    if phase != "moving":
        checks.before_plan(facts, acks=plan.acks, include_worktrees=plan.include_worktrees)
        if facts_room.refs_digest(facts) != plan.all_refs:
            raise PurgeError("refs have changed since the plan was made; plan again", CHANGED)
    matcher = Matcher(found, plan.token.encode())
    work = state.work() if phase is not None else None
    if work is None or not os.path.exists(state.file("new.pack")):
        from .plan import again

        made = again(repo, plan, found)
        if made.plan.plan_id != plan.plan_id:
            raise PurgeError("this repository is not the one that the plan was made for; plan again", CHANGED)
        state, work = made.state, made.work
    if plan.is_empty and not work.index and not work.symbolic and not files.settings(facts, matcher):
        state.note(phase="moved")
        return Done("nothing to rewrite", {"refs_moved": 0, "phase": "moved"})
    where = ""
    if phase != "moving":
        if backup:
            from .backup import make as make_backup

            where = make_backup(repo, facts, plan.plan_id, backup_to)
            state.note(backup=where)
        state.note(pinned=pin(repo, plan.plan_id))
        if state.facts().get("objects"):
            place(repo, state, plan.plan_id)
        if state.facts().get("checked") != _trailer(repo, state):  # else it was when it was planned
            check(repo, plan, state, matcher)
        files.keep_originals(repo, facts, work, matcher, state)
        state.note(phase="moving")
    moved = refs.move(repo, refs.swaps(work), f"leakscan purge {plan.plan_id}")
    for name, _, target in work.symbolic:
        refs.attach(repo, name, target)
    files.edit(repo, facts_room.gather(repo), work, matcher)
    state.note(phase="moved")
    unpin_new(repo, state)
    return Done(
        f"{len(work.refs)} refs moved",
        {"refs_moved": len(work.refs), "updates": moved, "phase": "moved", "backup": where},
    )


def undo(repo: Repository, plan: Plan) -> Done:
    """Put everything back as it was before `run`. Raises PurgeError where it cannot (CHANGED)."""
    state = State(repo, plan.plan_id)
    phase = state.phase
    if phase in ("cleaning", "clean"):
        backup = state.facts().get("backup")
        way = f"; the backup is in {backup}" if backup else ""
        raise PurgeError(f"after cleanup the old history is no longer in this clone{way}", CHANGED)
    work = state.work()
    if phase in (None, "planned", "undone") or work is None:
        unpin(repo, plan.plan_id)
        return Done("nothing to undo", {"refs_moved": 0, "phase": phase or "none"})
    state.note(phase="undoing")
    moved = refs.move(repo, refs.swaps(work, back=True), f"leakscan purge undo {plan.plan_id}")
    for name, target, _ in work.symbolic:
        refs.attach(repo, name, target)
    files.put_back(repo, state)
    unpin(repo, plan.plan_id)
    state.remove("originals")
    state.note(phase="undone")
    return Done(f"{len(work.refs)} refs moved back", {"refs_moved": len(work.refs), "updates": moved})


def check(repo: Repository, plan: Plan, state: State, matcher: Matcher) -> None:
    """Compare the new history with the old. Raises PurgeError (SELF_CHECK)."""
    store = ObjectStore.of(repo)
    try:
        invariants.check(repo, plan, read_map(state), Reader(store), matcher)
    finally:
        store.close()


def read_map(state: State) -> dict[bytes, bytes]:
    """Old commits to new ones."""
    try:
        with open(state.file("commit-map"), encoding="ascii") as file:
            pairs = [line.split() for line in file]
    except OSError:
        return {}
    return {bytes.fromhex(old): bytes.fromhex(new) for old, new in pairs}


def pin(repo: Repository, plan_id: str) -> list[str]:
    """Keep old objects whatever git tidies up: loose ones go into a pack, and every pack is marked .keep.

    Returns the checksums of packs that were made.
    """
    made: list[str] = []
    where = refs.main_where(repo)
    pack_dir = os.path.join(repo.objects_dir, b"pack")
    os.makedirs(pack_dir, exist_ok=True)
    if any(
        len(name) == 2 and _names(os.path.join(repo.objects_dir, name)) for name in _names(repo.objects_dir)
    ):
        out = git_run.output(
            where, "pack-objects", "-q", "--all", "--reflog", "--indexed-objects", "--unpacked", "--incremental",
            "--non-empty", os.path.join(pack_dir, b"pack"),
        )  # fmt: skip
        made = out.decode().split()
    for name in _names(pack_dir):
        if name.endswith(b".pack"):
            keep = os.path.join(pack_dir, name[:-5] + b".keep")
            if not os.path.exists(keep):
                write(keep, f"leakscan purge {plan_id}\n".encode())
    return made


def unpin(repo: Repository, plan_id: str = "") -> None:
    """Remove the marks of a plan; of all plans where none is named."""
    pack_dir = os.path.join(repo.objects_dir, b"pack")
    for name in _names(pack_dir):
        path = os.path.join(pack_dir, name)
        if name.endswith(b".keep") and facts_room.own_keep(path):
            with open(path, "rb") as file:
                if plan_id.encode() in file.read():
                    os.unlink(path)


def unpin_new(repo: Repository, state: State) -> None:
    """The new objects are reachable now: their pack needs no mark, nor its twin in the purge's directory."""
    name = state.facts().get("pack")
    if name:
        keep = os.path.join(repo.objects_dir, b"pack", name.encode() + b".keep")
        if os.path.exists(keep):
            os.unlink(keep)


def place(repo: Repository, state: State, plan_id: str) -> None:
    """Put the new pack, which `plan` has checked, among the others. It counts from the moment its index is there."""
    name = f"pack-{_trailer(repo, state)}"
    target = os.path.join(repo.objects_dir, b"pack", name.encode())
    state.note(pack=name)
    write(target + b".keep", f"leakscan purge {plan_id}\n".encode())
    for suffix in ("pack", "idx"):
        path = target + b"." + suffix.encode()
        if not os.path.exists(path):
            shutil.copyfile(state.file(f"new.{suffix}"), path + b".tmp")
            os.chmod(path + b".tmp", 0o444)
            os.replace(path + b".tmp", path)


def _trailer(repo: Repository, state: State) -> str:
    """The checksum at the end of the new pack, hex."""
    with open(state.file("new.pack"), "rb") as file:
        file.seek(-repo.oid_size, os.SEEK_END)
        return file.read().hex()


def _names(directory: bytes) -> list[bytes]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


__all__ = ["Done", "Facts", "Work", "check", "pin", "place", "read_map", "run", "undo", "unpin"]
