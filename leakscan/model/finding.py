"""A finding is a secret, not a line: identity (rule, secret), places, a life."""

from __future__ import annotations

from typing import Literal

from .content import Skipped
from .match import Part
from .origin import Origin
from .record import NamedTuple
from .rule import Confidence, Rule, Severity
from .secret import Secret


class Commit(NamedTuple):
    """What a report says of a commit."""

    oid: str
    author: bytes  # "Name <mail>"
    date: str  # author date, ISO 8601 with its offset
    subject: bytes
    time: int  # committer date, seconds since the epoch: what orders commits


class Locus(NamedTuple):
    """One answer of `Source.locate`: a path under which content lives, and the commit that brought it there."""

    path: bytes | None
    commit: Commit | None = None


class Life(NamedTuple):
    """The history of a secret. Only scans of history know it."""

    introduced: Commit | None  # the earliest commit that contains it
    removed: (
        Commit | None
    )  # the commit that took the last of it out of HEAD's history; None while it is in HEAD
    in_head: bool
    refs: tuple[bytes, ...]  # full names of the refs whose tip's tree still contains it, sorted
    reachable: bool  # from any ref, stash or reflog


class Place(NamedTuple):
    """One place of a secret. Lines and columns as in `Detection`."""

    origin: Origin
    path: bytes | None
    line: int
    column: int
    end_line: int
    end_column: int
    snippet: str
    commit: Commit | None = None
    line_hash: str = ""  # GitHub's hash of the line, see model/linehash.py; "" where nobody needs it
    evidence: tuple[str, ...] = ()  # what spoke for it; only where the scan was asked to say
    encoding: str = ""  # how it is encoded there, as in `Detection`


class Finding(NamedTuple):
    """One secret, all of its places (sorted), and its life."""

    rule: Rule
    secret: Secret
    severity: Severity
    confidence: Confidence
    fingerprint: str
    places: tuple[Place, ...]
    parts: tuple[Part, ...] = ()
    life: Life | None = None


class Dropped(NamedTuple):
    """A match that a filter dropped, for `leakscan explain`."""

    rule_id: str
    secret: Secret
    place: Place
    reason: str
    evidence: tuple[str, ...] = ()


class Stats(NamedTuple):
    """What a scan did. `bytes` counts content as scanned (text), not as stored."""

    chunks: int
    bytes: int
    commits: int
    seconds: float


Scope = Literal["part", "tree", "history"]
"""What was looked at: some content (staged, a range, given paths, standard input); every file of the working
tree or of a directory; every object of the repository and every file."""


class ScanResult(NamedTuple):
    """All a scan found. `findings` are sorted: worst first, then by rule, path, line, fingerprint."""

    root: bytes  # what paths are relative to; absolute
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    dropped: tuple[Dropped, ...]
    baselined: int  # findings that the baseline hid
    notes: tuple[str, ...]  # for a person: stale ignores, what was scanned instead, …
    stats: Stats
    scope: Scope = "part"
    strict: bool = False  # the configuration asks that an incomplete scan fails

    @property
    def incomplete(self) -> bool:
        return any(s.incomplete for s in self.skipped)
