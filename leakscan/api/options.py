"""What can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple
from leakscan.model.rule import SEVERITIES, Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path


class ScanOptions(NamedTuple):
    """What to scan, with what, and what to report of it. The defaults scan the files of the current directory.

    Several kinds of content may be asked for at once: history, the index, a range, a message, standard input. `paths` are
    scanned as files where none of these is asked for, and say which repository is meant where one is.
    None means "as the configuration says, else the default".
    """

    paths: tuple[str, ...] = (".",)
    history: bool = False  # every object of the repository, and the working tree's uncommitted content
    since_last: bool = False  # of history, only what has come since the last such audit with the same rules
    staged: bool = False  # what the next commit would add
    # What these commits add: A..B, A...B, one commit, or several arguments for `git rev-list`.
    range: str | tuple[str, ...] | None = None
    # Refs by name and object id: their names, tags' messages and what they point at besides commits (see `range`).
    refs: tuple[tuple[bytes, str], ...] = ()
    message: str | None = None  # a file with the message of a commit that is about to be made
    message_edited: bool = True  # whether an editor has seen it: then git strips comments from it
    stdin: bool = False
    rules: tuple[Path, ...] = ()  # packs besides the built-in one
    only: tuple[str, ...] = ()  # rule ids or globs
    skip: tuple[str, ...] = ()
    confidence: Confidence | None = None  # at least; default medium
    severities: tuple[Severity, ...] = SEVERITIES
    config: Path | None = None  # default: .leakscan.yml at the root of the repository or directory
    baseline: Path | None = None  # default: as the configuration says
    no_baseline: bool = False  # whatever the configuration says
    inline_allow: bool = True
    allow_list: bool = True  # False: report what the configuration's allow-list accepts as well
    exhaustive: bool = False  # the slow oracle: whole contents, every pattern, no automaton
    whole_blobs: bool = (
        False  # the other oracle: every blob read whole, attribution from all trees; detection as ever
    )
    trace: bool = False  # keep what was dropped, with reasons
    jobs: int | None = None  # worker processes at most; default: one a processor
    max_file_size: int | None = None  # bytes; default 100 MiB
    hook: bool = (
        False  # started by git: its variables say where the repository, its index and its objects are
    )
    # For expiry dates of allow-list entries: the day, or what says it where there are such. None: nothing expires.
    today: date | Callable[[], date] | None = None


def is_whole(options: ScanOptions) -> bool:
    """Whether a scan looks with every rule and reports every severity, so that what it lacks is gone."""
    return not options.only and not options.skip and options.severities == SEVERITIES
