"""`leakscan purge STEP` that kills itself at its n-th write: run as `python killed.py N STEP …`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from leakscan.cli.main import main
from leakscan.git import run
from leakscan.model import atomic

WRITING = (
    "update-ref",
    "symbolic-ref",
    "update-index",
    "pack-objects",
    "pack-refs",
    "repack",
    "prune",
    "index-pack",
)
left = int(sys.argv[1])


def counted(real: Callable[..., Any], counts: Callable[..., bool] = lambda *_: True) -> Callable[..., Any]:
    def wrapper(*args: Any, **more: Any) -> Any:
        global left
        if counts(*args):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)

    return wrapper


for name in ("replace", "rename", "unlink", "truncate", "chmod"):
    setattr(os, name, counted(getattr(os, name)))
run.start = counted(run.start, lambda _, *words: any(word in WRITING for word in words))
atomic.replace_file = counted(atomic.replace_file)
sys.exit(main(["purge", *sys.argv[2:]]))
