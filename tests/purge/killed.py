"""`leakscan purge STEP` that kills itself at its n-th write: run as `python killed.py N STEP …`.

A write is a file that is made, replaced, renamed, linked or removed, and a command of git that writes: it may be killed
before that and after, when git goes on alone.
"""

from __future__ import annotations

import builtins
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from leakscan.cli.main import main
from leakscan.git import run
from leakscan.model import atomic

WRITING = (
    "update-ref", "symbolic-ref", "update-index", "pack-objects", "pack-refs", "repack", "prune", "index-pack",
    "commit-graph", "push",
)  # fmt: skip
left = int(sys.argv[1])


def count() -> None:
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)


def counted(
    real: Callable[..., Any], counts: Callable[..., bool] = lambda *_, **__: True
) -> Callable[..., Any]:
    def wrapper(*args: Any, **more: Any) -> Any:
        if counts(*args, **more):
            count()
        return real(*args, **more)

    return wrapper


def started(where: run.Where, *words: Any, **more: Any) -> Any:
    writes = any(word in WRITING for word in words)
    if writes:
        count()
    process = start(where, *words, **more)
    if writes:
        count()
    return process


def to_write(path: Any, mode: str = "r", *_: Any, **__: Any) -> bool:
    """Whether a file is opened for writing by name. What was opened by number has been counted."""
    return not isinstance(path, int) and any(letter in mode for letter in "wax+")


for name in ("replace", "rename", "unlink", "truncate", "chmod", "link", "mkdir", "rmdir", "symlink"):
    setattr(os, name, counted(getattr(os, name)))
setattr(os, "open", counted(os.open, lambda path, flags, *_, **__: bool(flags & os.O_CREAT)))  # noqa: B010
setattr(builtins, "open", counted(builtins.open, to_write))  # noqa: B010
start = run.start
run.start = started
atomic.replace_file = counted(atomic.replace_file)
sys.exit(main(["purge", *sys.argv[2:]]))
