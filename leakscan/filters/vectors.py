"""Test vectors of cryptography: keys that were published together with what they make of what.

The files of Wycheproof, of NIST's validation programs and of RFCs name the inputs and outputs of an algorithm line by line,
each with its bytes. A key among them is as public as they are, however random it looks.
https://github.com/C2SP/wycheproof/tree/main/doc, https://csrc.nist.gov/projects/cryptographic-algorithm-validation-program
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

LINES = 24
"""Lines before and behind that are looked at."""
ENOUGH = 3
"""Different names of inputs and outputs that make a key one of a vector: nonces and salts stand beside real keys, too."""
_HEAD = 100  # bytes of a line that a name is looked for in: values are long
_LONG = 2000  # bytes of a line that are looked at before and behind the key itself
_LONGEST = 1 << 16  # bytes: a line that is longer counts as several
_ENTRIES = 1 << 13  # lines that are remembered, and parts of lines
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

    def hold(self, text: bytes, start: int, end: int) -> bool:
        """Whether the bytes from `start` to `end` of `text` stand among the inputs and outputs of an algorithm."""
        names: set[bytes] = set()
        low = text.rfind(b"\n", max(0, start - _LONG), start) + 1 or max(0, start - _LONG)
        high = text.find(b"\n", end, end + _LONG)
        high = min(len(text), end + _LONG) if high < 0 else high
        for part in (text[low:start], text[end:high]):
            names.update(_remembered(self._parts, part, _ANYWHERE.finditer))
        first, last = low, high
        for _ in range(LINES):  # the nearest lines first, on both sides
            if len(names) >= ENOUGH or (first < 1 and last >= len(text)):
                break
            if first >= 1:
                behind = first - 1
                # Of what is longer than any line of text, nobody wants to know where it begins.
                first = text.rfind(b"\n", max(0, behind - _LONGEST), behind) + 1 or max(0, behind - _LONGEST)
                names.update(_remembered(self._firsts, text[first : min(behind, first + _HEAD)], _first))
            if last < len(text):
                at = last + 1
                last = text.find(b"\n", at, at + _LONGEST)
                last = min(len(text), at + _LONGEST) if last < 0 else last
                names.update(_remembered(self._firsts, text[at : min(last, at + _HEAD)], _first))
        return len(names) >= ENOUGH


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
