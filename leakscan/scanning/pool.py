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
    # Forked workers have what this one has read and imported; others load the automaton from the cache, compiled once.
    worker = Worker(sources, config)
    if sys.platform == "linux":
        worker.prepare()
        pool = multiprocessing.get_context("fork").Pool(jobs, _begin, (worker,))
    else:
        pool = multiprocessing.get_context("spawn").Pool(jobs, _start, (sources, config))
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
    _begin(Worker(sources, config))


def _begin(worker: Worker) -> None:
    global _worker
    gc.disable()  # a worker makes no cycles worth collecting, and its collector costs a tenth of its time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    _worker = worker


def _scan(job: tuple[int, Any]) -> Harvest:
    assert _worker is not None
    return _worker.scan(*job)
