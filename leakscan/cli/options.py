"""The options that say what is scanned and with what: shared by every command that scans."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, get_args

from leakscan.model.rule import CONFIDENCES, SEVERITIES, Severity

from .pushed import pushed

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from leakscan.api import ScanOptions


def add_scan_options(parser: argparse.ArgumentParser) -> None:
    """PATH and everything that decides what a scan finds."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files or directories (default: the current one); for history, the index or a range: the repository; "
        "- reads standard input",
    )
    what = parser.add_argument_group("what to scan")
    what.add_argument(
        "--history", action="store_true", help="every object of the repository, reachable or not"
    )
    what.add_argument(
        "--since-last",
        action="store_true",
        help="of the history, only what has come since the last such audit (noted in the user's state directory)",
    )
    what.add_argument("--staged", action="store_true", help="what the next commit would add")
    what.add_argument(
        "--range", metavar="A..B", help="what these commits add; also A...B and a single commit"
    )
    what.add_argument("--pre-push", action="store_true", help="what a push adds; for pre-commit's hooks")
    what.add_argument("--commit-msg", metavar="FILE", help="the message of a commit that is about to be made")
    add_rule_options(parser)


def add_rule_options(parser: argparse.ArgumentParser) -> None:
    """What decides how content is judged, whatever content that is."""
    how = parser.add_argument_group("with what")
    how.add_argument(
        "--rules",
        action="append",
        default=[],
        type=path_argument,
        metavar="PATH",
        help="a rule pack besides the built-in one (repeatable)",
    )
    how.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="RULE",
        help="these rules alone: ids or globs (repeatable)",
    )
    how.add_argument(
        "--skip",
        action="append",
        default=[],
        metavar="RULE",
        help="without these rules: ids or globs (repeatable)",
    )
    how.add_argument(
        "--confidence", choices=tuple(reversed(CONFIDENCES)), help="at least so sure (default medium)"
    )
    how.add_argument(
        "--severity",
        type=_severity,
        default=SEVERITIES,
        metavar="LEVEL",
        help="at least so severe: critical, high, medium, low (default low)",
    )
    how.add_argument(
        "--config", type=path_argument, metavar="FILE", help="instead of .leakscan.yml at the root"
    )
    how.add_argument("--no-inline-allow", action="store_true", help="ignore comments that allow a secret")
    how.add_argument(
        "--exhaustive",
        action="store_true",
        help="whole contents, every pattern, no shortcut: the slow oracle",
    )
    how.add_argument(
        "--whole-blobs",
        action="store_true",
        help="every version of a file read whole through git, every tree opened: the oracle of history scans alone",
    )
    how.add_argument(
        "--max-file-size",
        type=_size,
        metavar="SIZE",
        help="larger contents are reported, not scanned (default 100M)",
    )
    how.add_argument("--jobs", type=_jobs, metavar="N", help="processes at most (default: one a processor)")


def scan_options(args: argparse.Namespace, *, trace: bool = False) -> ScanOptions:
    """What `add_scan_options` has read, as the library takes it. Standard input counts where PATH is `-`."""
    from leakscan.api import ScanOptions

    paths = tuple(path for path in args.paths if path != "-")
    return ScanOptions(
        paths=paths or (".",),
        history=args.history,
        since_last=args.since_last,
        staged=args.staged,
        range=args.range or (pushed(os.environ) or None if args.pre_push else None),
        message=args.commit_msg,
        # Git tells its hooks so that there is no editor: https://git-scm.com/docs/githooks#_pre_commit
        message_edited=os.environ.get("GIT_EDITOR") != ":",
        stdin="-" in args.paths,
        rules=tuple(args.rules),
        only=tuple(args.only),
        skip=tuple(args.skip),
        confidence=args.confidence,
        severities=args.severity,
        config=args.config,
        baseline=getattr(args, "baseline", None),
        inline_allow=not args.no_inline_allow,
        exhaustive=args.exhaustive,
        whole_blobs=args.whole_blobs,
        trace=trace,
        jobs=args.jobs,
        max_file_size=args.max_file_size,
        hook=True,
        today=_today,
    )


def path_argument(text: str) -> Path:
    """The value of an option that names a file; imported when one is given, as most command lines name none."""
    from pathlib import Path

    return Path(text)


def _today() -> date:
    from datetime import date

    return date.today()


def _size(text: str) -> int:
    from leakscan.config.size import parse_size

    size = parse_size(text)
    if not size:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write bytes, or 500K, 10M, 1G")
    return size


def _severity(text: str) -> tuple[Severity, ...]:
    if text not in get_args(Severity):
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(SEVERITIES)}")
    return SEVERITIES[: SEVERITIES.index(text) + 1]


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; write 1 or more")
    return int(text)
