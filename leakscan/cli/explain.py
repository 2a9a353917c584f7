"""`leakscan explain`: for every candidate, which rule saw it and what kept or dropped it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING

from leakscan.model.errors import OK, UsageError
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Place
    from leakscan.model.rule import Confidence
    from leakscan.model.secret import Secret


class _Candidate(NamedTuple):
    place: Place
    rule_id: str
    verdict: str
    secret: Secret
    evidence: tuple[str, ...]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "explain", help="say for every candidate in a file which rule saw it and what kept or dropped it"
    )
    parser.add_argument("where", metavar="FILE[:LINE]", help="a file, or one line of it (1-based)")
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="PATH",
        help="a rule pack besides the built-in one (repeatable)",
    )
    parser.add_argument("--config", metavar="FILE", help="instead of .leakscan.yml at the root")
    parser.add_argument("--show-secrets", action="store_true", help="print candidates as they are")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from datetime import date
    from pathlib import Path

    from leakscan.api import ScanOptions, scan

    path, line = _where(args.where)
    options = ScanOptions(
        paths=(path,),
        rules=tuple(map(Path, args.rules)),
        config=Path(args.config) if args.config else None,
        confidence="low",
        no_baseline=True,
        trace=True,
        today=date.today(),
    )
    result = scan(options)
    candidates = [
        _Candidate(p, f.rule.id, _reported(f.confidence), f.secret, p.evidence)
        for f in result.findings
        for p in f.places
    ]
    candidates += [
        _Candidate(d.place, d.rule_id, f"dropped: {d.reason}", d.secret, d.evidence) for d in result.dropped
    ]
    candidates = [c for c in candidates if line is None or c.place.line <= line <= c.place.end_line]
    for text in _lines(sorted(candidates, key=_order), show_secrets=args.show_secrets):
        print(text)
    for skipped in result.skipped:
        print(f"not scanned: {skipped.what}: {skipped.why} {skipped.detail}".rstrip())
    if not candidates and not result.skipped:
        print(f"no rule sees anything in {args.where}", file=sys.stderr)
    return OK


def _reported(confidence: Confidence) -> str:
    hint = " (only with --confidence low)" if confidence == "low" else ""
    return f"reported, confidence {confidence}{hint}"


def _where(text: str) -> tuple[str, int | None]:
    """The file and the line; a name that ends like a line number is a name where such a file exists."""
    found = re.fullmatch(r"(.+?):([0-9]{1,9})(?::[0-9]{1,9})?", text, re.DOTALL)
    if found and not os.path.lexists(text):
        text, line = found[1], int(found[2])
    else:
        line = None
    if os.path.isdir(text):
        raise UsageError(f"{text!r} is a directory; name a file")
    return text, line


def _order(candidate: _Candidate) -> tuple[int, int, bool, str]:
    place = candidate.place
    return place.line, place.column, candidate.verdict.startswith("dropped"), candidate.rule_id


def _lines(candidates: list[_Candidate], *, show_secrets: bool) -> Iterator[str]:
    for c in candidates:
        secret = escape(c.secret.reveal()) if show_secrets else c.secret.masked()
        yield f"{escape(c.place.path or b'')}:{c.place.line}:{c.place.column}  {c.rule_id}  {secret}"
        yield f"    {c.verdict}"
        for evidence in c.evidence:
            yield f"      {evidence}"
