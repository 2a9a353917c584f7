"""`leakscan purge backup`: copy the git directory and try the copy; or remove such a copy."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.errors import OK, UsageError

from . import purge_shared as shared
from .purge_steps import refusing

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser("backup", help="copy the git directory, and try the copy")
    shared.add_common(parser, plan=False)
    parser.add_argument("--to", metavar="DIR", help="where the copy goes")
    parser.add_argument("--shred", metavar="DIR", help="remove a backup that is no longer needed")
    parser.set_defaults(run=lambda args: refusing(args, "backup", lambda: _backup(args)))


def _backup(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge import backup, facts

    if args.shred:
        count = backup.shred(os.fsencode(args.shred))
        return OK, {"removed": count}, [f"{count} files removed."]
    if not args.to:
        raise UsageError("where to? give --to DIR")
    repo = shared.repository(args)
    path = backup.make(repo, facts.gather(repo), "manual", os.fsencode(args.to))
    text = [
        f"{path}: complete, and tried. It contains the live secret: remove it when it is no longer needed,"
    ]
    return OK, {"backup": path}, [*text, f"    leakscan purge backup --shred {path}"]
