"""What the steps of a purge that change the clone have in common on the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import purge_shared as shared

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add_step(parser: argparse.ArgumentParser) -> None:
    """PLAN, --repo, --json, --yes, --confirm, --secret-stdin."""
    shared.add_common(parser)
    shared.add_confirm(parser)
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help="the secrets again, where this clone no longer has them (each line, or all of it)",
    )


def secrets(args: argparse.Namespace) -> list[bytes]:
    """What was given on standard input."""
    return shared.secrets_from_stdin() if args.secret_stdin else []


def refusing(args: argparse.Namespace, command: str, work: Callable[[], shared.Result]) -> int:
    """As `shared.run`; refusals are listed one by one in JSON. A question to a person is not asked of a pipe."""
    from leakscan.purge.model import PreconditionError

    def guarded() -> shared.Result:
        try:
            return work()
        except PreconditionError as error:
            if not args.json:
                raise
            value = {
                "error": str(error),
                "refusals": [refusal._asdict() for refusal in error.refusals],
            }
            return error.exit_code, value, []
        except KeyboardInterrupt:
            from leakscan.purge.model import UNFINISHED

            print("leakscan: interrupted; see `leakscan purge status`", file=sys.stderr)
            return UNFINISHED, {"error": "interrupted"}, []

    return shared.run(args, command, guarded)
