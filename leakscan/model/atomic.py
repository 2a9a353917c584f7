"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def replace_file(path: str | os.PathLike[str], pieces: Iterable[bytes], *, private: bool = False) -> None:
    """Put `pieces` into the file `path`, whole or not at all.

    They go to a temporary file beside it that is then renamed: a reader sees the old content or the new.
    A file that is there keeps its permissions, a new one gets those that the user's umask gives; `private`
    makes it 0600 either way. Symbolic links are followed, not replaced. What is no regular file (a device,
    a FIFO) is written to directly.

    Raises `OSError`; nothing is left behind then. What `pieces` raises passes through, likewise.
    """
    target = os.path.realpath(path)
    mode = _mode(target)
    if mode is not None and not stat.S_ISREG(mode):
        with open(target, "wb") as out:
            out.writelines(pieces)
        return
    temporary = f"{target}.{os.urandom(4).hex()}.tmp"
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _new(private)
    )
    try:
        with open(descriptor, "wb") as out:
            if mode is not None and not private:
                os.chmod(temporary, stat.S_IMODE(mode))
            out.writelines(pieces)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _new(private: bool) -> int:
    return 0o600 if private else 0o666
