"""The configuration of a repository: `.leakscan.yml`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .settings import Config

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Config", "load"]


def load(file: Path | None, root: str | os.PathLike[str]) -> Config:
    """The settings in `file`, which the user named; without one those of the repository (or directory) `root`.

    A file that comes with the repository may name no path outside of it. No file means no settings.
    Raises DocumentError with everything that is wrong.
    """
    if file is not None:
        from .parse import load_config

        return load_config(file)
    from .find import find

    found = find(os.fspath(root))
    if found is None:
        return Config()
    from pathlib import Path

    from .parse import load_config

    return load_config(Path(found), inside=Path(root))
