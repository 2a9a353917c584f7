"""Where the configuration of a repository is: the one part that every scan runs."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from leakscan.model.errors import DocumentError, Problem

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (".leakscan.yml", ".leakscan.yaml")


def find(root: Path) -> Path | None:
    """The configuration file of the repository (or directory) `root`, or None.

    Raises DocumentError if there are two, or if it is something else than a file.
    """
    found = [root / name for name in NAMES if _exists(root / name)]
    if not found:
        return None
    if len(found) > 1:
        raise DocumentError([Problem(str(found[1]), 0, "", f"stands beside {NAMES[0]}; keep one of the two")])
    if not stat.S_ISREG(found[0].lstat().st_mode):
        raise DocumentError(
            [Problem(str(found[0]), 0, "", "is not a regular file; use --config to read it anyway")]
        )
    return found[0]


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except OSError:
        return False
    return True
