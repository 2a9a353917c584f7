"""`leakscan purge status`: where purges stand, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.errors import OK

from . import purge_shared as shared

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser("status", help="where purges of this clone stand, and what comes next")
    shared.add_common(parser, plan=False)
    parser.set_defaults(run=lambda args: shared.run(args, "status", lambda: _status(args)))


def _status(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge.status import status

    found = status(shared.repository(args))
    text = [
        f"{one.plan_id}: {one.phase}; next: leakscan purge {one.following[0]} {one.plan_id}"
        + (f" (or {', '.join(one.following[1:])})" if len(one.following) > 1 else "")
        for one in found
    ]
    return OK, {"plans": [one._asdict() for one in found]}, text or ["No purge was planned in this clone."]
