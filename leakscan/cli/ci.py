"""`leakscan ci`: scans what a build is about, and shows it as the system that runs it does."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import sys
from typing import TYPE_CHECKING

from leakscan.ci.build import SYSTEMS
from leakscan.model.errors import FINDINGS, INCOMPLETE, OK, Refused, UsageError

from . import scan
from .options import add_rule_options, scan_options

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from leakscan.api import ScanOptions
    from leakscan.ci.build import Build
    from leakscan.ci.range import Plan
    from leakscan.git.repository import Repository
    from leakscan.model.content import Why
    from leakscan.model.finding import ScanResult

_LACKING: frozenset[Why] = frozenset(
    {"missing", "corrupt", "shallow", "partial"}
)  # what the clone should have had
_NO_CONTENT = {
    "paths": [], "history": False, "since_last": False, "staged": False, "range": None, "pre_push": False,
    "commit_msg": None,
}  # fmt: skip


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "ci",
        help="scan what a build is about, and show it as its system does",
        epilog="Exit codes: 0 nothing new, 1 findings, 2 error, 3 the clone lacks what is to be scanned (or "
        "incomplete, with --strict), 130 interrupted.",
    )
    parser.add_argument("repository", nargs="?", default=".", metavar="PATH", help="default: this one")
    what = parser.add_argument_group("which commits (default: what the system says)")
    what.add_argument("--system", choices=SYSTEMS, help="which system runs this (default: by its variables)")
    what.add_argument("--base", metavar="REV", help="what need not be scanned: the commit before, a branch")
    what.add_argument("--head", metavar="REV", help="the commit under test")
    what.add_argument("--whole", action="store_true", help="the whole history, whatever the event")
    what.add_argument("--show-range", action="store_true", help="say which commits, and scan nothing")
    add_rule_options(parser)
    parser.add_argument(
        "--config-from",
        metavar="REV",
        help="the configuration, and the rule packs and baseline that it names, as that commit has them; `target`: the "
        "branch that a request asks to go into, else the default branch",
    )
    out = parser.add_argument_group("what comes out")
    out.add_argument(
        "--report",
        action="append",
        default=[],
        type=_report,
        metavar="FORMAT:FILE",
        help="one more report (repeatable), in the formats of `leakscan scan`",
    )
    out.add_argument("--no-annotate", action="store_true", help="the report for people alone, and no files")
    out.add_argument("--baseline", metavar="FILE", help="known findings, which are counted and not reported")
    out.add_argument("--strict", action="store_true", help="exit with 3 where something could not be scanned")
    # A log that others read is no place for secrets; the templates of `leakscan scan` need an option of their own.
    parser.set_defaults(run=_run, show_secrets=False, template=None, **_NO_CONTENT)


def _run(args: argparse.Namespace) -> int:
    from leakscan.api import scan as run
    from leakscan.ci.detect import detect
    from leakscan.git.repository import Repository

    build = detect(os.environ, args.system)
    repo = Repository.open(args.repository)
    plan = _plan(args, repo, build)
    print(f"leakscan: {build.system}: {plan.words}")
    if args.show_range or not (plan.revs or plan.history):
        return OK
    with contextlib.ExitStack() as while_scanning:
        if args.config_from is not None:
            args.config = while_scanning.enter_context(_trusted(args, repo, build))
        result = run(_options(args, plan))
    if plan.head is not None and not plan.history:
        from leakscan.ci.checkout import place

        result = place(repo, result, plan.head)
    _show(args, build, plan, result)
    if result.findings:
        return FINDINGS
    if lacking := sum(skipped.why in _LACKING for skipped in result.skipped):
        from leakscan.ci.advice import refetch

        said = f"{lacking:,} of the contents to scan {'is' if lacking == 1 else 'are'} not in this clone, so this is no pass"
        raise Refused(f"{said}. To get the rest, {refetch(build.system)}")
    return INCOMPLETE if result.incomplete and (args.strict or result.strict) else OK


def _plan(args: argparse.Namespace, repo: Repository, build: Build) -> Plan:
    from leakscan.ci.range import between, plan

    if args.whole and args.base is not None:
        raise UsageError("--whole and --base ask for different commits; give one of them")
    if args.base is not None and args.base.strip("0"):
        return between(repo, build, args.base, args.head)
    if args.base is not None:  # all zeros, as systems say of a new branch
        build = dataclasses.replace(build, before=args.base)
    if args.whole:
        build = dataclasses.replace(build, event="whole")
    return plan(repo, dataclasses.replace(build, head=args.head or build.head))


def _trusted(args: argparse.Namespace, repo: Repository, build: Build) -> AbstractContextManager[Path]:
    """The configuration that --config-from asks for."""
    from leakscan.ci.range import named, target
    from leakscan.ci.trusted import configuration

    if args.config is not None:
        raise UsageError("--config and --config-from name two configurations; give one of them")
    rev = args.config_from
    commit = target(repo, build) if rev == "target" else named(repo, build, rev)
    print(f"leakscan: the configuration of {commit[:12]} counts")
    return configuration(repo, commit)


def _options(args: argparse.Namespace, plan: Plan) -> ScanOptions:
    # Not what a hook's variables say: a build has none, and what it inherits is somebody else's.
    options = scan_options(args)._replace(paths=(args.repository,), hook=False)
    return options._replace(history=plan.history, range=plan.revs or None, refs=plan.refs)


def _show(args: argparse.Namespace, build: Build, plan: Plan, result: ScanResult) -> None:
    from leakscan.ci import show
    from leakscan.report import text
    from leakscan.report.write import write

    pieces = text.render(result, color=_color(), cwd=os.getcwdb())
    write(show.harmless(build.system, pieces), "-", sys.stdout)
    reports = list(args.report)
    if not args.no_annotate:
        if build.system in show.LOGGED:
            reports.append(scan.Report(show.LOGGED[build.system], "-"))
        reports += [scan.Report(*one) for one in show.FILES.get(build.system, ())]
        if build.system == "github":
            _tell_github(plan, result)
    for report in reports:
        directory = os.path.dirname(report.target)
        if directory:
            os.makedirs(directory, exist_ok=True)
        scan.write_report(report, result, args)


def _tell_github(plan: Plan, result: ScanResult) -> None:
    """The summary of the job, and outputs for later steps, in the files that GitHub gives for them."""
    from leakscan.ci.show import append
    from leakscan.report import markdown

    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        append(path, (*markdown.render(result), f"\n{markdown.plain(plan.words)}\n"))
    if path := os.environ.get("GITHUB_OUTPUT"):
        incomplete = str(result.incomplete).lower()
        append(path, (f"findings={len(result.findings)}\nincomplete={incomplete}\n",))


def _color() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _report(text: str) -> scan.Report:
    if text.startswith("template:"):
        raise argparse.ArgumentTypeError("templates are for `leakscan scan`")
    return scan.report_argument(text)
