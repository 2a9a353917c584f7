"""The report for a person: what leaked, where, since when, and what to do now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.origin import CommitOrigin, FileOrigin, NameOrigin, StagedOrigin, describe
from leakscan.model.text import escape

from .order import nearest_first
from .redact import Redactor
from .style import Style
from .summary import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Commit, Finding, Life, Place, ScanResult
    from leakscan.model.rule import Rotation

PLACES = 4  # shown of one finding, versions of a file as one; how many more there are is said
REFS = 3


def render(
    result: ScanResult,
    *,
    show_secrets: bool = False,
    color: bool = False,
    cwd: bytes | None = None,
    hints: bool = True,
) -> Iterator[str]:
    """`result` as lines of text, worst first.

    `color` if it goes to a terminal: nothing else depends on that. `cwd` (absolute): files on disk are named
    relative to it, so that a terminal can open them; without it paths are relative to `result.root`. `hints`: say in the
    end what comes next; a hook has more to say of that.
    """
    page = _Page(result, Redactor(result, show_secrets=show_secrets), Style(color), cwd)
    for finding in result.findings:
        yield from page.finding(finding)
    yield from summary(result, page.redactor, page.style, hints=hints)


class _Page:
    """What stays the same from finding to finding, and which rules have been explained already."""

    def __init__(self, result: ScanResult, redactor: Redactor, style: Style, cwd: bytes | None) -> None:
        self.redactor = redactor
        self.style = style
        self._root = result.root
        self._cwd = cwd
        self._explained: set[str] = set()

    def finding(self, finding: Finding) -> Iterator[str]:
        style = self.style
        badge = style.severity(finding.severity, finding.severity.upper())
        name = style.bold(escape(finding.rule.name.encode()))
        yield f"{badge}  {name}  {escape(self.redactor.secret(finding.secret))}\n"
        yield (
            style.dim(f"  {finding.rule.id} · {finding.confidence} confidence · {finding.fingerprint}") + "\n"
        )
        for part in finding.parts:
            yield f"  with {escape(part.rule_id.encode())} in line {part.line}\n"
        yield from self._places(finding)
        if finding.life is not None:
            yield from (f"  {line}\n" for line in self._life(finding.life))
        if finding.rule.id not in self._explained:
            self._explained.add(finding.rule.id)
            yield from (f"  {line}\n" for line in self._rotation(finding.rule.rotate))
        yield "\n"

    def _places(self, finding: Finding) -> Iterator[str]:
        versions: dict[str, list[Place]] = {}
        for place in nearest_first(finding.places):
            versions.setdefault(self._where(place), []).append(place)
        snippet = None
        for where, places in list(versions.items())[:PLACES]:
            commits = sorted(
                {place.commit for place in places if place.commit}, key=lambda c: (c.time, c.oid)
            )
            first = f"  {self.style.dim(self._commit(commits[0]))}" if commits else ""
            others = (
                f"  and in {len(commits) - 1} later {_plural(len(commits) - 1, 'commit')}"
                if commits[1:]
                else ""
            )
            encoding = f"  encoded: {places[0].encoding}" if places[0].encoding else ""
            yield f"  {self.style.path(where)}{encoding}{first}{others}\n"
            if places[0].snippet and places[0].snippet != snippet:
                snippet = places[0].snippet
                yield f"    {self.style.dim('│')} {self.redactor.line(snippet)}\n"
        more = len(versions) - PLACES
        if more > 0:
            yield f"  and {more} more {_plural(more, 'place')} (--format json lists them all)\n"

    def _where(self, place: Place) -> str:
        """Where `place` is, in the form that terminals and editors open: path:line:column."""
        match place.origin:
            case FileOrigin(path) | StagedOrigin(path, _):
                return f"{self._near(place.path or path)}:{place.line}:{place.column}"
            case NameOrigin(path):
                return f"the name {self.redactor.printable(place.path or path)}"
            case CommitOrigin(commit, part):
                return f"{part} of commit {commit[:12]}, line {place.line}"
            case origin if place.path is not None:
                return f"{self.redactor.printable(place.path)}:{place.line}:{place.column}"
            case origin:
                return f"{self.redactor.line(describe(origin))}:{place.line}:{place.column}"

    def _near(self, path: bytes) -> str:
        if self._cwd is not None:
            path = os.path.relpath(os.path.join(self._root, path), self._cwd)
        return self.redactor.printable(path)

    def _commit(self, commit: Commit) -> str:
        author = self.redactor.printable(commit.author)
        name = author.partition(" <")[0] or author  # the address is in the JSON report
        return f"{commit.oid[:12]}  {commit.date[:10]}  {name}  {self.redactor.printable(commit.subject)}"

    def _life(self, life: Life) -> Iterator[str]:
        since = f" since {life.introduced.date[:10]} ({life.introduced.oid[:12]})" if life.introduced else ""
        if life.in_head:
            yield self.style.warn(f"in HEAD{since}")
        else:
            gone = (
                f"removed {life.removed.date[:10]} ({life.removed.oid[:12]})"
                if life.removed
                else "not in HEAD"
            )
            yield f"in the history{since}, {gone}: deleting it did not take it out"
        if life.refs:
            names = [self.redactor.printable(ref) for ref in life.refs[:REFS]]
            more = len(life.refs) - REFS
            others = f" and {more} more {_plural(more, 'ref')}" if more > 0 else ""
            yield f"on {', '.join(names)}{others}"
        elif not life.reachable:
            yield "in no branch, tag, stash or reflog: only in objects that git has not collected yet"

    def _rotation(self, rotate: Rotation) -> Iterator[str]:
        if rotate.url:
            yield f"{self.style.bold('→ rotate it:')} {escape(rotate.url.encode())}"
        elif rotate.steps:
            yield self.style.bold("→ rotate it:")
        for number, step in enumerate(rotate.steps, 1):
            yield f"    {number}. {escape(step.encode())}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
