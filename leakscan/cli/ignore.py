"""`leakscan ignore`: the allow-list of `.leakscan.yml`, entry by entry."""

from __future__ import annotations

import os
import re
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.errors import FINDINGS, INCOMPLETE, OK, UsageError
from leakscan.model.text import escape

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from leakscan.config import Config
    from leakscan.config.settings import Allowed

_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_DAYS = re.compile(r"([0-9]{1,4})d")
SOON = 30  # days before its end in which an entry is said to expire soon


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser("ignore", help="allow single secrets on purpose, with a reason and an end")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    add = actions.add_parser("add", help="allow one secret, wherever it is")
    add.add_argument("what", metavar="FINGERPRINT|FILE:LINE", help="as a report shows it, or where it is")
    add.add_argument("--reason", required=True, help="why it is no leak")
    add.add_argument("--owner", help="who answers for it")
    add.add_argument(
        "--expires", type=_date, metavar="DATE", help="the last day on which it holds: 2030-12-31 or 90d"
    )
    add.add_argument("--path", metavar="PATTERN", help="only there, as in .gitignore")
    add.add_argument(
        "--rule", help="only for this rule: an id or a glob (a fingerprint is one rule's anyway)"
    )
    add.set_defaults(run=_add)

    list = actions.add_parser(
        "list",
        help="what is allowed, why, by whom and until when",
        epilog="Exit codes: 0; with --check 1 if an entry has expired or allows nothing, 3 if that cannot be told.",
    )
    list.add_argument("--check", action="store_true", help="scan, and say what each entry allows")
    list.set_defaults(run=_list)

    prune = actions.add_parser("prune", help="take out what has expired and what allows nothing any more")
    prune.add_argument("--dry-run", action="store_true", help="say what would go, change nothing")
    prune.add_argument("--expired", action="store_true", help="only what has expired: needs no scan")
    prune.set_defaults(run=_prune)

    for action in (add, list, prune):
        action.add_argument("--repository", "-C", default=".", metavar="PATH", help="default: this one")
        action.add_argument(
            "--config", type=Path, metavar="FILE", help="instead of .leakscan.yml at the root"
        )


def _add(args: argparse.Namespace) -> int:
    from leakscan.config.edit import add
    from leakscan.model.atomic import replace_file

    path = _file(args)
    content = path.read_bytes() if path.exists() else b""
    fingerprint = args.what if _FINGERPRINT.fullmatch(args.what) else _find(args.what)
    entry: dict[str, str | None] = {
        "fingerprint": fingerprint,
        "rule": args.rule,
        "path": args.path,
        "reason": args.reason.strip(),
        "owner": args.owner,
        "expires": args.expires.isoformat() if args.expires else None,
    }
    given = {key: value for key, value in entry.items() if value}
    _refuse_a_second(content, path, given)
    new = add(content, str(path), path.parent, given)
    _check_rules(new, path)
    replace_file(path, [new])
    print(f"{escape(os.fsencode(path))}: {fingerprint} is allowed: {escape(given['reason'].encode())}")
    return OK


def _list(args: argparse.Namespace) -> int:
    config = _config(args)
    today = date.today()
    uses, complete = _uses(args, config) if args.check and config.allow else ({}, True)
    bad = False
    for number, entry in enumerate(config.allow):
        state = _state(entry, today)
        if args.check:
            stale = not uses.get(number)
            state += ", allows nothing" if stale else f", allows {_places(uses[number])}"
            bad |= entry.expired(today) or (stale and complete)
        print(f"{escape(config.file.encode())}:{entry.line}: {state}: {_what(entry)}")
        owner = f" ({entry.owner})" if entry.owner else ""
        print(f"    {escape(f'{entry.reason}{owner}'.encode())}")
    if not config.allow:
        print("nothing is allowed by the configuration")
    if not complete:
        print("the scan was incomplete: what is said to allow nothing may do so elsewhere", file=sys.stderr)
    return FINDINGS if bad else OK if complete else INCOMPLETE


def _prune(args: argparse.Namespace) -> int:
    from leakscan.config.edit import remove
    from leakscan.model.atomic import replace_file

    config = _config(args)
    today = date.today()
    gone = {n: "has expired" for n, entry in enumerate(config.allow) if entry.expired(today)}
    complete = True
    if not args.expired and len(gone) < len(config.allow):
        uses, complete = _uses(args, config)
        if complete:
            gone |= {
                n: "allows nothing" for n in range(len(config.allow)) if n not in gone and not uses.get(n)
            }
    for number in sorted(gone):
        entry = config.allow[number]
        print(f"{entry.line}: {gone[number]}: {_what(entry)}: {escape(entry.reason.encode())}")
    if gone and not args.dry_run:
        path = _file(args)
        replace_file(path, [remove(path.read_bytes(), str(path), path.parent, set(gone))])
    verb = "would go" if args.dry_run else "taken out"
    print(
        f"{len(gone)} {'entry' if len(gone) == 1 else 'entries'} {verb}, {len(config.allow) - len(gone)} left"
    )
    if not complete:
        print("the scan was incomplete, so only what has expired was looked at", file=sys.stderr)
        return INCOMPLETE
    return OK


def _uses(args: argparse.Namespace, config: Config) -> tuple[Mapping[int, int], bool]:
    """How many places each entry (by number) allows, in files and history; and whether all of them were seen."""
    from leakscan.api import ScanOptions, scan
    from leakscan.git.repository import Repository

    # Whatever else hides a secret could go away: a comment, the baseline, a lower confidence.
    options = ScanOptions(
        paths=(args.repository,),
        history=Repository.discover(args.repository) is not None,
        config=args.config,
        confidence="low",
        allow_list=False,
        inline_allow=False,
        no_baseline=True,
    )
    result = scan(options)
    allow = config.allows(None)
    uses: dict[int, int] = {}
    for finding in result.findings:
        for path in {place.path for place in finding.places}:
            for number in allow.all(finding.rule, finding.secret.reveal(), path):
                uses[number] = uses.get(number, 0) + 1
    return uses, not result.incomplete


def _find(what: str) -> str:
    """The fingerprint of the secret at FILE:LINE."""
    from leakscan.api import ScanOptions, scan

    file, colon, number = what.rpartition(":")
    if not colon or not number.isascii() or not number.isdigit() or not os.path.isfile(file):
        raise UsageError(
            f"{what!r} is neither a fingerprint (32 hex digits, as reports show it) nor FILE:LINE"
        )
    result = scan(ScanOptions(paths=(file,), no_baseline=True, inline_allow=False, allow_list=False))
    line = int(number)
    found = [f for f in result.findings if any(p.line <= line <= p.end_line for p in f.places)]
    if not found:
        raise UsageError(f"{what}: no secret is reported there; `leakscan explain {what}` says why not")
    if len(found) > 1:
        names = ", ".join(f"{f.fingerprint} ({f.rule.id})" for f in found)
        raise UsageError(f"{what}: there are several; give the fingerprint of one: {names}")
    return found[0].fingerprint


def _refuse_a_second(content: bytes, path: Path, given: Mapping[str, str]) -> None:
    from leakscan.config.parse import parse_config

    for entry in parse_config(content, str(path), path.parent).allow:
        same = (entry.fingerprint, entry.rule, entry.path) == (
            given["fingerprint"],
            given.get("rule"),
            given.get("path"),
        )
        if same and not entry.expired(date.today()):
            raise UsageError(f"{path}:{entry.line}: is allowed already: {entry.reason}")


def _check_rules(content: bytes, path: Path) -> None:
    from leakscan.config.parse import parse_config
    from leakscan.model.errors import DocumentError
    from leakscan.rulepack.load import load

    config = parse_config(content, str(path), path.parent)
    if config.mentions:
        problems = config.unknown_rules([rule.id for rule in load(config.packs).rules])
        if problems:
            raise DocumentError(problems)


def _file(args: argparse.Namespace) -> Path:
    """The configuration file: the one named, the one that is there, the one that there would be."""
    from leakscan.config.find import NAMES, find

    if args.config is not None:
        return Path(args.config)
    root = _root(args)
    return Path(os.path.relpath(find(str(root)) or root / NAMES[0]))


def _config(args: argparse.Namespace) -> Config:
    from leakscan.config import load

    return load(args.config, _root(args))


def _root(args: argparse.Namespace) -> Path:
    from leakscan.git.repository import Repository

    found = Repository.discover(args.repository)
    return Path(os.fsdecode(found.root)) if found else Path(args.repository)


def _state(entry: Allowed, today: date) -> str:
    if entry.expires is None:
        return "active"
    if entry.expired(today):
        return f"expired on {entry.expires}"
    soon = "soon, " if entry.expires - today <= timedelta(days=SOON) else ""
    return f"active, expires {soon}on {entry.expires}"


def _what(entry: Allowed) -> str:
    """The conditions of an entry. An expression may hold the secret that it allows; its length will do."""
    words = [entry.fingerprint, entry.rule, entry.path and f"in {entry.path}"]
    shown = [word for word in words if word]
    if entry.regex:
        shown.append(f"an expression of {len(entry.regex)} characters")
    return escape(" ".join(shown).encode("utf-8", "backslashreplace"))


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count} places"


def _date(text: str) -> date:
    import argparse

    days = _DAYS.fullmatch(text)
    try:
        end = date.today() + timedelta(days=int(days[1])) if days else date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date; write 2030-12-31, or 90d from today"
        ) from None
    if end < date.today():
        raise argparse.ArgumentTypeError(f"{text} is over already")
    return end
