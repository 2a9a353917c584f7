"""`leakscan baseline`: write down what is known, so that only what is new fails."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.errors import OK, UsageError

from .options import add_scan_options, scan_options

if TYPE_CHECKING:
    import argparse

    from leakscan.api import ScanOptions
    from leakscan.baseline import Entry
    from leakscan.model.finding import ScanResult

DEFAULT = ".leakscan-baseline.json"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser("baseline", help="create or update a baseline of known findings")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    create = actions.add_parser("create", help="a new baseline that knows what a scan finds now")
    add_scan_options(create)
    create.add_argument("--force", action="store_true", help="replace a baseline that is there")
    create.set_defaults(run=_create)

    update = actions.add_parser("update", help="add what is new, drop what is gone, keep salt and reasons")
    add_scan_options(update)
    update.set_defaults(run=_update)

    audit = actions.add_parser(
        "audit", help="judge findings one by one, on a terminal: real, false, or later; with a reason"
    )
    add_scan_options(audit)
    audit.add_argument("--all", action="store_true", help="also those that have been judged already")
    audit.set_defaults(run=_audit)

    for action in (create, update, audit):
        action.add_argument(
            "--baseline",
            type=Path,
            metavar="FILE",
            help=f"default: as configured, else {DEFAULT} at the root",
        )
        action.add_argument("--no-progress", action="store_true", help="no progress bar on a terminal")


def _create(args: argparse.Namespace) -> int:
    from leakscan.baseline import create, save

    options, result = _scan(args)
    path = _path(options, result)
    if path.exists() and not args.force:
        raise UsageError(
            f"{_name(path)} is there already: `leakscan baseline update` keeps its salt and reasons, "
            "--force replaces it"
        )
    baseline = create(result)
    save(baseline, path)
    _print(f"{_name(path)}: {_count(len(baseline.entries))}.", result)
    if options.baseline is not None or path.name != DEFAULT:
        return OK
    print(f"Scans heed it with --baseline {_name(path)}, or `baseline: {path.name}` in .leakscan.yml.")
    return OK


def _update(args: argparse.Namespace) -> int:
    from leakscan.api import is_whole
    from leakscan.baseline import load, save, update

    options, result = _scan(args)
    path = _path(options, result)
    done = update(load(path), result, whole=is_whole(options))
    save(done.baseline, path)
    _list("new", done.added)
    _list("gone", done.dropped)
    if done.unseen:
        print(
            f"{_count(len(done.unseen))} not found and kept all the same: this scan was narrower or incomplete."
        )
    _print(f"{_name(path)}: {_count(len(done.baseline.entries))}.", result)
    return OK


def _audit(args: argparse.Namespace) -> int:
    import sys

    from leakscan.baseline import create, load

    from .audit import Audit

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("an audit asks questions: run it on a terminal")
    options, result = _scan(args)
    path = _path(options, result)
    known = load(path) if path.exists() else create(result._replace(findings=()))
    return Audit(known, path, result).run(everything=args.all)


def _scan(args: argparse.Namespace) -> tuple[ScanOptions, ScanResult]:
    """The scan without the baseline that it is for."""
    from .progress import scan_with_progress

    options = scan_options(args)._replace(no_baseline=True)
    return options, scan_with_progress(options, show=not args.no_progress)


def _path(options: ScanOptions, result: ScanResult) -> Path:
    from leakscan.config import load

    root = Path(os.fsdecode(result.root))
    path = options.baseline or load(options.config, root).baseline or root / DEFAULT
    return Path(os.path.relpath(path))


def _list(word: str, entries: tuple[Entry, ...]) -> None:
    from leakscan.model.text import escape

    rules = sorted({entry.rule for entry in entries})
    for rule in rules:
        count = sum(entry.rule == rule for entry in entries)
        print(f"{word}: {count} {escape(rule.encode('utf-8', 'backslashreplace'))}")


def _print(line: str, result: ScanResult) -> None:
    print(line)
    missed = sum(skipped.incomplete for skipped in result.skipped)
    if missed:
        print(f"{missed} contents could not be scanned; `leakscan scan` with the same options says which.")


def _count(count: int) -> str:
    return f"{count} known secret" if count == 1 else f"{count} known secrets"


def _name(path: Path) -> str:
    """`path` for a terminal."""
    from leakscan.model.text import escape

    return escape(os.fsencode(path))
