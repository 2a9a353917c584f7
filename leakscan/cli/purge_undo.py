"""`leakscan purge undo`: put everything back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.errors import OK

from . import purge_shared as shared
from .purge_steps import add_step, refusing

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "undo",
        help="put refs, indexes and files back as they were before run; not after cleanup",
        epilog="Exit codes: 0 done, 4 refs were moved since, or cleanup has removed the old history.",
    )
    add_step(parser)
    parser.set_defaults(run=lambda args: refusing(args, "undo", lambda: _undo(args)))


def _undo(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge import act

    repo = shared.repository(args)
    plan = shared.load_plan(repo, args.plan)
    shared.confirm(args, plan.plan_id, "This brings the old history back, with the secret in it.")
    done = act.undo(repo, plan)
    return OK, {"plan_id": plan.plan_id, **done.facts}, [f"{done.message}."]
