"""`leakscan purge verify`: look at everything once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.errors import OK

from . import purge_shared as shared
from .purge_steps import add_step, refusing, secrets

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "verify",
        help="search every object and file of the git directory, and compare the new history with the old",
        epilog="Exit codes: 0 nothing reachable has the secret (after cleanup: nothing at all), 1 it is still there, "
        "6 the new history is not the planned one.",
    )
    add_step(parser)
    parser.add_argument("--no-fsck", action="store_true", help="leave out `git fsck --full`")
    parser.set_defaults(run=lambda args: refusing(args, "verify", lambda: _verify(args)))


def _verify(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge.model import SELF_CHECK, SURVIVES
    from leakscan.purge.show import verdict_lines
    from leakscan.purge.state import State
    from leakscan.purge.verify import verify

    repo = shared.repository(args)
    plan = shared.load_plan(repo, args.plan)
    verdict = verify(repo, plan, secrets=secrets(args), fsck=not args.no_fsck)
    phase = State(repo, plan.plan_id).phase
    if verdict.reachable or verdict.modules or (phase in ("clean", "cleaning") and not verdict.clean):
        code = SURVIVES
    else:
        code = SELF_CHECK if verdict.problems else OK
    value = {"plan_id": plan.plan_id, "phase": phase, **verdict.facts()}
    return code, value, verdict_lines(verdict, phase == "clean")
