"""`leakscan purge check-clone`: whether this clone still has what was purged."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from leakscan.model.errors import OK

from . import purge_shared as shared

if TYPE_CHECKING:
    import argparse

    from leakscan.git.repository import Repository


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "check-clone",
        help="tell whether this clone still has old history",
        epilog="Exit codes: 0 clean, 1 old history or the secret is here.",
    )
    shared.add_common(parser)
    parser.add_argument("--no-scan", action="store_true", help="look for old ids alone, not for the secrets")
    parser.set_defaults(run=lambda args: shared.run(args, "check-clone", lambda: _check(args)))


def _check(args: argparse.Namespace) -> shared.Result:
    from leakscan.purge import check_clone, known
    from leakscan.purge.model import SURVIVES

    repo = shared.repository(args)
    plan = shared.load_plan(repo, args.plan)
    recognised: list[str] = []
    rules = sorted({s.rule for s in plan.secrets if s.rule})
    if rules and not args.no_scan:
        from .purge_find import pool, scan

        from_rules = _present(rules)
        if from_rules:
            result = scan(repo, only=from_rules, show=not args.json)
            hits = check_clone.recognise(plan.secrets, pool(result))
            recognised = [plan.secrets[n].label for n in sorted(hits)]
    stale = check_clone.check(repo, known.banned(plan, *shared.maps(repo, plan, args.plan)), recognised)
    value = {"plan_id": plan.plan_id, "clean": stale.clean, **dataclasses.asdict(stale)}
    if stale.clean:
        return OK, value, ["Clean: nothing of what was purged is in this clone."]
    found = [
        f"{number} old {what}"
        for what in ("commits", "tags", "blobs", "others")
        if (number := getattr(stale, what))
    ]
    lines = ["NOT clean: " + ", ".join(found or ["the secret itself"])]
    lines += [f"  held by {ref}" for ref in stale.refs]
    lines += [f"  found again: {label}" for label in stale.secrets]
    return (
        SURVIVES,
        value,
        [*lines, "", check_clone.way_out(stale, _moved(repo) or args.plan or plan.plan_id)],
    )


def _present(rules: list[str]) -> list[str]:
    """Those of `rules` that this leakscan has: a plan may be made with packs that are not here."""
    from leakscan.rulepack.load import load

    known = {rule.id for rule in load().rules}
    return [rule for rule in rules if rule in known]


def _moved(repo: Repository) -> str:
    """A plan that was carried out in this clone and only has to be cleaned up; "" if there is none."""
    from leakscan.purge.status import status

    return next((s.plan_id for s in status(repo) if s.phase in ("moved", "cleaning")), "")
