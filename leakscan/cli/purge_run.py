"""`leakscan purge run`: carry a plan out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.errors import OK

from . import purge_shared as shared
from .purge_steps import add_step, refusing, secrets

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "run",
        help="rewrite history as planned; can be undone until cleanup",
        epilog="Exit codes: 0 done (also a second time), 3 refused, 4 the repository has changed since the plan, "
        "6 self-check failed (refs untouched), 7 interrupted.",
    )
    add_step(parser)
    parser.add_argument("--no-backup", action="store_true", help="make no copy of the git directory first")
    parser.add_argument(
        "--backup-to", metavar="DIR", help="where the copy goes (default: beside the repository)"
    )
    parser.add_argument("--rotated", action="store_true", help="the secret has been revoked")
    parser.set_defaults(run=lambda args: refusing(args, "run", lambda: _run(args)))


def _run(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge import act, state

    repo = shared.repository(args)
    plan = shared.load_plan(repo, args.plan)
    counts = plan.counts
    shared.confirm(
        args, plan.plan_id,
        f"This rewrites {counts.commits_rewritten} of {counts.commits} commits and moves {counts.refs_moved} refs.",
    )  # fmt: skip
    done = act.run(
        repo, plan, secrets=secrets(args), backup=not args.no_backup,
        backup_to=os.fsencode(args.backup_to) if args.backup_to else None,
    )  # fmt: skip
    kept = state.State(repo, plan.plan_id)
    if args.rotated:
        kept.note(rotated=True)
    rotated = bool(kept.facts().get("rotated"))
    text = [f"{done.message}. Undo any time before cleanup: leakscan purge undo {args.plan or plan.plan_id}"]
    if done.facts.get("backup"):
        text.append(
            f"Backup: {done.facts['backup']} (it contains the live secret; delete it after some weeks)"
        )
    if not rotated:
        text.append("Nobody has said that the secret was revoked: do that first (leakscan purge rotate).")
    text.append(f"Next: leakscan purge verify {args.plan or plan.plan_id}")
    return OK, {"plan_id": plan.plan_id, "rotated": rotated, **done.facts}, text
