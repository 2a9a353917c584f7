"""The guide's second half: what a plan is carried out with, each step as its command does it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.errors import OK

from .purge_dialog import Scene, Stopped, ask, do, head, home, note, yes

if TYPE_CHECKING:
    from leakscan.purge.model import Plan
    from leakscan.purge.state import State


def carry_out(step: str, scene: Scene, plan: Plan, state: State) -> None:
    """Take one step. Raises Stopped."""
    {
        "run": _run, "verify": _verify, "cleanup": _cleanup, "push": _push, "handoff": _handoff, "undo": _undo
    }.get(step, _again)(scene, plan, state)  # fmt: skip


def _run(scene: Scene, plan: Plan, state: State) -> None:
    backup = state.facts().get("guide_backup")
    words = ["run", plan.plan_id]
    if backup:
        words += ["--backup-to", backup]
    elif backup == "":
        words.append("--no-backup")
    if state.facts().get("rotated"):
        words.append("--rotated")
    head(scene, "run", f"leakscan purge run {plan.plan_id}")
    do(scene, *words)


def _verify(scene: Scene, plan: Plan, state: State) -> None:
    head(scene, "verify", f"leakscan purge verify {plan.plan_id}")
    do(scene, "verify", plan.plan_id)
    note(state, "verify")


def _cleanup(scene: Scene, plan: Plan, state: State) -> None:
    head(scene, "cleanup", f"leakscan purge cleanup {plan.plan_id}")
    do(scene, "cleanup", plan.plan_id)


def _push(scene: Scene, plan: Plan, state: State) -> None:
    head(scene, "push", f"leakscan purge push {plan.plan_id}")
    if not scene.repo.git("remote").strip() and scene.args.remote == "origin":
        print("This clone has no remote, so there is nowhere to push to.")
        note(state, "push")
        return
    do(scene, "push", plan.plan_id, "--remote", scene.args.remote)
    note(state, "push")


def _handoff(scene: Scene, plan: Plan, state: State) -> None:
    head(scene, "handoff", f"leakscan purge handoff {plan.plan_id}")
    proposed = os.fsdecode(scene.repo.root).rstrip(os.sep) + ".purge-handoff"
    where = ask(f"Where shall the files go? [{home(proposed)}] ") or proposed
    do(scene, "handoff", plan.plan_id, "--remote", scene.args.remote, "--out", os.path.expanduser(where))
    note(state, "handoff")


def _undo(scene: Scene, plan: Plan, state: State) -> None:
    print("\nAn undo was interrupted. It has to be finished first.")
    if not yes("Finish it?", default=True):
        raise Stopped
    do(scene, "undo", plan.plan_id, "--yes", "--confirm", plan.plan_id)


def _again(scene: Scene, plan: Plan, state: State) -> None:
    print("\nThe plan has been undone. Start again with: leakscan purge")
    raise Stopped(OK)
