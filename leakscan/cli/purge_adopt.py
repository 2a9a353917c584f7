"""`leakscan purge adopt`: bring this clone over to the new history, with everything that is only here."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from leakscan.model.errors import OK, UsageError

from . import purge_shared as shared

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from leakscan.git.repository import Repository
    from leakscan.purge.check_clone import Candidate
    from leakscan.purge.model import Plan


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "adopt",
        help="carry a plan of somebody else out in this clone; your own commits, branches and stashes come along",
        epilog="Exit codes: 0 done, 3 refused: nothing was changed; 4 the result would not be that of the plan.",
    )
    shared.add_common(parser)
    parser.add_argument("--secret-stdin", action="store_true", help="read the secret from standard input")
    parser.add_argument(
        "--answer", action="append", default=[], metavar="ID=CHOICE", help="answer a question (repeatable)"
    )
    parser.add_argument(
        "--backup-to", metavar="DIR", help="where the backup goes (default: beside the clone)"
    )
    parser.add_argument(
        "--include-worktrees",
        action="store_true",
        help="carry uncommitted changes and linked work trees along",
    )
    parser.add_argument(
        "--ack",
        action="append",
        default=[],
        metavar="CODE",
        help="go on in spite of a refusal that allows it",
    )
    parser.add_argument("--no-backup", action="store_true", help="make no backup")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")
    shared.add_confirm(parser)
    parser.set_defaults(run=lambda args: shared.run(args, "adopt", lambda: _adopt(args)))


def _adopt(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge import act, adopt

    repo = shared.repository(args)
    _finished(repo)
    handed = shared.load_plan(repo, args.plan)
    given = shared.secrets_from_stdin() if args.secret_stdin else []
    secrets = adopt.secrets_of(repo, handed, given, lambda: _scan(repo, handed, args))
    here = replace(
        handed,
        include_worktrees=handed.include_worktrees or args.include_worktrees,
        acks=tuple(sorted({*handed.acks, *args.ack})),
    )
    done = adopt.adopt(repo, here, secrets, _answers(args.answer), shared.commit_map(repo, handed, args.plan))
    plan = done.made.plan
    value = {
        "plan_id": plan.plan_id,
        "adopted": handed.plan_id,
        "shared": done.shared,
        "own_commits": done.own,
        "refs": [{"ref": m.name, "old": m.old, "new": m.new} for m in plan.refs],
        "stashes": len(plan.stash),
        "first_changed": list(plan.first_changed),
        "dry_run": args.dry_run,
        "backup": "",
    }
    lines = [
        f"Plan {handed.plan_id} becomes plan {plan.plan_id} in this clone.",
        f"  {done.shared} commits that others have as well get the same new ids as there",
        f"  your own: {done.own} commits and {len(plan.stash)} stashes come along; {len(plan.refs)} refs move",
    ]
    if plan.is_empty:
        done.made.state.discard()
        return OK, value, ["Nothing to do: no branch, tag or stash of this clone has old history."]
    adopt.answered(plan)
    if args.dry_run:
        return OK, value, lines
    if not args.json:
        for line in lines:
            print(line)
    # A script knows the plan that it was given, not the one that is made here.
    shared.confirm(
        args, handed.plan_id, f"This rewrites {plan.counts.commits_rewritten} commits of this clone."
    )
    to = os.fsencode(os.path.abspath(args.backup_to)) if args.backup_to else None
    ran = act.run(repo, plan, secrets=secrets, backup_to=to, backup=not args.no_backup)
    value["backup"] = str(ran.facts.get("backup", ""))
    value["phase"] = ran.facts.get("phase", "")
    lines = [
        f"Done: {ran.message}. Undo any time before cleanup: leakscan purge undo {plan.plan_id}",
        *([f"Backup (it holds the secret): {value['backup']}"] if value["backup"] else []),
        f"Next: leakscan purge verify {plan.plan_id}, then leakscan purge cleanup {plan.plan_id}",
    ]
    return OK, value, lines


def _finished(repo: Repository) -> None:
    """Raises PreconditionError where something was interrupted in this clone."""
    from leakscan.purge.model import PreconditionError, Refusal
    from leakscan.purge.status import status

    half = [s for s in status(repo) if s.phase in ("moving", "undoing", "cleaning")]
    if half:
        raise PreconditionError(
            tuple(
                Refusal(
                    "interrupted",
                    f"plan {s.plan_id} was interrupted in this clone ({s.phase})",
                    "finish it: " + " or ".join(f"leakscan purge {step} {s.plan_id}" for step in s.following),
                )
                for s in half
            )
        )


def _scan(repo: Repository, plan: Plan, args: argparse.Namespace) -> Iterable[Candidate]:
    from .purge_find import pool, scan

    return pool(scan(repo, show=not args.json))


def _answers(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        key, equals, choice = one.rpartition("=")
        if not equals or not key or not choice:
            raise UsageError(f"--answer {one}: expected ID=CHOICE")
        found[key] = choice
    return found
