"""leakscan's command line, run in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from leakscan.cli.main import main


class Ran(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def leakscan(*words: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> Ran:
    """Run one command line. Usage errors of argparse are exit code 2, as from a shell."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with _in(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _stdin(stdin):
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
    out.flush()
    out.seek(0)
    return Ran(code, out.read(), err.getvalue())


def found(ran: Ran) -> list[str]:
    """`rule path:line:column` of every place in a JSON report, sorted."""
    return sorted(
        f"{finding['rule']} {place['path']}:{place['line']}:{place['column']}"
        for finding in ran.json["findings"]
        for place in finding["places"]
    )


@contextlib.contextmanager
def _in(directory: Path | None) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(directory or before)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _stdin(content: bytes) -> Iterator[None]:
    import sys

    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(content))
    try:
        yield
    finally:
        sys.stdin = before
