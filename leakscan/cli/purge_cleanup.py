"""`leakscan purge cleanup`: remove the old history from this clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import purge_shared as shared
from .purge_steps import add_step, refusing, secrets

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "cleanup",
        help="remove the old objects, reflogs and leftovers, and prove that nothing is left; cannot be undone",
        epilog="Exit codes: 0 clean, 1 something is left, 3 refused: something pins old objects, 4 not run yet.",
    )
    add_step(parser)
    parser.set_defaults(run=lambda args: refusing(args, "cleanup", lambda: _cleanup(args)))


def _cleanup(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge.cleanup import cleanup, exit_code
    from leakscan.purge.show import verdict_lines

    repo = shared.repository(args)
    plan = shared.load_plan(repo, args.plan)
    shared.confirm(
        args, plan.plan_id,
        "This removes the old history from this clone. Undo is then only possible from the backup.",
    )  # fmt: skip
    verdict = cleanup(repo, plan, secrets=secrets(args))
    return exit_code(verdict), {"plan_id": plan.plan_id, **verdict.facts()}, verdict_lines(verdict, True)
