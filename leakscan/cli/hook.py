"""`leakscan hook`: git hooks, installed beside others, and what they run."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, cast

from leakscan.hooks.names import CLIENT, NAMES, READS_STDIN, SERVER
from leakscan.model.errors import FINDINGS, INCOMPLETE, OK, LeakscanError, UsageError
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.api import ScanOptions
    from leakscan.git.repository import Repository
    from leakscan.hooks.install import Status
    from leakscan.hooks.names import HookName
    from leakscan.model.finding import ScanResult


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser("hook", help="stop secrets at the commit and at the push: git hooks")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    install = actions.add_parser("install", help="let git run leakscan, after the hooks that are there")
    install.add_argument(
        "--beside",
        action="store_true",
        help="although a hook manager is in charge, or other repositories share the directory",
    )
    install.set_defaults(run=_install)
    uninstall = actions.add_parser("uninstall", help="take leakscan out and put back the hooks of before")
    uninstall.add_argument("--force", action="store_true", help="also a hook that was changed by hand")
    uninstall.set_defaults(run=_uninstall)
    status = actions.add_parser(
        "status",
        help="which hooks are there, whose they are, and whether they work",
        epilog="Exit codes: 0 all in order, 3 a hook of leakscan's would not do its work.",
    )
    status.set_defaults(run=_status)
    for action in (install, uninstall, status):
        action.add_argument(
            "names",
            nargs="*",
            metavar="HOOK",
            help=f"of {', '.join(NAMES)} (default: {', '.join(CLIENT)}; {SERVER[0]} in a bare repository)",
        )
        action.add_argument("--repository", "-C", default=".", metavar="PATH", help="default: this one")

    run = actions.add_parser(
        "run",
        help="what a hook does: for hook managers and scripts of your own",
        epilog="Exit codes: 0 go on, 1 findings, 2 error, 3 incomplete (where the configuration is strict).",
    )
    run.add_argument("name", choices=NAMES, metavar="HOOK", help=", ".join(NAMES))
    run.add_argument("words", nargs="*", metavar="ARG", help="what git gave the hook")
    run.set_defaults(run=_run)


def _names(args: argparse.Namespace, repo: Repository) -> tuple[HookName, ...]:
    unknown = [name for name in args.names if name not in NAMES]
    if unknown:
        raise UsageError(f"{unknown[0]}: no hook of leakscan's; there are {', '.join(NAMES)}")
    if args.names:
        return cast("tuple[HookName, ...]", tuple(args.names))
    return SERVER[:1] if repo.is_bare else CLIENT


def _repository(args: argparse.Namespace) -> Repository:
    from leakscan.git.repository import Repository

    return Repository.open(args.repository)


def _install(args: argparse.Namespace) -> int:
    from leakscan.hooks.install import install

    repo = _repository(args)
    code = OK
    for name in _names(args, repo):
        try:
            done = install(repo, name, sys.executable, beside=args.beside)
        except LeakscanError as error:
            print(f"leakscan: {name} was not installed: {error}", file=sys.stderr)
            code = max(code, error.exit_code)
            continue
        if done.state != "ours":
            print(f"{name}: nothing to do, {_told(done)}")
            continue
        print(f"{name}: installed, {escape(done.path)}")
        if done.chained:
            print(f"    runs first: {escape(done.chained)}")
    return code


def _uninstall(args: argparse.Namespace) -> int:
    from leakscan.hooks.install import status, uninstall

    repo = _repository(args)
    code = OK
    for name in _names(args, repo) if args.names else NAMES:
        before = status(repo, name)
        try:
            done = uninstall(repo, name, force=args.force)
        except LeakscanError as error:
            print(f"leakscan: {name} was not uninstalled: {error}", file=sys.stderr)
            code = max(code, error.exit_code)
            continue
        if before.state in ("ours", "edited"):
            rest = "the hook of before is back" if done.state == "other" else "no hook is there now"
            print(f"{name}: uninstalled, {rest}")
        elif args.names:
            print(f"{name}: leakscan was not installed")
    return code


def _status(args: argparse.Namespace) -> int:
    from leakscan.hooks.install import status

    repo = _repository(args)
    code = OK
    for name in _names(args, repo):
        now = status(repo, name)
        for line in _describe(now):
            print(line)
        if now.broken:
            code = INCOMPLETE
    return code


def _describe(now: Status) -> list[str]:
    words = {
        "absent": "no hook",
        "ours": "leakscan",
        "edited": "leakscan, changed by hand",
        "other": "another program's hook",
    }
    manager = now.manager
    who = words[now.state]
    if manager is not None and now.state in ("absent", "other"):
        who = f"{manager.manager.name}'s hook" if now.state == "other" and manager.active else who
    lines = [f"{now.name}: {who}, {escape(now.path)}"]
    if now.broken:
        lines.append(f"    does not work: {now.broken}")
    if now.chained is not None:
        lines.append(f"    runs first: {escape(now.chained)}")
    if now.shared:
        lines.append("    core.hooksPath: other repositories may share this directory")
    if manager is not None and manager.told and now.state not in ("ours", "edited"):
        lines.append(f"    {_told(now)}")
    elif manager is not None and now.state not in ("ours", "edited"):
        advice = manager.manager.advice(now.name).replace("\n", "\n    ")
        lines.append(f"    {manager.manager.name} manages the hooks here; add {advice}")
    return lines


def _told(now: Status) -> str:
    """That a manager runs leakscan already."""
    assert now.manager is not None
    words = f"{now.manager.told} has {now.manager.manager.name} run leakscan"
    if now.manager.active:
        return words
    return f"{words}, once {now.manager.manager.name}'s own hook is installed"


def _run(args: argparse.Namespace) -> int:
    from leakscan.git.repository import Repository
    from leakscan.hooks import skip

    name: HookName = args.name
    # Read before anything else: git stops with a broken pipe if a pre-push hook ends without having done so.
    stdin = sys.stdin.buffer.read() if name in READS_STDIN else b""
    repo = Repository.open(".", hook=True)
    reason = skip.reason(name, os.environ, repo)
    if reason is not None:
        said = escape(reason.encode("utf-8", "surrogateescape"))
        print(f"leakscan: {name} was skipped, nothing was checked: {said}", file=sys.stderr)
        return OK
    options = _options(name, args.words, stdin, repo)
    if options is None:
        return OK
    from leakscan.api import scan

    result = scan(options)
    if result.findings or result.incomplete or result.notes:
        _report(name, result, repo)
    if result.findings:
        return FINDINGS
    return INCOMPLETE if result.incomplete and result.strict else OK


def _options(name: HookName, words: Sequence[str], stdin: bytes, repo: Repository) -> ScanOptions | None:
    """What to scan; None where nothing goes in (a push that only deletes)."""
    import datetime

    from leakscan.api import ScanOptions

    base = ScanOptions(hook=True, today=datetime.date.today())
    if name == "pre-commit":
        return base._replace(staged=True)
    if name == "commit-msg":
        if len(words) != 1:
            raise UsageError("a commit-msg hook gets one argument: the file with the message")
        # Git tells its hooks so that there is no editor: https://git-scm.com/docs/githooks#_pre_commit
        edited = os.environ.get("GIT_EDITOR") != ":"
        return base._replace(message=words[0], message_edited=edited)
    from leakscan.hooks.pushed import arriving, leaving, parse

    pushes = parse(name, words, stdin)
    found = leaving(repo, pushes, words[0] if words else "") if name == "pre-push" else arriving(pushes)
    if not found.revs:
        return None
    refs = tuple((push.ref, push.new) for push in pushes if not push.deletes)
    return base._replace(range=found.revs, refs=refs)


def _report(name: HookName, result: ScanResult, repo: Repository) -> None:
    from leakscan.hooks.advice import advice
    from leakscan.hooks.skip import takes_push_option
    from leakscan.report import text

    color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    cwd = None if name in SERVER else os.getcwdb()
    sys.stderr.writelines(text.render(result, color=color, cwd=cwd, hints=False))
    if result.findings:
        push_option = name in SERVER and takes_push_option(repo)
        lines = advice(name, result, push_option=push_option)
        sys.stderr.writelines(f"{line}\n" for line in ("", *lines))
