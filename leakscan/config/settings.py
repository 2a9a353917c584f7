"""What a repository asks of leakscan: the values of `.leakscan.yml`. docs/configuration.md describes the keys."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from leakscan.model.errors import Problem
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from leakscan.model.rule import Confidence, Severity

    from .allowing import AllowList

_NAMED = 10  # entries of which a note gives the line


class Mention(NamedTuple):
    """Rules as the configuration names them: an id or a glob, and where it does so."""

    rules: str
    line: int
    key: str


class Allowed(NamedTuple):
    """Findings that somebody has looked at and accepts. All conditions that are given must hold."""

    reason: str
    path: str | None = None  # gitignore-style, relative to the repository's root
    regex: str | None = None  # searched in the secret (bytes)
    fingerprint: str | None = None  # 32 lower-case hex digits, as reports show it
    rule: str | None = None  # an id or a glob
    owner: str | None = None  # who answers for it
    expires: date | None = None  # the last day on which it holds
    line: int = 0  # 1-based; where it is written
    key: str = ""  # "allow[3]"

    def expired(self, today: date) -> bool:
        """Whether the entry holds no longer."""
        return self.expires is not None and self.expires < today


class Config(NamedTuple):
    """All settings. None, or empty, where nothing is said: the command line and the defaults decide."""

    file: str = ""  # as problems and notes call it
    packs: tuple[Path, ...] = ()
    disable: tuple[str, ...] = ()  # rule ids or globs
    severity: Mapping[str, Severity] = {}  # by rule id or glob
    exclude: tuple[str, ...] = ()  # gitignore-style
    allow: tuple[Allowed, ...] = ()
    baseline: Path | None = None
    confidence: Confidence | None = None
    max_file_size: int | None = None  # bytes
    inline_allow: bool | None = None
    inline_reason: bool | None = None  # comments that give no reason count for nothing
    inline_markers: tuple[str, ...] | None = None  # the scanners whose comments count
    strict: bool | None = None
    mentions: tuple[Mention, ...] = ()  # of rules: everywhere in the file

    def allows(self, today: date | None) -> AllowList:
        """The allow-list as it stands on the day `today` (None: nothing expires), as one question.

        (rule, secret, path) → the entry that allows it, in words, or None.
        """
        from .allowing import AllowList

        return AllowList(self.file, [e for e in self.allow if today is None or not e.expired(today)])

    def idle_notes(self, idle: Sequence[Allowed]) -> tuple[str, ...]:
        """What a person should know of entries that have allowed nothing in a scan of everything."""
        if not idle:
            return ()
        lines = ", ".join(str(e.line) for e in idle[:_NAMED]) + (", …" if len(idle) > _NAMED else "")
        entries = "1 entry" if len(idle) == 1 else f"{len(idle)} entries"
        where = f"line {lines}" if len(idle) == 1 else f"lines {lines}"
        note = f"{self.file}: {entries} of the allow-list allowed nothing here ({where})"
        return (f"{note}; `leakscan ignore list --check` looks closer",)

    def notes(self, today: date | None) -> tuple[str, ...]:
        """What a person should know: entries of the allow-list that have expired."""
        return tuple(
            str(Problem(self.file, e.line, e.key, f"expired on {e.expires} and does not count: {e.reason}"))
            for e in self.allow
            if today is not None and e.expired(today)
        )

    def unknown_rules(self, ids: Collection[str]) -> list[Problem]:
        """A problem for every mention of a rule that is not among `ids`."""
        from leakscan.model.checking import closest

        return [
            Problem(self.file, m.line, m.key, f'no rule is called "{m.rules}"{closest(m.rules, ids)}')
            for m in self.mentions
            if not any(fnmatchcase(i, m.rules) for i in ids)
        ]
