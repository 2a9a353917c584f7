"""A scan with a progress bar on the terminal, and nothing in a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from leakscan.api import ScanOptions
    from leakscan.model.finding import ScanResult


def scan_with_progress(
    options: ScanOptions, *, show: bool, meanwhile: Callable[[], object] = lambda: None
) -> ScanResult:
    """The result of the scan; with `show` and a terminal, a bar on standard error says how far it has come.

    `meanwhile` is called when the first share of several is done: while workers go on with the others.
    """
    from leakscan.api import scan

    def listen(done: int, total: int) -> None:
        if done == 1 < total:
            meanwhile()

    if not show or not sys.stderr.isatty():
        return scan(options, progress=listen)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("scanning"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # No refresh thread: workers are forked, and a fork of a process with threads is unsound.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("scan", total=None)

        def tell(done: int, total: int) -> None:
            listen(done, total)
            bar.update(task, completed=done, total=total)
            bar.refresh()

        return scan(options, progress=tell)
