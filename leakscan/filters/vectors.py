"""Test vectors of cryptography: keys that were published together with what they make of what.

The files of Wycheproof, of NIST's validation programs and of RFCs name the inputs and outputs of an algorithm line by line,
each with its bytes. A key among them is as public as they are, however random it looks.
https://github.com/C2SP/wycheproof/tree/main/doc, https://csrc.nist.gov/projects/cryptographic-algorithm-validation-program
"""

from __future__ import annotations

import re

LINES = 24
"""Lines before and behind that are looked at."""
ENOUGH = 3
"""Different names of inputs and outputs that make a key one of a vector: nonces and salts stand beside real keys, too."""
_HEAD = 100  # bytes of a line that a name is looked for in: values are long
_LONG = 2000  # bytes of a line that are looked at before and behind the key itself
_KINDS = frozenset(("private-key", "jwt", "entropy"))

_NAME = re.compile(
    rb"(?i)(?<![A-Za-z])(?:"
    rb"(tc_?id|count|[a-z]*result)[\"']?\s*[:=]\s*[\"']?(?:\d+|valid|invalid|acceptable|pass|fail|P|F)\b"
    rb"|(a?ad|aad|nonce|iv|tweak|salt|seed|entropy_?input|msg|message|m?ct|cipher_?text|m?pt|plain_?text|tag|mac|digest|md"
    rb"|okm|ikm|prk|info|keystream|sig|signature|shared(?:_?secret)?|expected_?[a-z_]*)"
    rb"[\"']?\)?(?:\[\d*\])?\s*(?::=|=>|[:=,])\s*"
    rb"(?:(?:[A-Za-z_][\w.]*)?[\(\[{!]{1,2}\s*|new byte\[\]\s*\{\s*|\[\]byte\{\s*|b(?=[\"']))?"
    rb"(?:[\"'`]{2}(?![\"'`])|[\"'`]?(?:0x|\\x)?(?:[0-9A-Fa-f]{6,}(?![0-9A-Za-z])"
    rb"|[0-9A-Fa-f]{2}[,\\ ]{1,2}(?:0x|x)?[0-9A-Fa-f]{2}(?![0-9A-Za-z])))"
    rb")"
)


def can_be_in_one(rule_id: str, *, generic: bool) -> bool:
    """Whether what a rule finds may be part of a test vector; what only a vendor makes is none."""
    return generic or rule_id.partition(".")[0] in _KINDS


def is_in_one(text: bytes, start: int, end: int) -> bool:
    """Whether the bytes from `start` to `end` of `text` stand among the inputs and outputs of an algorithm."""
    names: set[bytes] = set()
    low = text.rfind(b"\n", max(0, start - _LONG), start) + 1 or max(0, start - _LONG)
    high = text.find(b"\n", end, end + _LONG)
    high = min(len(text), end + _LONG) if high < 0 else high
    _note(text[low:start], names)
    _note(text[end:high], names)
    at = low
    for _ in range(LINES):
        if at < 1 or len(names) >= ENOUGH:
            break
        behind = at - 1
        at = text.rfind(b"\n", 0, behind) + 1
        _note(text[at : min(behind, at + _HEAD)], names)
    at = high
    for _ in range(LINES):
        if at >= len(text) or len(names) >= ENOUGH:
            break
        behind = text.find(b"\n", at + 1)
        behind = len(text) if behind < 0 else behind
        _note(text[at : min(behind, at + 1 + _HEAD)], names)
        at = behind
    return len(names) >= ENOUGH


def _note(part: bytes, names: set[bytes]) -> None:
    for found in _NAME.finditer(part):
        names.add((found[1] or found[2]).lower())
