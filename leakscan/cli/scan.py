"""`leakscan scan`."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from leakscan.model.errors import FINDINGS, INCOMPLETE, OK, UsageError
from leakscan.model.record import NamedTuple

from .options import add_scan_options, path_argument, scan_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from leakscan.api import ScanOptions
    from leakscan.hooks.names import HookName
    from leakscan.model.finding import ScanResult

FORMATS = (
    "text",
    "json",
    "jsonl",
    "sarif",
    "html",
    "markdown",
    "csv",
    "junit",
    "gitlab",
    "code-quality",
    "github",
    "azure",
    "template",
)


class Report(NamedTuple):
    """A format and the file it goes to; "-" is standard output."""

    format: str
    target: str


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "scan",
        help="find secrets in files, in the index, in commits or in the whole history",
        epilog="Exit codes: 0 nothing new, 1 findings, 2 error, 3 incomplete (with --strict), 130 interrupted.",
    )
    add_scan_options(parser)
    out = parser.add_argument_group("what comes out")
    out.add_argument(
        "--format", choices=FORMATS, default="text", help="of the report on standard output (default text)"
    )
    out.add_argument("--output", default="-", metavar="FILE", help="where that report goes instead")
    out.add_argument(
        "--report",
        action="append",
        default=[],
        type=report_argument,
        metavar="FORMAT:FILE",
        help="one more report (repeatable)",
    )
    out.add_argument(
        "--template", type=path_argument, metavar="FILE", help="the template of the format `template`"
    )
    out.add_argument("--baseline", metavar="FILE", help="known findings, which are counted and not reported")
    out.add_argument("--show-secrets", action="store_true", help="print secrets as they are (never in SARIF)")
    out.add_argument("--strict", action="store_true", help="exit with 3 where something could not be scanned")
    out.add_argument("--quiet", action="store_true", help="print nothing where nothing was found")
    out.add_argument("--no-progress", action="store_true", help="no progress bar on a terminal")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from .progress import scan_with_progress

    formats = [args.format, *(report.format for report in args.report)]
    if ("template" in formats) != (args.template is not None):
        raise UsageError("the format `template` and --template FILE go together; give both")
    options = scan_options(args)
    if args.pre_push and options.range is None and os.environ.get("PRE_COMMIT") != "1":
        raise UsageError("--pre-push is for pre-commit's hooks, which say what is pushed; give --range A..B")
    show = not args.quiet and not args.no_progress
    result = scan_with_progress(options, show=show, meanwhile=lambda: _load(formats))
    if (
        options.staged
        and os.environ.get("PRE_COMMIT") == "1"
        and not result.stats.chunks
        and not result.skipped
    ):
        options = _tracked(options)
        result = scan_with_progress(options, show=False)
        note = "nothing is staged: the files that git tracks were scanned instead"
        result = result._replace(notes=(note, *result.notes))
    if args.pre_push and options.range is None:
        note = "nothing is pushed: the files that git tracks were scanned instead"
        result = result._replace(notes=(note, *result.notes))
    if not args.quiet or result.findings or args.output != "-":
        write_report(Report(args.format, args.output), result, args)
    if result.findings and args.format == "text" and args.output == "-":
        _advise(_stage(args, options), result)
    for report in args.report:
        write_report(report, result, args)
    if result.findings:
        return FINDINGS
    return INCOMPLETE if result.incomplete and (args.strict or result.strict) else OK


def _stage(args: argparse.Namespace, options: ScanOptions) -> HookName | None:
    """The hook of https://pre-commit.com that this scan is, if it is one and there is something to be stopped."""
    if os.environ.get("PRE_COMMIT") != "1":
        return None
    if options.message is not None:
        return "commit-msg"
    if options.staged:
        return "pre-commit"
    return "pre-push" if args.pre_push and options.range is not None else None


def _advise(name: HookName | None, result: ScanResult) -> None:
    """Say what to do now to somebody whose commit or push is about to be stopped."""
    if name is not None:
        from leakscan.hooks.advice import advice

        for line in ("", *advice(name, result, pre_commit=True)):
            print(line)


def _tracked(options: ScanOptions) -> ScanOptions:
    return options._replace(staged=False)


def report_argument(text: str) -> Report:
    """The value of --report. Raises argparse.ArgumentTypeError."""
    format, colon, target = text.partition(":")
    if format not in FORMATS or not colon or not target:
        raise argparse.ArgumentTypeError(f"{text!r} is not FORMAT:FILE with a format of {', '.join(FORMATS)}")
    return Report(format, target)


def write_report(report: Report, result: ScanResult, args: argparse.Namespace) -> None:
    """Render `result` and bring it to where `report` says."""
    from leakscan.report.write import write

    write(_render(report, result, args), report.target, sys.stdout, private=args.show_secrets)


def _load(formats: Sequence[str]) -> None:
    """Import what the reports need, which with some libraries takes as long as writing them."""
    for format in formats:
        import_module(f"leakscan.report.{format.replace('-', '_')}")
    if "sarif" in formats:
        import_module("leakscan.report.sarif_om_parts")


def _render(report: Report, result: ScanResult, args: argparse.Namespace) -> Iterator[str]:
    match report.format:
        case "text":
            from leakscan.report import text

            terminal = report.target == "-" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
            return text.render(result, show_secrets=args.show_secrets, color=terminal, cwd=os.getcwdb())
        case "json":
            from leakscan.report import json

            return json.render(result, show_secrets=args.show_secrets)
        case "jsonl":
            from leakscan.report import jsonl

            return jsonl.render(result, show_secrets=args.show_secrets)
        case "sarif":
            from leakscan.report import sarif

            return sarif.render(result)
        case "html":
            from leakscan.report import html

            return html.render(result, show_secrets=args.show_secrets, ended=_now())
        case "markdown":
            from leakscan.report import markdown

            return markdown.render(result, show_secrets=args.show_secrets)
        case "csv":
            from leakscan.report import csv

            return csv.render(result, show_secrets=args.show_secrets)
        case "junit":
            from leakscan.report import junit

            return junit.render(result, show_secrets=args.show_secrets)
        case "gitlab":
            from leakscan.report import gitlab

            return gitlab.render(result, ended=_now())
        case "github":
            from leakscan.report import github

            return github.render(result)
        case "code-quality":
            from leakscan.report import code_quality

            return code_quality.render(result)
        case "azure":
            from leakscan.report import azure

            return azure.render(result)
        case "template":
            from leakscan.report import template

            return template.render(result, args.template, show_secrets=args.show_secrets)
        case other:
            raise UsageError(f"no report format is called {other!r}")


def _now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC)
