"""`leakscan rules`: list, show, lint and test rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.errors import ERROR, OK, DocumentError, UsageError

if TYPE_CHECKING:
    import argparse

    from leakscan.model.rule import Rule
    from leakscan.rulepack.schema import Definition


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser("rules", help="list, show, lint and test rules")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="one line a rule")
    listing.add_argument("--format", choices=("text", "json"), default="text")
    listing.add_argument(
        "--rules", action="append", default=[], metavar="PATH", help="a rule pack (repeatable)"
    )
    listing.set_defaults(run=_list)

    show = actions.add_parser("show", help="everything about one rule")
    show.add_argument("id", metavar="ID")
    show.add_argument("--rules", action="append", default=[], metavar="PATH", help="a rule pack (repeatable)")
    show.set_defaults(run=_show)

    lint = actions.add_parser("lint", help="look for mistakes in rules")
    lint.add_argument("path", nargs="*", metavar="PATH", help="rule packs (default: the built-in rules)")
    lint.set_defaults(run=_lint)

    test = actions.add_parser("test", help="try rules on their examples and counterexamples")
    test.add_argument("path", nargs="*", metavar="PATH", help="rule packs (default: the built-in rules)")
    test.set_defaults(run=_test)


def _definitions(paths: list[str]) -> tuple[list[Definition], list[Definition]]:
    """The definitions to look at, and those to compare them with. Raises DocumentError."""
    from leakscan.rulepack.compose import read_all
    from leakscan.rulepack.load import builtin_directory, pack_files

    packs = [Path(p) for p in paths] or [builtin_directory()]
    files = pack_files(packs, builtin=False)
    mine = {_real(name) for name, _ in files}
    others = [(n, c) for n, c in pack_files((), builtin=True) if _real(n) not in mine] if paths else []
    found, problems = read_all([*others, *files])
    own = [p for p in problems if _real(p.file) in mine]
    if own:
        raise DocumentError(own)
    return [d for d in found if _real(d.file) in mine], [d for d in found if _real(d.file) not in mine]


def _described(paths: list[str]) -> dict[str, Rule]:
    from leakscan.rulepack.load import describe, load

    rule_set = load([Path(p) for p in paths])
    return describe(rule_set, rule_set.rules)


def _real(path: str) -> str:
    import os

    return os.path.realpath(path)


def _lint(args: argparse.Namespace) -> int:
    from leakscan.rulepack.lint import lint

    definitions, others = _definitions(args.path)
    remarks = lint(definitions, others)
    for remark in remarks:
        print(remark)
    errors = sum(r.level == "error" for r in remarks)
    print(f"{len(definitions)} rules: {errors} errors, {len(remarks) - errors} warnings")
    return ERROR if errors else OK


def _test(args: argparse.Namespace) -> int:
    from leakscan.rulepack.check import check

    definitions, _ = _definitions(args.path)
    problems = check(definitions)
    for problem in problems:
        print(problem)
    print(f"{len(definitions)} rules: {len(problems)} failures")
    return ERROR if problems else OK


def _list(args: argparse.Namespace) -> int:
    rules = _described(args.rules)
    if args.format == "json":
        import json

        print(json.dumps([_as_json(r) for r in rules.values()], indent=2, ensure_ascii=False))
        return OK
    width = max(map(len, rules), default=0)
    for rule in rules.values():
        print(f"{rule.id:{width}}  {rule.severity:8}  {rule.confidence:6}  {rule.name}")
    return OK


def _as_json(rule: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(rule)  # type: ignore[call-overload, no-any-return]


def _show(args: argparse.Namespace) -> int:
    from leakscan.rulepack.select import no_such_rule

    rules = _described(args.rules)
    if args.id not in rules:
        raise UsageError(no_such_rule(args.id, tuple(rules)))
    return OK
