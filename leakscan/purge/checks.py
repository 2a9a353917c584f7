"""What stands in the way of a purge: facts in, refusals out, all at once and each with its way out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.text import escape

from .model import PreconditionError, Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .facts import Facts


def before_plan(facts: Facts, *, acks: Collection[str] = (), include_worktrees: bool = False) -> None:
    """Raises PreconditionError where history cannot be rewritten soundly, or what is pinned could not be cleaned."""
    _raise(acks, (*_objects(facts), *_pins(facts), *_work(facts, include_worktrees)))


def before_cleanup(facts: Facts, *, acks: Collection[str] = ()) -> None:
    """Raises PreconditionError where old objects would stay."""
    _raise(acks, (*_objects(facts), *_pins(facts), *_locks(facts)))


def _raise(acks: Collection[str], refusals: tuple[Refusal, ...]) -> None:
    left = tuple(refusal for refusal in refusals if not (refusal.ack and refusal.code in acks))
    if left:
        raise PreconditionError(left)


def _objects(facts: Facts) -> Iterator[Refusal]:
    if facts.repo.is_shallow:
        yield Refusal(
            "shallow",
            "this is a shallow clone: the history behind its boundary would be cut off",
            "fetch the rest (git fetch --unshallow), or purge in a full clone (git clone --mirror URL)",
        )
    if facts.promisor:
        yield Refusal(
            "partial",
            "this is a partial clone: objects are missing, and git never removes those of a promisor",
            "purge in a full clone (git clone --mirror URL)",
        )
    if facts.grafts:
        yield Refusal(
            "grafts",
            "info/grafts makes history look other than it is",
            "turn it into replace refs (git replace --convert-graft-file), which are carried along, or remove it",
        )
    if facts.reftable:
        yield Refusal(
            "reftable",
            "refs are kept in a reftable, whose reflogs cannot be rewritten",
            "purge in a mirror clone with refs in files (git clone --mirror --ref-format=files URL)",
        )


def _pins(facts: Facts) -> Iterator[Refusal]:
    if facts.precious:
        yield Refusal(
            "precious",
            "extensions.preciousObjects forbids git to remove any object",
            "see who relies on it, then git config --unset extensions.preciousObjects",
        )
    if facts.alternates:
        yield Refusal(
            "alternates",
            f"objects are borrowed from {escape(os.fsencode(facts.alternates[0]))}, where they would stay",
            "purge there, or make this clone independent (git repack -a -d, remove objects/info/alternates)",
        )
    if facts.borrowers:
        yield Refusal(
            "borrowed",
            f"{', '.join(escape(os.fsencode(path)) for path in facts.borrowers)} borrows objects from here and would break",
            "make that clone independent first (git repack -a -d there, remove its objects/info/alternates)",
        )
    if facts.keeps:
        yield Refusal(
            "keep",
            f"{len(facts.keeps)} packs are marked .keep, so that git never removes their objects",
            "remove the marks, or let the purge do it with --ack keep",
            ack=True,
        )


def _work(facts: Facts, include_worktrees: bool) -> Iterator[Refusal]:
    for tree in facts.worktrees:
        name = f"linked work tree {escape(tree.path or b'')}" if tree.id else "the work tree"
        if tree.in_progress:
            yield Refusal(
                "in-progress",
                f"{' and '.join(tree.in_progress)} is in progress in {name}",
                "finish or abort it",
            )
        if tree.changed and not include_worktrees:
            yield Refusal(
                "dirty",
                f"{name} has uncommitted changes: {escape(tree.changed[0])}"
                + (f" and {len(tree.changed) - 1} more" if len(tree.changed) > 1 else ""),
                "commit or stash them, or have them carried along with --include-worktrees",
            )
        if any(entry.stage for entry in tree.staged):
            yield Refusal("unmerged", f"{name} has unmerged files", "resolve them and commit")
    linked = [tree for tree in facts.worktrees if tree.id]
    if linked and not include_worktrees:
        yield Refusal(
            "worktrees",
            f"{len(linked)} linked work trees share this history: "
            + ", ".join(escape(tree.path or b"") for tree in linked),
            "remove them (git worktree remove), or have them carried along with --include-worktrees",
        )
    yield from _locks(facts)


def _locks(facts: Facts) -> Iterator[Refusal]:
    if facts.locks:
        yield Refusal(
            "locked",
            f"another git process is at work here, or died: {', '.join(facts.locks)}",
            "wait for it; if none runs, remove the file",
        )
