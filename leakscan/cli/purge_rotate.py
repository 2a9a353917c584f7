"""`leakscan purge rotate`: how to make the secret worthless, and whether it was done."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leakscan.model.errors import OK, UsageError

from . import purge_shared as shared
from .purge_find import add_scan, scan, wanted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from leakscan.git.repository import Repository
    from leakscan.model.rule import Rule
    from leakscan.purge.rotate import Advice


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "rotate", help="show how to revoke each secret, and note whether it was done"
    )
    shared.add_common(parser)
    add_scan(parser)
    parser.add_argument(
        "--finding", action="append", default=[], metavar="FINGERPRINT", help="this one alone (repeatable)"
    )
    parser.add_argument("--answer", choices=("yes", "later", "no"), help="note this instead of asking")
    parser.set_defaults(run=lambda args: shared.run(args, "rotate", lambda: _rotate(args)))


def described(packs: Sequence[Path] = ()) -> dict[str, Rule]:
    """All rules, with their documentation."""
    from leakscan.rulepack.load import describe, load

    rule_set = load(packs)
    return describe(rule_set, rule_set.rules)


def _rotate(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge import rotate

    repo = shared.repository(args)
    advised = _advice(args, repo)
    before = rotate.answers(repo, [a.key for a in advised])
    text: list[str] = []
    for advice in advised:
        text += rotate.lines(advice)
        if before[advice.key]:
            text.append(f"  noted so far: {before[advice.key]}")
    answer = args.answer
    if answer is None and advised and sys.stdin.isatty() and not args.json:
        for line in text:
            print(line)
        text = []
        answer = ask()
    if answer and advised:
        rotate.record(repo, before, answer, datetime.now(UTC).isoformat(timespec="seconds"))
        text.append(f"Noted: {answer}." + ("" if answer == "yes" else f" {REMINDER}"))
    after = rotate.answers(repo, [a.key for a in advised])
    value = {
        "secrets": [{**a._asdict(), "steps": list(a.steps), "answer": after[a.key]} for a in advised],
        "rotated": rotate.overall(after),
    }
    return OK, value, text or ["There is nothing to rotate."]


REMINDER = "The secret still works for whoever has a copy. A purge does not change that: revoke it."


def ask() -> str:
    """Ask a person; what is no clear yes is none."""
    print("Have you revoked it? [y/N/later] ", end="", flush=True)
    said = sys.stdin.readline().strip().lower()
    return "yes" if said in ("y", "yes") else "later" if said in ("l", "later") else "no"


def _advice(args: argparse.Namespace, repo: Repository) -> tuple[Advice, ...]:
    from leakscan.purge import rotate

    rules = described(args.rules)
    if args.plan is not None:
        if args.finding or args.rule:
            raise UsageError("give a plan, or findings and rules, not both")
        return rotate.advice(shared.load_plan(repo, args.plan).secrets, rules)
    result = scan(repo, packs=args.rules, only=args.rule, config=args.config, show=not args.json)
    findings = wanted(result.findings, args.finding)
    return tuple(rotate.one(f.fingerprint, f.rule.id, f.secret.masked(), rules) for f in findings)
