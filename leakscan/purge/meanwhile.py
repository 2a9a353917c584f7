"""Work that another process does meanwhile, where there is a second processor and a way to hand the work over as it is."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from leakscan.model.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def meanwhile(work: Callable[[], T]) -> Callable[[], T]:
    """Begin `work`, and return what waits for its result, which must be picklable. To be called once.

    Where it cannot be done beside, it is done when the result is asked for. What it raises is raised then.
    """
    if not _beside():
        return work
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _done(work, writing)
    os.close(writing)

    def result() -> T:
        with open(reading, "rb") as file:
            raw = file.read()
        os.waitpid(child, 0)
        if not raw:
            raise GitError("a part of the work was ended from outside; try again")
        value: T | BaseException
        sound, value = pickle.loads(raw)
        if not sound:
            assert isinstance(value, BaseException)
            raise value
        return value  # type: ignore[return-value]

    return result


def _beside() -> bool:
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # A process that is forked from one with threads may wait for them forever; macOS's own libraries use some.
    return (
        hasattr(os, "fork") and sys.platform != "darwin" and processors > 1 and threading.active_count() == 1
    )


def _done(work: Callable[[], Any], writing: int) -> None:
    """The other process: it never returns."""
    try:
        try:
            raw = pickle.dumps((True, work()))
        except Exception as error:
            raw = pickle.dumps((False, error))
        with open(writing, "wb") as file:
            file.write(raw)
    finally:
        os._exit(0)
