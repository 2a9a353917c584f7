"""The pipeline's loop in worker processes."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .pipeline import Config, Harvest, Worker

if TYPE_CHECKING:
    from leakscan.sources.base import Source

_worker: Worker | None = None  # this process's own; set once, by the pool's initialiser


def scan_in_pool(
    sources: Sequence[Source], config: Config, work: Sequence[tuple[int, Any]], jobs: int
) -> Iterator[Harvest]:
    """The harvest of every unit, as workers finish them. Interrupting ends the workers."""
    # The automaton is built here first, so that it is compiled once and every worker loads it from the cache.
    Worker(sources, config)
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    pool = context.Pool(jobs, _start, (sources, config))
    try:
        yield from pool.imap_unordered(_scan, work)
    except BaseException:
        pool.terminate()
        raise
    else:
        pool.close()
    finally:
        pool.join()


def _start(sources: Sequence[Source], config: Config) -> None:
    global _worker
    gc.disable()  # a worker makes no cycles worth collecting, and its collector costs a tenth of its time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    _worker = Worker(sources, config)


def _scan(job: tuple[int, Any]) -> Harvest:
    assert _worker is not None
    return _worker.scan(*job)
