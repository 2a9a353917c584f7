"""Where the configuration of a repository is: the one part that every scan runs."""

from __future__ import annotations

import os
import stat

from leakscan.model.errors import DocumentError, Problem

NAMES = (".leakscan.yml", ".leakscan.yaml")


def find(root: str) -> str | None:
    """The configuration file of the repository (or directory) `root`, or None.

    Raises DocumentError if there are two, or if it is something else than a file.
    """
    found = [path for path in (os.path.join(root, name) for name in NAMES) if os.path.lexists(path)]
    if not found:
        return None
    if len(found) > 1:
        raise DocumentError([Problem(found[1], 0, "", f"stands beside {NAMES[0]}; keep one of the two")])
    if not stat.S_ISREG(os.lstat(found[0]).st_mode):
        raise DocumentError(
            [Problem(found[0], 0, "", "is not a regular file; use --config to read it anyway")]
        )
    return found[0]
