"""Where a purge stands, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

from .state import Phase, State, plans

if TYPE_CHECKING:
    from leakscan.git.repository import Repository

_NEXT: dict[Phase, tuple[str, ...]] = {
    "planned": ("run",),
    "moving": ("run", "undo"),
    "moved": ("verify", "cleanup", "push", "undo"),
    "undoing": ("undo",),
    "undone": ("plan",),
    "cleaning": ("cleanup",),
    "clean": ("push", "handoff"),
}


class Standing(NamedTuple):
    """One plan of a clone."""

    plan_id: str
    phase: Phase
    following: tuple[str, ...]  # commands that make sense now, the most likely first
    backup: str  # where its backup is; "" where there is none


def status(repo: Repository) -> list[Standing]:
    """All plans that this clone knows of."""
    found = []
    for plan_id in plans(repo):
        state = State(repo, plan_id)
        if state.phase is not None:
            backup: str = state.facts().get("backup") or ""
            found.append(Standing(plan_id, state.phase, _NEXT[state.phase], backup))
    return found
