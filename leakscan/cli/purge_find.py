"""`leakscan purge find`: which secrets are in history, and what taking them out would touch."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.errors import FINDINGS, OK, UsageError

from . import purge_shared as shared

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from leakscan.git.repository import Repository
    from leakscan.model.finding import Finding, ScanResult
    from leakscan.purge.check_clone import Candidate as Found


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "find",
        help="list the secrets of the history, with what a purge would touch",
        epilog="Exit codes: 0 nothing found, 1 secrets found.",
    )
    shared.add_common(parser, plan=False)
    add_scan(parser)
    parser.add_argument(
        "--finding", action="append", default=[], metavar="FINGERPRINT", help="this one alone (repeatable)"
    )
    parser.add_argument("--secret-stdin", action="store_true", help="this secret, from standard input")
    parser.add_argument(
        "--path", action="append", default=[], metavar="PATH", help="this file or directory (repeatable)"
    )
    parser.set_defaults(run=lambda args: shared.run(args, "find", lambda: _find(args)))


def add_scan(parser: argparse.ArgumentParser) -> None:
    """The options that decide what a history scan finds."""
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="a rule pack besides the built-in one",
    )
    parser.add_argument(
        "--rule", action="append", default=[], metavar="ID", help="these rules alone: ids or globs"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of .leakscan.yml at the root")


def scan(
    repo: Repository,
    *,
    packs: Sequence[Path] = (),
    only: Sequence[str] = (),
    config: Path | None = None,
    show: bool,
) -> ScanResult:
    """The history of `repo`, baselines notwithstanding: what is known and tolerated can still be purged."""
    import os
    from datetime import date

    from leakscan.api import ScanOptions

    from .progress import scan_with_progress

    options = ScanOptions(
        paths=(os.fsdecode(repo.root),), history=True, rules=tuple(packs), only=tuple(only), config=config,
        no_baseline=True, today=date.today(),
    )  # fmt: skip
    return scan_with_progress(options, show=show)


def pool(result: ScanResult) -> list[Found]:
    """What a scan has found, to be compared with the digests of a plan."""
    from leakscan.purge.check_clone import Candidate

    return [Candidate(f.rule.id, f.secret.reveal()) for f in result.findings]


def wanted(findings: Sequence[Finding], fingerprints: Sequence[str]) -> list[Finding]:
    """Those with these fingerprints, or all. Raises UsageError for one that is not there."""
    if not fingerprints:
        return list(findings)
    chosen = [f for f in findings if any(f.fingerprint.startswith(given) for given in fingerprints)]
    for given in fingerprints:
        hits = [f for f in chosen if f.fingerprint.startswith(given)]
        if len(hits) != 1:
            raise UsageError(
                f"--finding {given}: {len(hits)} findings of this history have a fingerprint like that"
            )
    return chosen


def _find(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge.find import candidates, lines

    repo = shared.repository(args)
    if args.secret_stdin or args.path:
        return _exact(args, repo)
    result = scan(repo, packs=args.rules, only=args.rule, config=args.config, show=not args.json)
    found = candidates(repo, wanted(result.findings, args.finding))
    text: list[str] = []
    for number, candidate in enumerate(found, 1):
        text += lines(candidate, number)
        if candidate.reach in ("unpushed", "pushed"):
            text.append(f"  purge   leakscan purge plan --finding {candidate.fingerprint} -o plan.json")
        text.append("")
    if not found:
        text.append("No secret was found in this history.")
    else:
        text.append(
            "First make the secret worthless: leakscan purge rotate. Then plan; planning changes nothing."
        )
    value = {"candidates": [dataclasses.asdict(c) for c in found], "skipped": len(result.skipped)}
    return (FINDINGS if found else OK), value, text


def _exact(args: argparse.Namespace, repo: Repository) -> shared.Result:
    """What no rule finds: a plan is made for it, and forgotten."""
    import os

    from leakscan.purge import plan as planning
    from leakscan.purge.rewrite_model import Decisions
    from leakscan.purge.show import summary
    from leakscan.purge.state import plans

    if args.finding or args.rule:
        raise UsageError("--secret-stdin and --path look for what no rule finds: give no finding or rule")
    given = tuple(planning.Given(s) for s in shared.secrets_from_stdin()[:1]) if args.secret_stdin else ()
    paths = tuple(os.fsencode(path).strip(b"/") for path in args.path)
    request = planning.Request(given, Decisions(paths=paths), include_worktrees=True)
    before = plans(repo)
    made = planning.make(repo, request)
    if made.plan.plan_id not in before:
        made.state.discard()
    plan = made.plan
    value = {
        "empty": plan.is_empty,
        "counts": dataclasses.asdict(plan.counts),
        "secrets": [{"label": s.label, "homes": s.homes} for s in plan.secrets],
        "first_changed": list(plan.first_changed),
    }
    return (OK if plan.is_empty else FINDINGS), value, summary(plan)[1:-1]
