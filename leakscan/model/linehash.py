"""GitHub's hash of a line: what code scanning recognises an alert by when its line number has changed."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property

from .lines import FEW

_BLOCK = 100
_BASE = 37
_MASK = (1 << 64) - 1
_EOF = "\uffff"
_BLANKS = str.maketrans("", "", " \t")


def line_hash(text: bytes, line: int) -> str:
    """`LineHashes(text).of(line)`."""
    return LineHashes(text).of(line)


class LineHashes:
    """The hashes of the lines of a file with the bytes `text`, for many lines of it: it is not read anew for each."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._asked = 0

    def of(self, line: int) -> str:
        """The value of `primaryLocationLineHash` for `line` (1-based).

        At most sixteen hex digits, a colon, and which of the lines with this hash it is: what `upload-sarif`
        computes from the checkout (src/fingerprints.ts in https://github.com/github/codeql-action). A rolling
        hash modulo 2^64 with base 37 over 100 UTF-16 code units from the line's start on; line breaks are LF,
        spaces and tabs are left out, a unit 65535 ends the file and zeros follow.

        Raises `ValueError` if there is no such line.
        """
        if line < 1:
            raise ValueError(f"lines count from 1, not {line}")
        self._asked += 1
        units = self._units
        start = (
            self._starts[line - 1]
            if self._asked > FEW and line <= len(self._starts)
            else _start_of(units, line)
        )
        window = units[start : start + _BLOCK]
        value = 0
        for unit in window.ljust(_BLOCK, "\0"):
            value = (value * _BASE + ord(unit)) & _MASK
        which = self._occurrences[line - 1] if self._asked > FEW else _occurrence(units, start, window)
        return f"{value:x}:{which}"

    @cached_property
    def _units(self) -> str:
        return _units(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self._units))]

    @cached_property
    def _occurrences(self) -> list[int]:
        """Of every line, how many up to it begin with the same window."""
        seen: Counter[str] = Counter()
        found = []
        for start in self._starts:
            window = self._units[start : start + _BLOCK]
            seen[window] += 1
            found.append(seen[window])
        return found


def _units(text: bytes) -> str:
    """The characters that are hashed, one a UTF-16 code unit."""
    chars = text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").translate(_BLANKS)
    if not chars.isascii():
        chars = re.sub("[\U00010000-\U0010ffff]", _surrogates, chars)
    return chars + _EOF


def _surrogates(match: re.Match[str]) -> str:
    high, low = divmod(ord(match[0]) - 0x10000, 0x400)
    return chr(0xD800 + high) + chr(0xDC00 + low)


def _start_of(units: str, line: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = units.find("\n", start) + 1
        if not start:
            raise ValueError(f"the text has no line {line}")
    return start


def _occurrence(units: str, start: int, window: str) -> int:
    """How many lines up to the one at `start` begin with `window`. (Colliding hashes are not looked for.)"""
    count = 1 + (start > 0 and units.startswith(window))
    end = start + len(window) - 1  # where a window ends that begins on an earlier line
    at = units.find("\n" + window, 0, end)
    while at != -1:
        count += 1
        at = units.find("\n" + window, at + 1, end)
    return count
