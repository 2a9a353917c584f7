"""How each system gets to show what was found: a log that it reads for commands, files that it collects."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from leakscan.model.errors import LeakscanError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .build import SystemName

# Reports that belong into the log, by their format.
LOGGED: Mapping[SystemName, str] = {"github": "github", "azure": "azure"}

# Where a system looks for reports, by itself or by the templates in docs/ci: format and file.
FILES: Mapping[SystemName, tuple[tuple[str, str], ...]] = {
    "gitlab": (("code-quality", "gl-code-quality-report.json"),),
    "bitbucket": (("junit", "test-results/leakscan.xml"),),
    "jenkins": (("junit", "leakscan-junit.xml"),),
    "circleci": (("junit", "test-results/leakscan/results.xml"),),
}


def harmless(system: SystemName, pieces: Iterable[str]) -> Iterator[str]:
    """A report for people in a log that the system reads for commands: whatever the repository says, none is in it."""
    if system == "github":
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
        token = secrets.token_hex(16)
        yield f"::stop-commands::{token}\n"
        yield from (piece.replace("##[", "# #[") for piece in pieces)
        yield f"::{token}::\n"
    elif system == "azure":
        yield from (piece.replace("##", "# #") for piece in pieces)
    else:
        yield from pieces


def append(path: str, pieces: Iterable[str]) -> None:
    """Write to the end of a file that the system gave. Raises LeakscanError."""
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(pieces)
    except OSError as error:
        raise LeakscanError(f"{os.fspath(path)!r} cannot be written: {error.strerror}") from None
