"""The findings as the page's script takes them: compact, every commit and rule once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .life import state, where
from .order import nearest_first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Commit, Finding, ScanResult

    from .redact import Redactor

PLACES = 200  # of one finding; how many more there are is said
REFS = 20
MISSED = 500


def page_data(result: ScanResult, redactor: Redactor, now: int) -> Iterator[str]:
    """One JSON object, in pieces: findings first, the tables that they point into after them."""
    tables = _Tables(redactor)
    yield '{"findings":['
    for number, finding in enumerate(result.findings):
        yield ("," if number else "") + _dump(tables.finding(finding))
    missed = [s for s in result.skipped if s.incomplete]
    yield (
        "],"
        + _dump(
            {
                "now": now,
                "rules": tables.rules,
                "commits": tables.commits,
                "authors": tables.authors,
                "missed": [[redactor.line(s.what), s.why, redactor.line(s.detail)] for s in missed[:MISSED]],
                "missedMore": max(0, len(missed) - MISSED),
            }
        )[1:]
    )


class _Tables:
    """What several findings share, by number."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.rules: list[dict[str, Any]] = []
        self.commits: list[list[Any]] = []
        self.authors: list[str] = []
        self._numbers: dict[Any, int] = {}

    def finding(self, finding: Finding) -> dict[str, Any]:
        redactor, life = self._redactor, finding.life
        places = nearest_first(finding.places)
        return {
            "r": self._rule(finding),
            "s": finding.severity,
            "c": finding.confidence,
            "f": finding.fingerprint,
            "v": redactor.printable(redactor.secret(finding.secret)),
            "t": state(finding),
            "p": [
                [where(p, redactor), redactor.line(p.snippet), self._commit(p.commit)]
                for p in places[:PLACES]
            ],
            "m": max(0, len(places) - PLACES),
            "w": [[part.rule_id, part.line] for part in finding.parts],
            "i": self._commit(life.introduced) if life else None,
            "d": self._commit(life.removed) if life else None,
            "refs": [redactor.printable(ref) for ref in life.refs[:REFS]] if life else None,
        }

    def _rule(self, finding: Finding) -> int:
        rule = finding.rule
        key = ("rule", rule.id)
        if key not in self._numbers:
            self._numbers[key] = len(self.rules)
            self.rules.append(
                {
                    "id": rule.id,
                    "name": rule.name,
                    "about": rule.description,
                    "url": rule.rotate.url,
                    "steps": list(rule.rotate.steps),
                    "refs": list(rule.references),
                }
            )
        return self._numbers[key]

    def _commit(self, commit: Commit | None) -> int | None:
        if commit is None:
            return None
        key = ("commit", commit.oid)
        if key not in self._numbers:
            author = self._redactor.printable(commit.author)
            name = author.partition(" <")[0] or author
            if ("author", name) not in self._numbers:
                self._numbers["author", name] = len(self.authors)
                self.authors.append(name)
            self._numbers[key] = len(self.commits)
            self.commits.append(
                [
                    commit.oid,
                    self._numbers["author", name],
                    commit.date[:10],
                    commit.time,
                    self._redactor.printable(commit.subject),
                ]
            )
        return self._numbers[key]


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
