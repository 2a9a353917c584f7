"""What a repository asks of leakscan: the values of `.leakscan.yml`. docs/configuration.md describes the keys."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from leakscan.model.document import closest
from leakscan.model.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from pathlib import Path

    from leakscan.model.rule import Confidence, Severity


class Mention(NamedTuple):
    """Rules as the configuration names them: an id or a glob, and where it does so."""

    rules: str
    line: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Findings that somebody has looked at and accepts. All conditions that are given must hold."""

    reason: str
    path: str | None = None  # gitignore-style, relative to the repository's root
    regex: str | None = None  # searched in the secret (bytes)
    fingerprint: str | None = None  # 32 lower-case hex digits, as reports show it
    rule: str | None = None  # an id or a glob
    expires: date | None = None  # the last day on which it holds
    line: int = 0  # 1-based; where it is written
    key: str = ""  # "allow[3]"

    def expired(self, today: date) -> bool:
        """Whether the entry holds no longer."""
        return self.expires is not None and self.expires < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings. None, or empty, where nothing is said: the command line and the defaults decide."""

    file: str = ""  # as problems and notes call it
    packs: tuple[Path, ...] = ()
    disable: tuple[Mention, ...] = ()
    severity: tuple[tuple[Mention, Severity], ...] = ()
    exclude: tuple[str, ...] = ()  # gitignore-style
    allow: tuple[Allowed, ...] = ()
    baseline: Path | None = None
    confidence: Confidence | None = None
    max_file_size: int | None = None  # bytes
    inline_allow: bool | None = None
    strict: bool | None = None

    def active(self, today: date) -> tuple[Allowed, ...]:
        """The entries of the allow-list that hold on the day `today`."""
        return tuple(entry for entry in self.allow if not entry.expired(today))

    def expired(self, today: date) -> tuple[Problem, ...]:
        """The others, for a person."""
        return tuple(
            Problem(
                self.file,
                entry.line,
                entry.key,
                f"expired on {entry.expires}, does not count: {entry.reason}",
            )
            for entry in self.allow
            if entry.expired(today)
        )

    def unknown_rules(self, ids: Collection[str]) -> list[Problem]:
        """A problem for every mention of a rule that is not among `ids`."""
        mentions = [*self.disable, *(mention for mention, _ in self.severity)]
        mentions += [Mention(e.rule, e.line, f"{e.key}.rule") for e in self.allow if e.rule is not None]
        return [
            Problem(self.file, m.line, m.key, f'no rule is called "{m.rules}"{closest(m.rules, ids)}')
            for m in mentions
            if not _names_any(m.rules, ids)
        ]


def _names_any(glob: str, ids: Collection[str]) -> bool:
    return glob in ids or any(fnmatchcase(i, glob) for i in ids)


def severities(config: Config) -> dict[str, Severity]:
    """The severities that the configuration changes, by rule id or glob."""
    return {mention.rules: level for mention, level in config.severity}


def disabled(config: Config) -> Sequence[str]:
    """The rules that the configuration switches off, by id or glob."""
    return [mention.rules for mention in config.disable]
