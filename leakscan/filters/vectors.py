"""Test vectors of cryptography: keys that were published together with what they make of what.

The files of Wycheproof, of NIST's validation programs and of RFCs name the inputs and outputs of an algorithm line by line,
each with its bytes. A key among them is as public as they are, however random it looks.
https://github.com/C2SP/wycheproof/tree/main/doc, https://csrc.nist.gov/projects/cryptographic-algorithm-validation-program
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain

from leakscan.model.lines import FEW, Lines

LINES = 24
"""Lines before and behind that are looked at."""
ENOUGH = 3
"""Different names of inputs and outputs that make a key one of a vector: nonces and salts stand beside real keys, too."""
_HEAD = 100  # bytes of a line that a name is looked for in: values are long
_LONG = 2000  # bytes of a line that are looked at before and behind the key itself
_LONGEST = 1 << 16  # bytes: a line that is longer counts as several
_ENTRIES = 1 << 15  # lines that are remembered, and parts of lines
_BLOCK = 64  # lines that are looked through together where many keys stand among them
_KINDS = frozenset(("private-key", "jwt", "entropy"))

_MACHINE_MADE = re.compile(rb"(?:0x)?[0-9A-Fa-f]{16,}|[0-9A-Za-z+/_\-]{22,}={0,2}")

_PAIR = (
    rb"(?:(tc_?id|count|[a-z_]*result)[\"']?\s*[:=]\s*[\"']?(?:\d+|valid|invalid|acceptable|pass|fail|P|F)\b"
    rb"|(a?ad|aad|nonce|iv|tweak|salt|seed|entropy_?input|msg|message|m?ct|cipher_?text|m?pt|plain_?text|tag|mac|digest|md"
    rb"|okm|ikm|prk|info|keystream|sig|signature|shared(?:_?secret)?|expected_?[a-z_]*)"
    rb"[\"']?\)?(?:\[\d*\])?\s*(?::=|=>|[:=,])\s*"
    rb"(?:(?:[A-Za-z_][\w.]*)?[\(\[{!]{1,2}\s*|new byte\[\]\s*\{\s*|\[\]byte\{\s*|b(?=[\"']))?"
    rb"(?:[\"'`]{2}(?![\"'`])|[\"'`]?(?:0x|\\x)?(?:[0-9A-Fa-f]{6,}(?![0-9A-Za-z])"
    rb"|[0-9A-Fa-f]{2}[,\\ ]{1,2}(?:0x|x)?[0-9A-Fa-f]{2}(?![0-9A-Za-z]))))"
)
_ANYWHERE = re.compile(rb"(?i)(?<![A-Za-z])" + _PAIR)
_FIRST = re.compile(rb"(?i)[ \t{(\[\"'.*>+\-]*(?:[\w.*]{1,24}[ \t]+){0,2}[\"'.*]?" + _PAIR)
"""The same where a line begins, behind what may stand before a name: trying that alone is much quicker."""


def can_be_in_one(rule_id: str, secret: bytes, *, generic: bool) -> bool:
    """Whether what a rule found may be part of a test vector, as bytes are; what only a vendor makes is none."""
    if generic:
        return _MACHINE_MADE.fullmatch(secret) is not None
    return rule_id.partition(".")[0] in _KINDS


class Vectors:
    """Tells what stands among the inputs and outputs of an algorithm. One per process: the versions of a
    file repeat lines."""

    def __init__(self) -> None:
        self._firsts: dict[bytes, tuple[bytes, ...]] = {}  # the name that a line begins with
        self._parts: dict[bytes, tuple[bytes, ...]] = {}  # the names in part of one
        self._asked = 0  # of this text
        self._named = _Named(Lines(b""), self._firsts)

    def hold(self, lines: Lines, start: int, end: int) -> bool:
        """Whether the bytes from `start` to `end` of a text stand among the inputs and outputs of an algorithm."""
        if self._named.lines is not lines:
            self._named = _Named(lines, self._firsts)
            self._asked = 0
        self._asked += 1
        text = lines.text
        low = text.rfind(b"\n", max(0, start - _LONG), start) + 1 or max(0, start - _LONG)
        high = text.find(b"\n", end, end + _LONG)
        high = min(len(text), end + _LONG) if high < 0 else high
        names: set[bytes] = set()
        for part in (text[low:start], text[end:high]):
            names.update(_remembered(self._parts, part, _ANYWHERE.finditer))
        if len(names) < ENOUGH:
            whole = (not low or text[low - 1] == 10) and (high == len(text) or text[high] == 10)
            listed = whole and self._asked > FEW and self._named.is_regular
            for some in self._named.around(low, high) if listed else self._around(text, low, high):
                names.update(some)
                if len(names) >= ENOUGH:
                    break
        return len(names) >= ENOUGH

    def _around(self, text: bytes, low: int, high: int) -> Iterator[tuple[bytes, ...]]:
        """The names that lines before `low` and behind `high` begin with, the nearest first."""
        for _ in range(LINES):
            if low < 1 and high >= len(text):
                break
            if low >= 1:
                behind = low - 1
                # Of what is longer than any line of text, nobody wants to know where it begins.
                low = text.rfind(b"\n", max(0, behind - _LONGEST), behind) + 1 or max(0, behind - _LONGEST)
                yield _remembered(self._firsts, text[low : min(behind, low + _HEAD)], _first)
            if high < len(text):
                at = high + 1
                high = text.find(b"\n", at, at + _LONGEST)
                high = min(len(text), at + _LONGEST) if high < 0 else high
                yield _remembered(self._firsts, text[at : min(high, at + _HEAD)], _first)


class _Named:
    """The lines of a text that begin with a name, for many places of it."""

    def __init__(self, lines: Lines, firsts: dict[bytes, tuple[bytes, ...]]) -> None:
        self.lines = lines
        self._firsts = firsts
        self._blocks: dict[int, tuple[tuple[int, tuple[bytes, ...]], ...]] = {}

    @cached_property
    def is_regular(self) -> bool:
        """Whether no line is longer than any line of text."""
        breaks = self.lines.breaks
        ends = chain(breaks, (len(self.lines.text),))
        return all(end - begin <= _LONGEST for begin, end in zip(chain((-1,), breaks), ends, strict=True))

    def around(self, low: int, high: int) -> Iterator[tuple[bytes, ...]]:
        """As `Vectors._around`, where a line begins at `low` and one ends at `high`."""
        breaks = self.lines.breaks
        first, last = bisect_left(breaks, low), bisect_left(breaks, high)
        for block in range(max(0, first - LINES) // _BLOCK, (last + LINES) // _BLOCK + 1):
            known = self._blocks.get(block)
            for number, names in self._look_through(block) if known is None else known:
                if first - LINES <= number < first or last < number <= last + LINES:
                    yield names

    def _look_through(self, block: int) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
        text, breaks = self.lines.text, self.lines.breaks
        first, behind = block * _BLOCK, min((block + 1) * _BLOCK, len(breaks) + 1)
        begins = [breaks[number - 1] + 1 if number else 0 for number in range(first, behind)]
        ends = [*breaks[first:behind], len(text)]
        found = []
        for number, begin, end in zip(range(first, behind), begins, ends, strict=False):
            names = _remembered(self._firsts, text[begin : min(end, begin + _HEAD)], _first)
            if names:
                found.append((number, names))
        known = self._blocks[block] = tuple(found)
        return known


def _remembered(
    memory: dict[bytes, tuple[bytes, ...]],
    text: bytes,
    matches: Callable[[bytes], Iterable[re.Match[bytes]]],
) -> tuple[bytes, ...]:
    """The names that `matches` finds in `text`."""
    names = memory.get(text)
    if names is None:
        if len(memory) >= _ENTRIES:
            memory.clear()
        names = memory[text] = tuple([(found[1] or found[2]).lower() for found in matches(text)])
    return names


def _first(line: bytes) -> tuple[re.Match[bytes], ...]:
    found = _FIRST.match(line)
    return () if found is None else (found,)
