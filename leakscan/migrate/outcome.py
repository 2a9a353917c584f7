"""What an import takes over, what it changes on the way, and what it leaves: each by name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from leakscan.detect.entropy import shannon as entropy
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

if TYPE_CHECKING:
    from pathlib import Path

    from leakscan.model.rule import Confidence, Severity
    from leakscan.model.secret import Secret

Algorithm = Literal["sha1", "sha256", "sha256-typed"]


class Remark(NamedTuple):
    """One thing that did not go over as it was."""

    where: str  # file, or file:line, printable
    what: str  # its name
    why: str  # the reason, and what to do where there is something


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """A rule of theirs in our words; docs/rules.md describes the keys."""

    id: str
    name: str
    pattern: str
    where: str
    description: str = ""
    severity: Severity = "high"
    confidence: Confidence = "medium"
    keywords: tuple[str, ...] = ()
    entropy: float | None = None
    paths: tuple[str, ...] = ()
    exclude_paths: tuple[str, ...] = ()
    allow_secrets: tuple[str, ...] = ()
    allow_lines: tuple[str, ...] = ()
    allow_words: tuple[str, ...] = ()
    requires: tuple[tuple[str, int], ...] = ()  # rule, lines
    part: bool = False
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class NewAllow(NamedTuple):
    """An entry of the allow-list of `.leakscan.yml`."""

    reason: str
    path: str | None = None
    regex: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A secret that the other tool was told to be silent about, or that it has reported: by value, hash or place.

    Which secret that is, a scan tells (`leakscan.migrate.known`).
    """

    where: str  # where it is written
    reason: str
    rule: str = ""  # as the other tool calls it
    path: bytes | None = None
    line: int | None = None  # 1-based
    commit: str | None = None  # full or abbreviated id
    value: Secret | None = None
    hash: tuple[Algorithm, str] | None = None  # lower-case hex
    text: str | None = None  # an expression of ours, searched in `path:line:text` of the secret's line

    @property
    def name(self) -> str:
        """What to call it, without the secret."""
        place = escape(self.path) if self.path is not None else ""
        place += f":{self.line}" if self.line else ""
        at = f"{self.commit[:12]}" if self.commit else ""
        masked = self.value.masked() if self.value else ""
        hashed = f"{self.hash[0]} {self.hash[1][:12]}…" if self.hash else ""
        words = [
            self.rule,
            place,
            at,
            masked,
            hashed,
            f"lines with {_hidden(self.text)}" if self.text else "",
        ]
        return " ".join(escape(w.encode("utf-8", "backslashreplace")) for w in words if w)


@dataclass(slots=True)
class Bag:
    """Filled by the readers of one import. Files are called relative to `root`: what is written gets committed."""

    root: Path | None = None
    read: list[str] = field(default_factory=list)  # files, printable
    rules: list[NewRule] = field(default_factory=list)
    allow: list[NewAllow] = field(default_factory=list)
    exclude: list[str] = field(default_factory=list)
    disable: list[str] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    changed: list[Remark] = field(default_factory=list)
    left: list[Remark] = field(default_factory=list)

    def name(self, path: Path) -> str:
        """What to call a file: printable, relative to the root where it lies below it."""
        full = os.path.abspath(path)
        if self.root is not None and full.startswith(os.path.join(os.path.abspath(self.root), "")):
            return escape(os.fsencode(os.path.relpath(full, self.root)))
        return escape(os.fsencode(os.path.basename(full)))

    def leave(self, where: str, what: Any, why: str) -> None:
        """Note what is not carried over."""
        self.left.append(Remark(where, printable(what), why))

    def change(self, where: str, what: Any, why: str) -> None:
        """Note what is carried over otherwise than it was."""
        self.changed.append(Remark(where, printable(what), why))

    def rule_id(self, tool: str, name: str) -> str:
        """A rule id for what the other tool calls `name`, of which there is none yet."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "rule"
        taken = {rule.id for rule in self.rules}
        ids = (f"{tool}.{slug}{f'-{n}' if n else ''}" for n in (0, *range(2, 10_000)))
        return next(id for id in ids if id not in taken)


def _hidden(text: str) -> str:
    return "what may be a secret" if secretlike(text) else text


def secretlike(text: str) -> bool:
    """Whether a text that is allowed is perhaps a secret as it stands, and so does not belong into a file."""
    plain = re.sub(r"\\(.)", r"\1", text)
    if "\n" in plain or "PRIVATE KEY" in plain:
        return True
    mixed = any(c.isdigit() for c in plain) and any(c.isalpha() for c in plain)
    return (
        len(plain) >= 16
        and mixed
        and not re.search(r"[\s\[\](){}*+?|^$]", plain)
        and entropy(plain.encode()) >= 3.3
    )


def printable(what: Any) -> str:
    """`what`, written by somebody, on one line of a terminal."""
    text = what if isinstance(what, str) else repr(what)
    text = escape(text.encode("utf-8", "backslashreplace"))
    return text if len(text) <= 200 else f"{text[:197]}…"


def line_of(text: str, needle: str, start: int = 0) -> int:
    """The line (1-based) on which `needle` first stands from `start` on; 0 if it does not."""
    at = text.find(needle, start)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def place(file: str, line: int) -> str:
    return f"{file}:{line}" if line else file


def strings(value: Any) -> list[str]:
    """The texts of what should be a list of texts, or one."""
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []


def tables(value: Any) -> list[dict[str, Any]]:
    """The mappings of what should be a list of mappings, or one."""
    if isinstance(value, dict):
        return [value]
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
