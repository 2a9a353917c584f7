"""Rule packs: documents into rules. docs/rules.md describes the keys."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from leakscan.model import gitignore
from leakscan.model.checking import Checker
from leakscan.model.document import Entry, Node, read
from leakscan.model.errors import Problem
from leakscan.model.record import NamedTuple
from leakscan.model.rule import CONFIDENCES, SEVERITIES, Allow, Requirement, Rotation, Rule

from . import pattern as patterns
from .assignment import LINK_MAX, NAME_MIN, expand
from .shape import Shape
from .width import NEAR, Prepared, measure, prepare

_ID = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*")
_REQUIRED = ("id", "name", "severity", "confidence")
_KEYS = (
    *_REQUIRED, "description", "pattern", "names", "value", "keywords", "entropy", "unlike_text", "checks", "checksum",
    "requires", "part", "generic", "placeholders", "paths", "exclude_paths", "allow", "examples", "counterexamples",
    "rotate", "references", "tags", "override",
)  # fmt: skip
_MAX_LINES = 100
_NO_PATTERN = Prepared("", Shape(0, 0, 0, 0), None)  # where there is a problem


class Definition(NamedTuple):
    """A rule and where it is written."""

    rule: Rule
    file: str
    prepared: Prepared  # its pattern
    line: int  # of the rule, 1-based
    path: str  # "rules[3]"
    lines: dict[str, int]  # of its keys
    override: bool = False  # replaces a rule of the same id from a pack before

    def problem(self, key: str, message: str) -> Problem:
        """A problem of one of its keys; "" for the rule itself."""
        return Problem(
            self.file, self.lines.get(key, self.line), f"{self.path}.{key}" if key else self.path, message
        )


def definitions(text: bytes, file: str, problems: list[Problem]) -> list[Definition]:
    """The rules of one document. What is wrong is added to `problems`, by line; a rule with a problem is left out.

    `file` is how problems call the document.
    """
    own: list[Problem] = []
    found = _definitions(text, file, own)
    problems += sorted(own, key=lambda p: p.line)
    return found


def _definitions(text: bytes, file: str, problems: list[Problem]) -> list[Definition]:
    node = read(text, file, problems)
    if node is None:
        if not problems:
            problems.append(Problem(file, 0, "", "is empty; a rule pack has a list `rules`"))
        return []
    check = Checker(file, problems)
    top = check.table(node, "", ("rules",), ("rules",))
    rules = check.items(top["rules"].value, "rules") if top and "rules" in top else None
    found = []
    for path, item in rules or ():
        before = len(problems)
        definition = _RuleReader(check, path).read(item)
        if definition is not None and len(problems) == before:
            found.append(definition)
    return found


_T = TypeVar("_T")


class _RuleReader:
    """One item of `rules`."""

    def __init__(self, check: Checker, path: str) -> None:
        self.check = check
        self.path = path
        self.entries: dict[str, Entry] = {}

    def read(self, node: Node) -> Definition | None:
        entries = self.check.table(node, self.path, _KEYS, _REQUIRED)
        if entries is None:
            return None
        self.entries = entries
        prepared = self._pattern()
        fields: dict[str, Any] = {
            "id": self._id(),
            "name": self._one("name", self.check.text) or "",
            "description": self._one("description", self.check.text) or "",
            "severity": self._choice("severity", SEVERITIES),
            "confidence": self._choice("confidence", CONFIDENCES),
            "pattern": prepared.pattern,
            "keywords": self._keywords(),
            "entropy": self._number("entropy"),
            "unlike_text": self._number("unlike_text"),
            "checksum": self._one("checksum", self.check.text),
            "requires": self._requires(),
            "part": self._one("part", self.check.boolean) or False,
            "generic": self._one("generic", self.check.boolean) or False,
            "placeholders": self._one("placeholders", self.check.boolean) is not False,
            "allow": self._allow(),
            "rotate": self._rotate(),
        }
        for key in ("checks", "paths", "exclude_paths", "examples", "counterexamples", "references", "tags"):
            fields[key] = self._one(key, self.check.texts) or ()
        self._addresses(fields["references"])
        for key in ("paths", "exclude_paths"):
            for pattern in fields[key]:
                if not gitignore.is_pattern(pattern):
                    self._fail(key, f'"{pattern}" is not a pattern as in .gitignore')
        override = self._one("override", self.check.boolean) or False
        lines = {key: e.line for key, e in entries.items()}
        return Definition(Rule(**fields), self.check.file, prepared, node.line, self.path, lines, override)

    def _key(self, key: str) -> str:
        return f"{self.path}.{key}"

    def _fail(self, key: str, message: str) -> None:
        self.check.fail(self.entries[key].line, self._key(key), message)

    def _one(self, key: str, take: Any) -> Any:
        entry = self.entries.get(key)
        return take(entry.value, self._key(key)) if entry else None

    def _choice(self, key: str, options: tuple[Any, ...]) -> Any:
        return self._one(key, lambda node, path: self.check.choice(node, path, options)) or options[0]

    def _number(self, key: str) -> float | None:
        return self._one(key, lambda node, path: self.check.number(node, path, 0, 8))  # type: ignore[no-any-return]

    def _id(self) -> str:
        identifier: str = self._one("id", self.check.text) or ""
        if identifier and not _ID.fullmatch(identifier):
            self._fail(
                "id", f'"{identifier}" is not of the form vendor.kind in lower-case letters, digits and "-"'
            )
        return identifier

    def _pattern(self) -> Prepared:
        named = [key for key in ("names", "value") if key in self.entries]
        if "pattern" in self.entries:
            if named:
                self._fail(
                    named[0], "does not go with `pattern`; write either `pattern` or `names` and `value`"
                )
            pattern: str = self._one("pattern", self.check.text) or ""
            wrong = patterns.problems(pattern) if pattern else [""]
            for problem in filter(None, wrong):
                self._fail("pattern", problem)
            return _NO_PATTERN if wrong else prepare(pattern)
        if len(named) == 2:
            return self._assignment()
        if named:
            other = "value" if named == ["names"] else "names"
            self._fail(named[0], f"needs `{other}` beside it")
        else:
            line = next(iter(self.entries.values())).line if self.entries else 0
            self.check.fail(line, self._key("pattern"), "is missing (or `names` and `value` instead of it)")
        return _NO_PATTERN

    def _assignment(self) -> Prepared:
        names: tuple[str, ...] | None = self._one("names", self.check.texts)
        value: str | None = self._one("value", self.check.text)
        if names == ():
            self._fail("names", "must hold at least one name")
        wrong = 0
        for i, name in enumerate(names or ()):
            for problem in self._piece(name):
                wrong += 1
                self.check.fail(self.entries["names"].line, f"{self._key('names')}[{i}]", problem)
        for problem in self._shape(value) if value else ():
            wrong += 1
            self._fail("value", problem)
        if wrong or not names or not value:
            return _NO_PATTERN
        prepared = expand(names, value)
        if prepared.shape.max_len > NEAR:
            room = NEAR - LINK_MAX - max(measure(n).max_len for n in names)
            longest = measure(value).max_len
            self._fail("value", f"can be {longest} bytes long; behind these names at most {room} fit")
        for problem in patterns.looks(prepared.shape):
            self._fail("value", problem)
        return prepared

    @staticmethod
    def _piece(name: str) -> list[str]:
        found = patterns.embeddable(name)
        if not found and measure(name).min_len < NAME_MIN:
            found.append(f"can be shorter than {NAME_MIN} characters, which says nothing about a vendor")
        return found

    @staticmethod
    def _shape(value: str) -> list[str]:
        found = patterns.embeddable(value)
        if not found and measure(value).min_len == 0:
            found.append("can be nothing at all")
        return found

    def _keywords(self) -> tuple[str, ...]:
        keywords: tuple[str, ...] = self._one("keywords", self.check.texts) or ()
        for word in keywords:
            if word != word.lower() or len(word.encode()) < 3:
                self._fail("keywords", f'"{word}" must be lower-case and at least 3 bytes long')
        return keywords

    def _requires(self) -> tuple[Requirement, ...]:
        found = []
        for path, item in self._one("requires", self.check.items) or ():
            entries = self.check.table(item, path, ("rule", "lines", "optional"), ("rule", "lines"))
            if entries is None or "rule" not in entries or "lines" not in entries:
                continue
            rule = self.check.text(entries["rule"].value, f"{path}.rule")
            lines = self.check.integer(entries["lines"].value, f"{path}.lines", 0, _MAX_LINES)
            optional = "optional" in entries and self.check.boolean(
                entries["optional"].value, f"{path}.optional"
            )
            if rule is not None and lines is not None:
                found.append(Requirement(rule, lines, bool(optional)))
        return tuple(found)

    def _allow(self) -> Allow:
        entry = self.entries.get("allow")
        if entry is None:
            return Allow()
        path = self._key("allow")
        entries = self.check.table(entry.value, path, ("secrets", "lines", "words")) or {}
        lists = {k: self.check.texts(e.value, f"{path}.{k}") or () for k, e in entries.items()}
        for key in ("secrets", "lines"):
            for i, pattern in enumerate(lists.get(key, ())):
                if wrong := patterns.syntax(pattern):
                    self.check.fail(entries[key].line, f"{path}.{key}[{i}]", wrong)
        return Allow(**lists)

    def _rotate(self) -> Rotation:
        entry = self.entries.get("rotate")
        if entry is None:
            return Rotation()
        path = self._key("rotate")
        entries = self.check.table(entry.value, path, ("url", "steps")) or {}
        url = self.check.text(entries["url"].value, f"{path}.url") if "url" in entries else ""
        steps = self.check.texts(entries["steps"].value, f"{path}.steps") if "steps" in entries else ()
        if url and not _is_address(url):
            self.check.fail(entries["url"].line, f"{path}.url", "must begin with https://")
        return Rotation(url=url or "", steps=steps or ())

    def _addresses(self, references: tuple[str, ...]) -> None:
        for i, reference in enumerate(references):
            if not _is_address(reference):
                self.check.fail(
                    self.entries["references"].line,
                    f"{self._key('references')}[{i}]",
                    "must begin with https://",
                )


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and " " not in text
