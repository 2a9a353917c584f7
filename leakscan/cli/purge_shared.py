"""What the subcommands of `leakscan purge` around the engine share: which repository, which plan, who agrees."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

from leakscan.model.errors import LeakscanError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from leakscan.git.repository import Repository
    from leakscan.purge.model import Plan

Result = tuple[int, dict[str, Any], list[str]]
"""Exit code, what --json prints, and what a person reads."""


class NotConfirmed(UsageError):
    """A person was asked and did not agree."""


def add_common(parser: argparse.ArgumentParser, *, plan: bool = True) -> None:
    """The options that every one of them has, and PLAN."""
    if plan:
        parser.add_argument(
            "plan",
            nargs="?",
            metavar="PLAN",
            help="the plan file, or the id of a plan that was made here (default: the only one)",
        )
    parser.add_argument(
        "--repo", default=".", metavar="DIR", help="the repository (default: the current one)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_confirm(parser: argparse.ArgumentParser) -> None:
    """How a script agrees to what a person is asked."""
    parser.add_argument("--yes", action="store_true", help="ask nothing; needs --confirm")
    parser.add_argument("--confirm", metavar="ID", help="the id of the plan that is meant")


def run(args: argparse.Namespace, command: str, work: Callable[[], Result]) -> int:
    """Do `work` and print what came of it. With --json an error is a document as well."""
    try:
        code, value, lines = work()
    except LeakscanError as error:
        if not args.json:
            raise
        refusals = [refusal._asdict() for refusal in getattr(error, "refusals", ())]
        more = {"refusals": refusals} if refusals else {}
        show_json({"command": command, "exit_code": error.exit_code, "error": str(error), **more})
        return error.exit_code
    if args.json:
        show_json({"command": command, "exit_code": code, **value})
    else:
        for line in lines:
            print(line)
    return code


def show_json(value: Any) -> None:
    """One document, pure ASCII."""
    import json

    print(json.dumps(value, indent=1))


def repository(args: argparse.Namespace) -> Repository:
    """The repository that is meant. Raises GitError."""
    from leakscan.git.repository import Repository

    return Repository.open(args.repo)


def load_plan(repo: Repository, word: str | None) -> Plan:
    """A plan by its file, or by the id under which this clone keeps it. Raises UsageError."""
    from leakscan.purge import model, state

    kept = state.plans(repo)
    if word is None:
        if len(kept) != 1:
            there = (
                f"; there are {', '.join(kept)}" if kept else "; make one: leakscan purge plan -o plan.json"
            )
            raise UsageError(f"which plan? give its file or its id{there}")
        word = kept[0]
    path: str | bytes = word
    if not os.path.isfile(word) and word in kept:
        path = state.State(repo, word).file("plan.json")
    try:
        with open(path, encoding="utf-8") as file:
            return model.loads(file.read(), word)
    except FileNotFoundError:
        raise UsageError(f"{word}: no such plan file, and no plan of this clone has that id") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{word}: cannot be read ({error})") from None


def maps(repo: Repository, plan: Plan, word: str | None = None) -> list[dict[str, str]]:
    """Old ids and new ones: the commit map of this plan, and all that other plans have moved in this clone."""
    from leakscan.purge import known, model, state

    found = [commit_map(repo, plan, word)]
    for plan_id in state.plans(repo):
        one = state.State(repo, plan_id)
        if plan_id != plan.plan_id and one.phase in ("moved", "cleaning", "clean"):
            with (
                contextlib.suppress(FileNotFoundError),
                open(one.file("plan.json"), encoding="utf-8") as file,
            ):
                other = model.loads(file.read(), plan_id)
                found.append(known.moves(other, commit_map(repo, other)))
    return found


def commit_map(repo: Repository, plan: Plan, word: str | None = None) -> dict[str, str]:
    """Old commits and new ones: as this clone has them, or from beside the plan's file; empty where neither is there.

    Raises UsageError: the map beside the file is not that of the plan.
    """
    import hashlib

    from leakscan.purge import known, state

    for path in (state.State(repo, plan.plan_id).file("commit-map"), f"{word}.commit-map"):
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            text = file.read()
            if hashlib.sha256(text).hexdigest() != plan.commit_map:
                raise UsageError(f"{os.fsdecode(path)}: not the commit map of plan {plan.plan_id}; remove it")
            return known.parse_map(text.decode("ascii", "replace"), os.fsdecode(path))
    return {}


def confirm(args: argparse.Namespace, plan_id: str, question: str) -> None:
    """Raises UsageError unless a person types the plan's id (else NotConfirmed), or a script gives it."""
    if args.confirm is not None and args.confirm != plan_id:
        raise UsageError(f"--confirm {args.confirm} is not the id of this plan, which is {plan_id}")
    if args.yes and args.confirm:
        return
    if not sys.stdin.isatty() or args.json:
        raise UsageError(f"nobody can be asked here; a script says --yes --confirm {plan_id}")
    print(f"{question}\nType {plan_id} to go on, anything else to stop: ", end="", flush=True)
    if sys.stdin.readline().strip() != plan_id:
        raise NotConfirmed("not confirmed; nothing was done")


def secrets_from_stdin() -> list[bytes]:
    """What standard input may mean: each line a secret, or all of it one (a key of several lines). Raises UsageError."""
    text = sys.stdin.buffer.read()
    lines = [line for line in text.splitlines() if line]
    if not lines:
        raise UsageError("--secret-stdin: standard input is empty")
    return list(dict.fromkeys([*lines, text, text.rstrip(b"\r\n")]))


def listed(lines: Sequence[str], limit: int = 20) -> list[str]:
    """Some lines, and how many more there are."""
    more = len(lines) - limit
    return [*lines[:limit], *([f"  … and {more} more"] if more > 0 else [])]
