"""`.leakscan.yml`: reading it, and saying all that is wrong with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from leakscan.model import gitignore
from leakscan.model.checking import Checker
from leakscan.model.document import Node, Scalar, Table, join, read
from leakscan.model.errors import DocumentError, Problem
from leakscan.model.markers import MARKERS
from leakscan.model.rule import CONFIDENCES, SEVERITIES

from .settings import Allowed, Config, Mention
from .size import parse_size

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from leakscan.model.rule import Severity

_KEYS = (
    "rules", "exclude", "allow", "baseline", "confidence", "max_file_size", "inline_allow", "inline_reason",
    "inline_markers", "strict",
)  # fmt: skip
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_RULES = re.compile(r"[a-z0-9*?.\[\]!-]+")


def load_config(file: Path, *, inside: Path | None = None) -> Config:
    """The settings in `file`. Paths in it are relative to its directory.

    `inside`: the directory that they must not lead out of, for a file that comes with the repository under scan; a
    file that the user names may point anywhere. Raises DocumentError with all problems.
    """
    try:
        content = file.read_bytes()
    except OSError as e:
        raise DocumentError([Problem(str(file), 0, "", f"cannot be read: {e.strerror}")]) from None
    return parse_config(content, str(file), file.parent, inside=inside)


def parse_config(content: bytes, name: str, base: Path, *, inside: Path | None = None) -> Config:
    """The settings in `content` (YAML), which problems call `name`; for `base` and `inside` see `load_config`."""
    problems: list[Problem] = []
    node = read(content, name, problems)
    config = Config(file=name)
    if node is not None and not (isinstance(node, Scalar) and node.null):
        config = _Reader(Checker(name, problems), base, inside).read(node)
    if problems:
        raise DocumentError(sorted(problems, key=lambda p: p.line))
    return config


class _Reader:
    def __init__(self, check: Checker, base: Path, inside: Path | None) -> None:
        self.check = check
        self.base = base
        self.inside = inside

        self.mentions: list[Mention] = []

    def read(self, node: Node) -> Config:
        entries = self.check.table(node, "", _KEYS) or {}
        settings: dict[str, Any] = {}
        for key, entry in entries.items():
            value = entry.value
            if isinstance(value, Scalar) and value.null:
                continue  # a key whose value has been commented out
            match key:
                case "rules":
                    settings |= self._rules(value)
                case "exclude":
                    settings[key] = self._patterns(value, key)
                case "allow":
                    settings[key] = self._allow(value)
                case "baseline":
                    settings[key] = self._path(value, key)
                case "confidence":
                    settings[key] = self.check.choice(value, key, CONFIDENCES)
                case "inline_markers":
                    settings[key] = self._markers(value)
                case "max_file_size":
                    settings[key] = self._size(value, key)
                case _:
                    settings[key] = self.check.boolean(value, key)
        return Config(file=self.check.file, mentions=tuple(self.mentions), **settings)

    def _rules(self, node: Node) -> dict[str, Any]:
        entries = self.check.table(node, "rules", ("packs", "disable", "severity")) or {}
        found: dict[str, Any] = {}
        if "packs" in entries:
            items = self.check.items(entries["packs"].value, "rules.packs") or []
            paths = [self._path(item, key) for key, item in items]
            found["packs"] = tuple(p for p in paths if p is not None)
        if "disable" in entries:
            items = self.check.items(entries["disable"].value, "rules.disable") or []
            mentions = [self._mention(item, key) for key, item in items]
            found["disable"] = tuple(m for m in mentions if m is not None)
        if "severity" in entries:
            found["severity"] = self._severities(entries["severity"].value)
        return found

    def _markers(self, node: Node) -> tuple[str, ...]:
        items = self.check.items(node, "inline_markers") or []
        found = [self.check.choice(item, key, MARKERS) for key, item in items]
        return tuple(m for m in found if m is not None)

    def _severities(self, node: Node) -> dict[str, Severity]:
        found: dict[str, Severity] = {}
        for entry in self.check.mapping(node, "rules.severity") or ():
            key = join("rules.severity", entry.key)
            level = self.check.choice(entry.value, key, SEVERITIES)
            mention = self._mention(Scalar(entry.key, False, entry.line), key)
            if level is not None and mention is not None:
                found[mention] = level
        return found

    def _mention(self, node: Node, key: str) -> str | None:
        text = self.check.text(node, key)
        if text is None:
            return None
        if not _RULES.fullmatch(text):
            self.check.fail(node.line, key, f'"{text}" is neither a rule id nor a glob over rule ids')
            return None
        self.mentions.append(Mention(text, node.line, key))
        return text

    def _path(self, node: Node, key: str) -> Path | None:
        text = self.check.text(node, key)
        if text is None:
            return None
        path = self.base / text
        if self.inside is not None and not path.resolve().is_relative_to(self.inside.resolve()):
            self.check.fail(
                node.line, key, "leads out of the repository; name such a file on the command line"
            )
            return None
        return path

    def _size(self, node: Node, key: str) -> int | None:
        text = self.check.text(node, key)
        size = parse_size(text) if text is not None else None
        if text is not None and not size:
            self.check.fail(node.line, key, f'"{text}" is not a size; write it like 10MB')
        return size

    def _patterns(self, node: Node, key: str) -> tuple[str, ...]:
        items = self.check.items(node, key) or []
        patterns = [self._gitignore(item, path) for path, item in items]
        return tuple(p for p in patterns if p is not None)

    def _gitignore(self, node: Node, key: str) -> str | None:
        text = self.check.text(node, key)
        if text is None:
            return None
        try:
            spec = gitignore.compiled([text])
        except ValueError:
            self.check.fail(node.line, key, f'"{text}" is not a pattern as in .gitignore')
            return None
        if not any(pattern.include is not None for pattern in spec.patterns):
            self.check.fail(node.line, key, f'"{text}" is a comment in .gitignore; write \\# for a leading #')
        return text

    def _allow(self, node: Node) -> tuple[Allowed, ...]:
        found = [self._allowed(item, key) for key, item in self.check.items(node, "allow") or ()]
        return tuple(entry for entry in found if entry is not None)

    def _allowed(self, node: Node, key: str) -> Allowed | None:
        conditions = ("path", "regex", "fingerprint", "rule")
        entries = self.check.table(node, key, (*conditions, "reason", "owner", "expires"), ("reason",))
        if entries is None:
            return None
        if isinstance(node, Table) and not entries.keys() & set(conditions):
            self.check.fail(node.line, key, f"needs at least one of: {', '.join(conditions)}")
        readers = {
            "path": self._gitignore,
            "regex": self._regex,
            "fingerprint": self._fingerprint,
            "rule": self._mention,
            "reason": self.check.text,
            "owner": self.check.text,
            "expires": self._date,
        }
        values: dict[str, Any] = {k: readers[k](e.value, f"{key}.{k}") for k, e in entries.items()}
        if not values.get("reason"):
            return None
        return Allowed(line=node.line, key=key, **values)

    def _regex(self, node: Node, key: str) -> str | None:
        text = self.check.text(node, key)
        if text is None:
            return None
        try:
            re.compile(text.encode())
        except re.error as e:
            where = f" at character {e.pos + 1}" if e.pos is not None else ""
            self.check.fail(node.line, key, f"not a regular expression{where}: {e.msg}")
        except (RecursionError, OverflowError):
            self.check.fail(
                node.line, key, "not a regular expression: nested too deep, or too large a number"
            )
        return text

    def _fingerprint(self, node: Node, key: str) -> str | None:
        text = self.check.text(node, key)
        if text is not None and not _FINGERPRINT.fullmatch(text):
            self.check.fail(
                node.line, key, "is not a fingerprint: 32 lower-case hex digits, as reports show them"
            )
        return text

    def _date(self, node: Node, key: str) -> date | None:
        from datetime import date

        text = self.check.text(node, key)
        if text is None:
            return None
        try:
            if len(text) == 10:
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.check.fail(node.line, key, f'"{text}" is not a date; write it like 2030-12-31')
        return None
