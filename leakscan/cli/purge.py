"""`leakscan purge`: take a secret out of history. Its steps are commands of their own, one file each."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

# In the order of the steps. Each module is `purge_NAME` and adds its own parser.
STEPS = (
    "find", "rotate", "backup", "plan", "run", "verify", "undo", "cleanup", "push", "handoff", "adopt",
    "check_clone", "guard", "status", "guide",
)  # fmt: skip
EPILOG = (
    "Nothing is irreversible before cleanup. Exit codes: 0 done, 1 the secret is still there, 2 usage, 3 refused (nothing "
    "was changed), 4 the repository has changed since the plan, 5 push refused, 6 self-check failed (refs untouched), "
    "7 interrupted (undo is available)."
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = subparsers.add_parser(
        "purge", help="take a secret out of history and prove that it is gone", epilog=EPILOG
    )
    parser.set_defaults(run=_guide)
    steps = parser.add_subparsers(dest="step", metavar="STEP")
    for name in STEPS:
        module = f"leakscan.cli.purge_{name}"
        if find_spec(module) is not None:
            import_module(module).add_parser(steps)


def _guide(args: argparse.Namespace) -> int:
    """Without a step: all of them, one after the other."""
    from . import purge_guide

    return purge_guide.guide(purge_guide.defaults())
