"""Old files out of the cache: other rules and versions of leakscan leave some megabytes behind each time.

Nothing is asked of other processes: a cached file is read whole when it is opened, and whoever finds none makes it anew.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat

KEPT = 12  # files of a kind
GRACE = 24 * 60 * 60  # seconds since its last use for which a file stays in any case

# What leakscan names so and nothing else: the user may have named a directory that holds other things as well.
_OWN = re.compile(
    r"(?P<left>\.)?(?P<kind>automaton|facts|rules|rules-whole|rules-literals|patterns)"
    r"-[\w.-]+\.(?P<form>hs|txt|json|bin)(?(left)-\w+)"
)


def evict(directory: str, now: float) -> None:
    """Remove cached files of which there are too many, least recently used first, and what killed processes left half done.

    `now` is the time of change of a file that has just been written there. Never raises.
    """
    kinds: dict[tuple[str, ...], list[tuple[float, str]]] = {}
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                own = _OWN.fullmatch(entry.name)
                facts = entry.stat(follow_symlinks=False) if own else None
                if own is None or facts is None or not stat.S_ISREG(facts.st_mode):
                    continue
                used = max(facts.st_atime, facts.st_mtime)
                kinds.setdefault((own["left"] or "", own["kind"], own["form"]), []).append((used, entry.path))
    except OSError:
        return
    for (left, *_), files in kinds.items():
        for used, path in sorted(files, reverse=True)[0 if left else KEPT :]:
            if used < now - GRACE:
                with contextlib.suppress(OSError):
                    os.unlink(path)
