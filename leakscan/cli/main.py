"""The command line's front door: finds the subcommand, imports only that, and turns errors into exit codes."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import signal
import sys
from functools import cache
from importlib import import_module
from typing import Any, NoReturn

from leakscan import __version__
from leakscan.model.errors import INTERRUPTED, LeakscanError

COMMANDS = {
    "scan": "find secrets in files, in the index, in commits or in the whole history",
    "explain": "say for every candidate in a file which rule saw it and what kept or dropped it",
    "rules": "list, show, lint and test rules",
    "baseline": "create or update a baseline of known findings",
    "import": "take over another scanner's configuration, rules, ignores and baseline",
    "ignore": "allow single secrets on purpose, with a reason and an end",
    "hook": "stop secrets at the commit and at the push: git hooks",
    "ci": "scan what a build is about, and show it as its system does",
    "purge": "take a secret out of history and prove that it is gone",
}
_MODULES = {"import": "import_"}  # where a command is a word of Python's


class _Formatter(argparse.HelpFormatter):
    """Asks the terminal itself for its width: argparse does it by `shutil`, for every option, help wanted or not."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width() - 2)


class _Parser(argparse.ArgumentParser):
    """Commands make theirs of the same kind."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter} | kwargs)


@cache
def _width() -> int:
    """Columns of the terminal, as `shutil.get_terminal_size` has them."""
    try:
        return int(os.environ["COLUMNS"]) or 80
    except (KeyError, ValueError):
        pass
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80 if sys.__stdout__ else 80
    except (AttributeError, ValueError, OSError):
        return 80


def main(argv: list[str]) -> int:
    """Run one command line; returns the exit code (see `leakscan.model.errors`)."""
    parser = _Parser(
        prog="leakscan",
        description="Finds secrets that were committed to git repositories.",
        epilog="Exit codes: 0 nothing new, 1 findings, 2 error, 3 refused or incomplete, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"leakscan {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # The others are listed in a help that is not a command's own, and where there is no such command; else not made.
    wanted = next((word for word in argv if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        if name == wanted:
            import_module(f"leakscan.cli.{_MODULES.get(name, name)}").add_parser(subparsers)
        elif argv[:1] != [wanted] or wanted not in COMMANDS:
            subparsers.add_parser(name, help=summary)
    args = parser.parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except LeakscanError as error:
        print(f"leakscan: {error}", file=sys.stderr)
        return error.exit_code
    return code


def entry() -> NoReturn:
    """The console script. A second interrupt, or a reader that went away, ends it quietly."""
    gc.disable()  # one command, one process: what it makes lives until it ends
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("leakscan: interrupted", file=sys.stderr)
        code = INTERRUPTED
    except BrokenPipeError:
        # Whatever is still buffered has no reader: keep the interpreter from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process without taking the interpreter apart object by object, which takes a hook a tenth of its time."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)  # says what is wrong with the stream
    os._exit(code)


if __name__ == "__main__":
    entry()
