"""Asking and telling, for the guide: headings, questions, and steps that are run as their commands are."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, TypeVar

from leakscan.model.errors import LeakscanError
from leakscan.model.record import NamedTuple

from . import purge_shared as shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from leakscan.git.repository import Repository
    from leakscan.purge.state import State
    from leakscan.report.style import Style

T = TypeVar("T")
_WIDTH = 78


class Stopped(Exception):
    """The person has stopped, or a step went wrong; the exit code, or None where it depends on how far it has come."""

    def __init__(self, code: int | None = None) -> None:
        self.code = code


class Scene(NamedTuple):
    repo: Repository
    style: Style
    args: argparse.Namespace


def do(scene: Scene, *words: str) -> None:
    """Run one step as its command does; anything but success ends the walk."""
    from . import purge

    parser = argparse.ArgumentParser(prog="leakscan")
    purge.add_parser(parser.add_subparsers())
    args = parser.parse_args(["purge", *words, "--repo", os.fsdecode(scene.repo.root)])
    code = guarded(lambda: args.run(args))
    if code:
        raise Stopped(code)


def guarded(work: Callable[[], T], passed: type[LeakscanError] = shared.NotConfirmed) -> T:
    """Do it; an error is told, and ends the walk with its exit code. One of the kind `passed` goes through."""
    try:
        return work()
    except shared.NotConfirmed:
        raise Stopped from None
    except passed:
        raise
    except LeakscanError as error:
        print(f"\n{error}", file=sys.stderr)
        raise Stopped(error.exit_code) from None


def note(state: State, step: str) -> None:
    done = [*state.facts().get("guide", []), step]
    state.note(guide=done)


def head(scene: Scene, name: str, command: str) -> None:
    from leakscan.purge.guide import STEPS, number

    this = STEPS[number(name) - 1]
    title = f"── {number(name)} of {len(STEPS)}  {this.title} "
    print("\n" + scene.style.bold(title + "─" * max(0, _WIDTH - len(title))))
    for line in this.words:
        print(line)
    print(scene.style.dim(f"(by itself: {command})") + "\n")


def ask(question: str) -> str:
    """What is typed, stripped; q stops. Raises Stopped."""
    print(question, end="", flush=True)
    line = sys.stdin.readline()
    if not line:
        print()
        raise Stopped
    said = line.strip()
    if said in ("q", "Q", "quit"):
        raise Stopped
    return said


def yes(question: str, *, default: bool) -> bool:
    said = ask(f"{question} [{'Y/n' if default else 'y/N'}] ").lower()
    return default if not said else said in ("y", "yes")


def free(path: str) -> str:
    """`path`, or with a number if it is taken."""
    found, number = path, 2
    while os.path.exists(found):
        found, number = f"{path}-{number}", number + 1
    return found


def home(path: str) -> str:
    """A path as a person writes it."""
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if path.startswith(home + os.sep) else path
