"""A plan put aside: its new objects checked, and all that carries it out in a directory of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.git.objects import ObjectStore
from leakscan.git.pack import Pack
from leakscan.model.record import NamedTuple

from .invariants import check
from .model import dumps
from .reader import Reader
from .state import State, write
from .strict import begin_strict, write_index

if TYPE_CHECKING:
    from leakscan.git.inventory import Inventory
    from leakscan.git.repository import Repository

    from .model import Plan
    from .pack_writer import PackWriter
    from .rewrite import Rewriter
    from .state import Work


def keep(
    repo: Repository,
    held: Inventory,
    draft: State,
    plan: Plan,
    work: Work,
    rewriter: Rewriter,
    writer: PackWriter,
) -> State:
    """Check the new objects, and put the draft in its place."""
    problem = _checked(repo, held, draft, plan, rewriter, writer) if rewriter.stored else ""
    write(draft.file("plan.json"), dumps(plan).encode())
    write(draft.file("commit-map"), rewriter.commit_map.encode())
    draft.save_work(work)
    draft.note(phase="planned", strict=problem, objects=rewriter.stored, checked=writer.trailer)
    state = State(repo, plan.plan_id)
    if state.phase in (None, "planned", "undone"):
        state.discard()
        os.rename(draft.path, state.path)
    else:
        draft.discard()
    return state


def _checked(
    repo: Repository, held: Inventory, draft: State, plan: Plan, rewriter: Rewriter, writer: PackWriter
) -> str:
    """Compare the new objects with the old ones, and read them back. What git's stricter checks say of them."""
    write_index(writer, draft.file("new.idx"))
    store = ObjectStore.of(repo)
    try:
        new = Pack(draft.file("new.pack"), repo.oid_size)
        store.packs = (*store.packs, new)
        reader = Reader(store)
        strict = begin_strict(held, new, draft, reader)
        known = _Known(rewriter, reader)
        commits, matcher = rewriter.result.commits, rewriter.matcher
        check(repo, plan, commits, known, matcher, rewriter.compared, rewriter.exchanged)
        return strict()
    finally:
        store.close()


class _Known(NamedTuple):
    """Objects, from memory where they were made or read there: `strict` has seen to it that they are what their ids say."""

    rewriter: Rewriter
    reader: Reader

    def read(self, oid: bytes, /) -> bytes:
        return self.rewriter.commit(oid) or self.reader.read(oid)
