"""`leakscan rules`: list, show, lint, test and document rules; say what they lack; print the form of a new one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscan.model.errors import ERROR, OK, DocumentError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from leakscan.model.errors import Problem
    from leakscan.model.rule import Rule
    from leakscan.rulepack.check import Evaluate
    from leakscan.rulepack.lint import Known
    from leakscan.rulepack.schema import Definition


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser("rules", help="list, show, lint, test and document rules")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="one line a rule")
    listing.add_argument("--format", choices=("text", "json"), default="text")
    _add_packs(listing)
    listing.set_defaults(run=_list)

    show = actions.add_parser("show", help="everything about one rule")
    show.add_argument("id", metavar="ID")
    _add_packs(show)
    show.set_defaults(run=_show)

    lint = actions.add_parser("lint", help="look for mistakes in rules")
    lint.add_argument("path", nargs="*", metavar="PATH", help="rule packs (default: the built-in rules)")
    lint.add_argument("--quick", action="store_true", help="skip slow inputs and shadowed rules")
    lint.set_defaults(run=_lint)

    test = actions.add_parser("test", help="try rules on their examples and counterexamples")
    test.add_argument("path", nargs="*", metavar="PATH", help="rule packs (default: the built-in rules)")
    test.set_defaults(run=_test)

    coverage = actions.add_parser("coverage", help="say what rules lack, and which never fire on a corpus")
    coverage.add_argument("path", nargs="*", metavar="PATH", help="rule packs (default: the built-in rules)")
    coverage.add_argument("--corpus", metavar="DIR", help="files to scan with the rules")
    coverage.add_argument("--format", choices=("text", "json"), default="text")
    coverage.set_defaults(run=_coverage)

    new = actions.add_parser("new", help="print the form of a new rule")
    new.add_argument("id", metavar="ID", help="vendor.kind")
    new.add_argument("--output", metavar="FILE", help="write it there; a file that is there is not replaced")
    new.set_defaults(run=_new)

    docs = actions.add_parser("docs", help="a page about all rules, in Markdown")
    docs.add_argument("path", nargs="*", metavar="PATH", help="rule packs (default: the built-in rules)")
    docs.add_argument("--output", metavar="FILE", help="write it there instead of printing it")
    docs.set_defaults(run=_docs)


def _add_packs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="PATH",
        help="a rule pack besides the built-in one (repeatable)",
    )


def _list(args: argparse.Namespace) -> int:
    rules = _described(args.rules).values()
    if args.format == "json":
        _print_json([_as_json(rule) for rule in rules])
        return OK
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in rules:
        print(f"{rule.id:{width}}  {rule.severity:8}  {rule.confidence:6}  {rule.name}")
    return OK


def _show(args: argparse.Namespace) -> int:
    from leakscan.rulepack.select import no_such_rule

    rules = _described(args.rules)
    if args.id not in rules:
        raise UsageError(no_such_rule(args.id, tuple(rules)))
    for key, value in _as_json(rules[args.id]).items():
        if not isinstance(value, list | dict):
            print(f"{key}: {value}")
            continue
        print(f"{key}:")
        for item in value.items() if isinstance(value, dict) else value:
            print(f"  - {item if isinstance(item, str) else _in_words(item)}")
    return OK


def _lint(args: argparse.Namespace) -> int:
    from leakscan.rulepack.lint import lint

    definitions, others, problems = _definitions(args.path)
    remarks = lint(
        definitions, others, known=_known(), evaluate=_trial(definitions, others), thorough=not args.quick
    )
    for problem in problems:
        print(f"{problem.file}:{problem.line}: error: {problem.key}: {problem.message}")
    for remark in remarks:
        print(remark)
    errors = len(problems) + sum(r.level == "error" for r in remarks)
    print(f"{len(definitions)} rules: {errors} errors, {len(problems) + len(remarks) - errors} warnings")
    return ERROR if errors else OK


def _test(args: argparse.Namespace) -> int:
    from leakscan.rulepack.check import check

    definitions, others, problems = _definitions(args.path)
    failures = [*problems, *check(definitions, _trial(definitions, others))]
    for failure in failures:
        print(failure)
    bare = sum(not d.rule.examples for d in definitions)
    untested = f"; {bare} without examples, so nothing was tested of them" if bare else ""
    print(f"{len(definitions)} rules: {len(failures)} failures{untested}")
    return ERROR if failures else OK


def _coverage(args: argparse.Namespace) -> int:
    from leakscan.rulepack.gaps import gaps, silent

    definitions, _, problems = _definitions(args.path)
    if problems:
        raise DocumentError(problems)
    found = gaps(definitions)
    if args.corpus is not None:
        found += silent(definitions, *_on_corpus(args.corpus, args.path))
    if args.format == "json":
        ids = {gap.what: [d.rule.id for d in gap.rules] for gap in found}
        _print_json({"rules": len(definitions), "corpus": args.corpus, "gaps": ids})
        return OK
    print(f"{len(definitions)} rules")
    for gap in found:
        print(f"{gap.what}: {len(gap.rules)}")
        for d in gap.rules:
            print(f"  {d.rule.id}  {d.file}:{d.line}")
    return OK


def _on_corpus(directory: str, packs: Sequence[str]) -> tuple[set[str], set[str]]:
    """The ids of the rules that find something in a directory, and of those that match there at all."""
    from leakscan.api import ScanOptions, scan

    if not os.path.isdir(directory):
        raise UsageError(f"{directory}: not a directory")
    result = scan(
        ScanOptions(
            paths=(directory,),
            rules=tuple(map(Path, packs)),
            confidence="low",
            no_baseline=True,
            allow_list=False,
            inline_allow=False,
            trace=True,
        )
    )
    found = {f.rule.id for f in result.findings} | {p.rule_id for f in result.findings for p in f.parts}
    return found, found | {d.rule_id for d in result.dropped}


def _new(args: argparse.Namespace) -> int:
    from leakscan.rulepack.form import form

    if args.output is not None and os.path.lexists(args.output):
        raise UsageError(f"{args.output} is there already; give the new rule another file, or no --output")
    _put(form(args.id), args.output)
    return OK


def _docs(args: argparse.Namespace) -> int:
    from leakscan.rulepack.page import page

    definitions, _, problems = _definitions(args.path)
    if problems:
        raise DocumentError(problems)
    _put(page(definitions), args.output)
    return OK


def _put(text: str, path: str | None) -> None:
    """`text` to standard output, or whole into a file."""
    from leakscan.model.atomic import replace_file

    if path is None:
        print(text, end="")
        return
    try:
        replace_file(path, [text.encode()])
    except OSError as e:
        raise UsageError(f"{path}: cannot be written: {e.strerror}") from e


def _described(paths: Sequence[str]) -> dict[str, Rule]:
    from leakscan.rulepack.load import describe, load

    rule_set = load([Path(p) for p in paths])
    return describe(rule_set, rule_set.rules)


def _definitions(paths: Sequence[str]) -> tuple[list[Definition], list[Definition], list[Problem]]:
    """The definitions to look at, those to compare them with, and what is wrong with the former."""
    from leakscan.rulepack.compose import read_all
    from leakscan.rulepack.load import builtin_directory, pack_files

    packs = [Path(p) for p in paths] or [Path(builtin_directory())]
    files = pack_files(packs, builtin=False)
    mine = {os.path.realpath(name) for name, _ in files}
    builtin = pack_files((), builtin=True) if paths else []
    others = [(name, content) for name, content in builtin if os.path.realpath(name) not in mine]
    found, problems = read_all([*others, *files])
    own = [d for d in found if os.path.realpath(d.file) in mine]
    rest = [d for d in found if os.path.realpath(d.file) not in mine]
    return own, rest, [p for p in problems if os.path.realpath(p.file) in mine]


def _known() -> Known:
    from leakscan.detect.checks import CHECKS
    from leakscan.detect.checksum import CHECKSUMS
    from leakscan.rulepack.lint import Known

    return Known(CHECKS, CHECKSUMS)


def _trial(*definitions: Sequence[Definition]) -> Evaluate:
    from .trial import Trial

    return Trial(d.rule for some in definitions for d in some)


def _as_json(rule: Rule) -> dict[str, Any]:
    """The fields that say something."""
    whole = {**rule._asdict(), "requires": [r._asdict() for r in rule.requires]}
    whole["allow"] = {k: list(v) for k, v in rule.allow._asdict().items() if v}
    whole["rotate"] = {
        k: list(v) if isinstance(v, tuple) else v for k, v in rule.rotate._asdict().items() if v
    }
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in whole.items()}
    return {
        k: v
        for k, v in plain.items()
        if v not in (None, [], {}, "") and (v is not False or k == "placeholders")
    }


def _in_words(item: Any) -> str:
    if isinstance(item, dict):
        return ", ".join(f"{k} {v}" for k, v in item.items())
    key, value = item
    return f"{key}: {'; '.join(value) if isinstance(value, list) else value}"


def _print_json(value: Any) -> None:
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False))
