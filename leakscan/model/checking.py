"""Taking documents apart: what is wrong is collected, each with its line and key, instead of ending it all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from .document import Items, Scalar, Table, join
from .errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .document import Entry, Node


def closest(word: str, options: Iterable[str]) -> str:
    """`; did you mean "…"?` for the option most like `word`, or nothing."""
    import difflib

    near = difflib.get_close_matches(word, list(options), 1)
    return f'; did you mean "{near[0]}"?' if near else ""


_T = TypeVar("_T", bound=str)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_OLD_BOOLEANS = frozenset(("yes", "no", "on", "off", "y", "n"))


class Checker:
    """Takes nodes apart. Every method answers None, after noting the problem, where the node is not what it must be."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems

    def fail(self, line: int, key: str, message: str) -> None:
        """Note a problem of the value under the dotted path `key`."""
        self.problems.append(Problem(self.file, line, key, message))

    def table(
        self, node: Node, key: str, allowed: Sequence[str], required: Sequence[str] = ()
    ) -> dict[str, Entry] | None:
        """The entries of a mapping whose keys are known; unknown and missing ones are problems."""
        if not isinstance(node, Table):
            self.fail(node.line, key, f"must be a mapping, not {_kind(node)}")
            return None
        for entry in node.entries:
            if entry.key not in allowed:
                hint = closest(entry.key, allowed) or f"; known are: {', '.join(allowed)}"
                self.fail(entry.line, join(key, entry.key), f"unknown key{hint}")
        entries = {e.key: e for e in node.entries if e.key in allowed}
        for name in required:
            if name not in entries:
                self.fail(node.line, join(key, name), "is missing")
        return entries

    def mapping(self, node: Node, key: str) -> tuple[Entry, ...] | None:
        """The entries of a mapping with any keys."""
        if isinstance(node, Table):
            return node.entries
        self.fail(node.line, key, f"must be a mapping, not {_kind(node)}")
        return None

    def items(self, node: Node, key: str) -> list[tuple[str, Node]] | None:
        """The items of a list, each with its key path."""
        if isinstance(node, Items):
            return [(f"{key}[{i}]", item) for i, item in enumerate(node.items)]
        self.fail(node.line, key, f"must be a list, not {_kind(node)}")
        return None

    def text(self, node: Node, key: str) -> str | None:
        """A text that is not empty; numbers and the like are taken as they are written."""
        if not isinstance(node, Scalar) or node.null:
            self.fail(node.line, key, f"must be a text, not {_kind(node)}")
            return None
        if not node.text.strip():
            self.fail(node.line, key, "must not be empty")
            return None
        return node.text

    def texts(self, node: Node, key: str) -> tuple[str, ...] | None:
        """A list of texts; what is not a text is left out after noting it."""
        items = self.items(node, key)
        if items is None:
            return None
        found = [(self.text(item, path)) for path, item in items]
        return tuple(t for t in found if t is not None)

    def choice(self, node: Node, key: str, options: Sequence[_T]) -> _T | None:
        """One of a few words."""
        word = self.text(node, key)
        if word is None:
            return None
        for option in options:
            if option == word:
                return option
        self.fail(node.line, key, f'"{word}" is none of: {", ".join(options)}{closest(word, options)}')
        return None

    def number(self, node: Node, key: str, low: float, high: float) -> float | None:
        """A number between `low` and `high`, both allowed."""
        if not isinstance(node, Scalar) or not node.plain or not _NUMBER.fullmatch(node.text):
            self.fail(node.line, key, f"must be a number, not {_kind(node)}")
            return None
        value = float(node.text)
        if not low <= value <= high:
            self.fail(node.line, key, f"must be between {low:g} and {high:g}")
            return None
        return value

    def integer(self, node: Node, key: str, low: int, high: int) -> int | None:
        """A whole number between `low` and `high`, both allowed."""
        value = self.number(node, key, low, high)
        if value is None:
            return None
        if value != int(value):
            self.fail(node.line, key, "must be a whole number")
            return None
        return int(value)

    def boolean(self, node: Node, key: str) -> bool | None:
        """`true` or `false`."""
        if isinstance(node, Scalar) and node.plain and node.text.lower() in ("true", "false"):
            return node.text.lower() == "true"
        hint = ""
        if isinstance(node, Scalar) and node.text.lower() in _OLD_BOOLEANS:
            hint = f' ("{node.text}" is a text in YAML 1.2)'
        self.fail(node.line, key, f"must be true or false, not {_kind(node)}{hint}")
        return None


def _kind(node: Node) -> str:
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Table):
        return "a mapping"
    if node.null:
        return "nothing"
    if node.plain and _NUMBER.fullmatch(node.text):
        return "a number"
    if node.plain and node.text.lower() in ("true", "false"):
        return "a truth value"
    return "a text"
