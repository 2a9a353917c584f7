"""Patterns as in .gitignore, read the same whatever else is installed.

pathspec reads them; ordinary ones are matched without it (`ordinary`). It takes hyperscan where it finds it, which refuses
some patterns and all paths that are not UTF-8; its plain way takes them, and is quick enough for some dozens of patterns.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Protocol

from . import ordinary

_NAMED_GROUP = re.compile(r"\(\?P<\w+>")

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathspec import GitIgnoreSpec


def compiled(lines: Iterable[str]) -> GitIgnoreSpec:
    """To match paths (text, surrogate-escaped) relative to where the patterns apply. Raises ValueError for a bad one."""
    from pathspec import GitIgnoreSpec

    lines = tuple(lines)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of re, for brackets in brackets
        try:
            return GitIgnoreSpec.from_lines(lines, backend="simple")
        except TypeError:  # pathspec before 1.0 has one way alone
            return GitIgnoreSpec.from_lines(lines)
        except re.error as error:
            raise ValueError(str(error)) from None


def lenient(lines: Iterable[str]) -> GitIgnoreSpec:
    """The same without the patterns that are none, as git itself takes a file that somebody else wrote."""
    lines = tuple(lines)
    try:
        return compiled(lines)
    except ValueError:
        return compiled(line for line in lines if is_pattern(line))


class Matcher(Protocol):
    """Patterns at work on paths (text, surrogate-escaped) relative to where they apply; directories end with a slash."""

    def verdict(self, path: str) -> bool | None:
        """Whether the path is ignored; None where no pattern speaks of it."""
        ...

    def match_file(self, path: str) -> bool:
        """Whether the path is ignored."""
        ...


def matcher(lines: Iterable[str]) -> Matcher:
    """To match many paths. Raises ValueError for a bad pattern."""
    lines = list(lines)
    return ordinary.read(lines) or _Spec(compiled(lines))


def lenient_matcher(lines: Iterable[str]) -> Matcher:
    """The same without the patterns that are none."""
    lines = list(lines)
    return ordinary.read(lines) or _Spec(lenient(lines))


class _Spec:
    """Of pathspec. Most paths are none's concern, which one look at all patterns together tells."""

    def __init__(self, spec: GitIgnoreSpec) -> None:
        self._spec = spec
        sources = [
            _NAMED_GROUP.sub("(?:", regex.pattern)
            for pattern in spec.patterns
            if (regex := getattr(pattern, "regex", None)) is not None
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            self._concerned = re.compile("|".join(sources)).search if sources else None

    def verdict(self, path: str) -> bool | None:
        if self._concerned is None or not self._concerned(path):
            return None
        return self._spec.check_file(path).include

    def match_file(self, path: str) -> bool:
        return bool(self.verdict(path))


def is_pattern(line: str) -> bool:
    """Whether a line can be read; a comment or an empty one can."""
    try:
        compiled((line,))
    except ValueError:
        return False
    return True
