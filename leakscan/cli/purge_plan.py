"""`leakscan purge plan`: compute everything, change nothing."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from leakscan.model.errors import OK, UsageError

from . import purge_shared as shared
from .purge_find import add_scan, scan, wanted
from .purge_steps import refusing

if TYPE_CHECKING:
    import argparse

    from leakscan.git.repository import Repository
    from leakscan.purge.model import Plan
    from leakscan.purge.plan import Given


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "plan",
        help="compute what would change; changes nothing",
        epilog="Exit codes: 0 planned (also where nothing was found), 3 refused.",
    )
    shared.add_common(parser, plan=False)
    add_scan(parser)
    what = parser.add_argument_group("what to take out")
    what.add_argument(
        "--secret-stdin",
        action="store_true",
        help="secrets from standard input, one a line; a PEM block is one secret",
    )
    what.add_argument("--one-secret", action="store_true", help="all of standard input is one secret")
    what.add_argument(
        "--finding", action="append", default=[], metavar="FINGERPRINT", help="a finding of the history"
    )
    what.add_argument(
        "--path", action="append", default=[], metavar="PATH", help="a file or directory, at every commit"
    )
    how = parser.add_argument_group("how")
    how.add_argument(
        "--token", default="***REMOVED***", help="what stands there instead (default ***REMOVED***)"
    )
    how.add_argument(
        "--answer", action="append", default=[], metavar="QUESTION=CHOICE",
        help="answer a question of the plan, or all of a kind: archive, binary, lfs",
    )  # fmt: skip
    how.add_argument(
        "--include-worktrees",
        action="store_true",
        help="carry uncommitted changes and linked work trees along",
    )
    how.add_argument(
        "--prune-empty", action="store_true", help="leave out commits that no longer change anything"
    )
    how.add_argument(
        "--keep-hashes", action="store_true", help="leave commit ids quoted in messages as they are"
    )
    how.add_argument(
        "--normalise",
        action="store_true",
        help="mend malformed dates, time zones and modes in what is rewritten, which a server may refuse",
    )
    how.add_argument(
        "--submodule-map", metavar="FILE", help="commit map of a submodule that was purged: OLD NEW a line"
    )
    how.add_argument(
        "--ack",
        action="append",
        default=[],
        metavar="CODE",
        help="go on in spite of a refusal that allows it",
    )
    parser.add_argument("--diff", action="store_true", help="show the lines that change, secrets masked")
    parser.add_argument("-o", "--output", metavar="FILE", help="where the plan file goes")
    parser.set_defaults(run=lambda args: refusing(args, "plan", lambda: _plan(args)))


def _plan(args: argparse.Namespace) -> shared.Result:
    from leakscan.model.atomic import replace_file
    from leakscan.purge import plan as planning
    from leakscan.purge.model import dumps
    from leakscan.purge.rewrite_model import Decisions
    from leakscan.purge.show import summary

    repo = shared.repository(args)
    answers = {}
    for text in args.answer:
        key, equals, choice = text.partition("=")
        if not equals:
            raise UsageError(f"--answer {text}: expected QUESTION=CHOICE")
        answers[key] = choice
    gitlinks: dict[str, str] = {}
    if args.submodule_map:
        from leakscan.purge.known import parse_map

        with open(args.submodule_map, encoding="ascii") as file:
            gitlinks = parse_map(file.read(), args.submodule_map)
    paths = tuple(os.fsencode(path).strip(b"/") for path in args.path)
    decisions = Decisions(
        answers, paths, args.prune_empty, not args.keep_hashes, {}, gitlinks, args.normalise
    )
    request = planning.Request(
        tuple(_given(args, repo)), decisions, args.token.encode(), tuple(args.ack), args.include_worktrees
    )
    made = planning.make(repo, request)
    if args.output:
        replace_file(args.output, [dumps(made.plan).encode()], private=True)
        with open(made.state.file("commit-map"), "rb") as file:
            replace_file(f"{args.output}.commit-map", [file.read()], private=True)
    value = _value(made.plan, args.output)
    value["strict"] = made.state.facts().get("strict", "")
    text = summary(made.plan, value["strict"], args.output)
    if args.diff:
        from leakscan.purge.replace import Matcher
        from leakscan.purge.show import diff

        matcher = Matcher([given.secret for given in request.secrets], request.token)
        value["diff"] = diff(made.plan, repo, matcher)
        text = [*value["diff"], *text]
    return OK, value, text


def _value(plan: Plan, output: str | None) -> dict[str, Any]:
    import dataclasses

    return {
        "plan_id": plan.plan_id,
        "plan": output,
        "empty": plan.is_empty,
        "counts": dataclasses.asdict(plan.counts),
        "secrets": [{"label": s.label, "rule": s.rule, "homes": s.homes} for s in plan.secrets],
        "first_changed": list(plan.first_changed),
        "questions": [dataclasses.asdict(question) for question in plan.questions],
        "unanswered": [question.id for question in plan.unanswered],
        "renamed": [move.name for move in plan.refs if move.renamed],
        "warnings": list(plan.warnings),
        "unmapped": list(plan.unmapped),
    }


def _given(args: argparse.Namespace, repo: Repository) -> list[Given]:
    from leakscan.purge.encoded import encoded_texts
    from leakscan.purge.plan import Given

    found: list[Given] = []
    if args.secret_stdin:
        found += [Given(secret) for secret in _from_stdin(args.one_secret)]
    if args.finding or args.rule:
        result = scan(repo, packs=args.rules, only=args.rule, config=args.config, show=not args.json)
        for finding in wanted(result.findings, args.finding):
            found.append(Given(finding.secret.reveal(), finding.rule.id, finding.fingerprint))
            found += [
                Given(text, finding.rule.id, finding.fingerprint) for text in encoded_texts(repo, finding)
            ]
    unique = {given.secret: given for given in reversed(found)}
    if not unique and not args.path and (args.finding or args.rule):
        raise UsageError("the rules that were given find nothing in this history")
    return sorted(unique.values(), key=lambda given: (-len(given.secret), given.secret))


def _from_stdin(one: bool) -> list[bytes]:
    text = sys.stdin.buffer.read()
    whole = text.removesuffix(b"\n").removesuffix(b"\r")
    if one or b"-----BEGIN" in text:
        return [whole]
    lines = list(dict.fromkeys(line for line in text.replace(b"\r\n", b"\n").split(b"\n") if line))
    if not lines:
        raise UsageError("--secret-stdin: standard input is empty")
    return lines
