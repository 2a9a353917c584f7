"""`leakscan purge` without a step: walks a person from the finding to a clean repository.

Every step is also a command of its own, which is shown before it is run. What was done is remembered by the engine, so the
guide goes on where it was left. Each question has an answer for those who just press Enter, and it is the safe one.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from leakscan.model.errors import INCOMPLETE, OK, UsageError

from . import purge_shared as shared
from .purge_dialog import Scene, Stopped, home, yes
from .purge_guide_plan import prepare
from .purge_guide_run import carry_out

if TYPE_CHECKING:
    from leakscan.purge.state import State


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "guide", help="walk through all steps, each explained (the default on a terminal)"
    )
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the guide takes."""
    from .purge_find import add_scan

    parser.add_argument(
        "--repo", default=".", metavar="DIR", help="the repository (default: the current one)"
    )
    parser.add_argument("--remote", default="origin", metavar="NAME", help="where to push (default origin)")
    add_scan(parser)
    parser.set_defaults(run=guide)


def defaults() -> argparse.Namespace:
    """The options as they are where none is given."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args([])


def guide(args: argparse.Namespace) -> int:
    """Walk. Raises UsageError where there is no terminal: then nobody can be asked, and scripts use the steps."""
    from leakscan.purge.guide import NAMES
    from leakscan.report.style import Style

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "leakscan purge asks questions, and there is no terminal here. Scripts use its steps:\n"
            f"  leakscan purge {'|'.join(NAMES)} --help"
        )
    scene = Scene(shared.repository(args), Style(not os.environ.get("NO_COLOR")), args)
    print(scene.style.bold("This takes a secret out of the history of this repository, step by step."))
    print(home(os.fsdecode(scene.repo.root)))
    print("Nothing is changed before you type the id of a plan. Enter takes the answer in capitals, q stops.")
    try:
        _walk(scene)
    except (Stopped, EOFError, KeyboardInterrupt) as end:
        return _farewell(scene, end.code if isinstance(end, Stopped) else None)
    return OK


def _walk(scene: Scene) -> None:
    from leakscan.purge.guide import following
    from leakscan.purge.state import State

    plan_id = _current(scene)
    if plan_id is None:
        plan_id = prepare(scene)
    while True:
        state = State(scene.repo, plan_id)
        step = following(state.phase, state.facts().get("guide", []))
        if step is None:
            break
        plan = shared.load_plan(scene.repo, plan_id)
        carry_out(step, scene, plan, state)
    _finish(scene, State(scene.repo, plan_id))


def _current(scene: Scene) -> str | None:
    """A plan that is on its way, if the person wants to go on with it."""
    from leakscan.purge.guide import following
    from leakscan.purge.state import State
    from leakscan.purge.status import status

    for standing in sorted(status(scene.repo), key=lambda s: list(_PHASES).index(s.phase)):
        state = State(scene.repo, standing.plan_id)
        step = following(standing.phase, state.facts().get("guide", []))
        if step in (None, "find"):
            continue
        if standing.phase == "planned" and _outdated(scene, standing.plan_id):
            print(f"\nPlan {standing.plan_id} is put aside: branches or tags have changed since it was made.")
            state.discard()
            continue
        print(f"\nPlan {standing.plan_id} is {_PHASES[standing.phase]}; next is: {step}.")
        if standing.phase != "planned" or yes("Go on with it?", default=True):
            return standing.plan_id
    return None


def _outdated(scene: Scene, plan_id: str) -> bool:
    from leakscan.purge.facts import gather, refs_digest

    return refs_digest(gather(scene.repo)) != shared.load_plan(scene.repo, plan_id).all_refs


# The most urgent first.
_PHASES = {
    "moving": "being carried out, and was interrupted",
    "undoing": "being undone, and was interrupted",
    "cleaning": "being cleaned up, and was interrupted",
    "moved": "carried out, and can be undone",
    "planned": "planned",
    "clean": "carried out and cleaned up",
    "undone": "undone",
}


def _finish(scene: Scene, state: State) -> None:
    facts = state.facts()
    print("\n" + scene.style.good("Done: this clone is clean, and the others know what to do."))
    if not facts.get("rotated"):
        from .purge_rotate import REMINDER

        print(scene.style.warn(f"One thing is left. {REMINDER}"))
    if facts.get("guide_backup"):
        print("When nobody misses anything any more, delete the backup, which still holds the secret:")
        print(f"  leakscan purge backup --shred {home(facts['guide_backup'])}")
    print("To keep the old history from coming back, on the server and in clones:")
    print("  leakscan purge guard install --plan PLAN")


def _farewell(scene: Scene, code: int | None) -> int:
    from leakscan.purge.model import UNFINISHED
    from leakscan.purge.status import status

    under_way = [s for s in status(scene.repo) if s.phase not in ("planned", "undone")]
    moved = [s for s in under_way if s.phase not in ("clean",)]
    if code == OK:
        return OK
    print("\nStopped. " + ("Nothing in this repository was changed." if not under_way else ""), end="")
    if moved:
        print(f"Plan {moved[-1].plan_id} is {_PHASES[moved[-1].phase]}.", end="")
    print("\nGo on any time: leakscan purge")
    if code is not None:
        return code
    return UNFINISHED if moved else INCOMPLETE
