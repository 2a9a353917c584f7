"""`leakscan purge guard`: keep the old history out, by a hook or in a build."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.errors import OK, UsageError

from . import purge_shared as shared

if TYPE_CHECKING:
    import argparse

    from leakscan.git.repository import Repository


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser("guard", help="refuse pushes that bring purged history back")
    actions = parser.add_subparsers(dest="guard", metavar="ACTION", required=True)
    install = actions.add_parser(
        "install", help="install a pre-push hook, or pre-receive in a bare repository"
    )
    install.add_argument(
        "--hook", choices=("pre-push", "pre-receive"), help="which (default: by the repository)"
    )
    install.add_argument("--hooks-dir", metavar="DIR", help="where hooks are, if not in the repository")
    install.add_argument("--chain", action="store_true", help="keep a hook that is there, and run it first")
    install.set_defaults(run=lambda args: shared.run(args, "guard install", lambda: _install(args)))
    check = actions.add_parser(
        "check",
        help="look at revisions, or at what git tells a hook on standard input",
        epilog="Exit codes: 0 nothing banned, 1 purged history would come back.",
    )
    check.add_argument("revisions", nargs="*", metavar="REV", help="what would be pushed (default: HEAD)")
    check.add_argument("--stdin", choices=("pre-push", "pre-receive"), help="read what git tells this hook")
    check.set_defaults(run=lambda args: shared.run(args, "guard check", lambda: _check(args)))
    for action in (install, check):
        action.add_argument(
            "--plan",
            action="append",
            default=[],
            metavar="PLAN",
            help="ban what this plan took out (repeatable)",
        )
        action.add_argument("--banned", type=Path, metavar="FILE", help="ban the ids of this list")
        shared.add_common(action, plan=False)


def _ids(args: argparse.Namespace, repo: Repository) -> list[str]:
    from leakscan.purge import guard, known

    ids: list[str] = []
    for word in args.plan:
        plan = shared.load_plan(repo, word)
        ids += known.banned(plan, *shared.maps(repo, plan, word))
    if args.banned is not None:
        try:
            ids += guard.loads(args.banned.read_text(encoding="ascii", errors="replace"), str(args.banned))
        except OSError as error:
            raise UsageError(f"{args.banned}: {error.strerror}") from None
    return ids


def _install(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge import guard

    repo = shared.repository(args)
    ids = _ids(args, repo)
    if not ids and not guard.read(repo):
        raise UsageError("nothing to guard against: give --plan PLAN or --banned FILE")
    hooks = os.fsencode(os.path.abspath(args.hooks_dir)) if args.hooks_dir else None
    done = guard.install(repo, ids, kind=args.hook, hooks=hooks, chain=args.chain)
    lines = [f"{done.hook} refuses {done.total} ids, listed in {done.banned}."]
    if done.chained:
        lines.append(f"{done.chained} is run before.")
    return OK, done._asdict(), lines


def _check(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge import guard
    from leakscan.purge.model import SURVIVES

    repo = shared.repository(args)
    banned = {*_ids(args, repo), *guard.read(repo)}
    if not banned:
        raise UsageError("nothing to check against: give --plan PLAN or --banned FILE")
    if args.stdin:
        pushed = guard.parse(args.stdin, sys.stdin.read())
    else:
        pushed = [guard.Pushed(rev, rev) for rev in args.revisions or ["HEAD"]]
    hits = guard.find(repo, banned, pushed)
    value = {"hits": [{"ref": h.ref, "ids": list(h.ids)} for h in hits]}
    lines = [f"{h.ref} brings back {len(h.ids)} purged objects: {', '.join(h.ids[:3])}" for h in hits]
    return (SURVIVES if hits else OK), value, lines or ["Nothing that was purged comes back."]
