"""How much a part of a pattern says: how seldom text and code hold what it matches, in bits.

Words are measured by the n-gram model of `ngram`; of character classes little is expected.
"""

from __future__ import annotations

import re
from math import log2
from re import _constants as c  # type: ignore[attr-defined]
from typing import Any, TypeAlias

from .ngram import unlike_text

Items: TypeAlias = list[tuple[Any, bool]]
"""Nodes of the parse tree of a pattern, each with whether it ignores case."""

_CLASSES = 10.0  # bits: what character classes count at most; runs of base64 and hex are common


def bits_of(items: Items) -> float:
    """How surprising a run is: its words under the model of text, and a little for its classes."""
    words, classes = _surprise([item for item, _ in items])
    return words + min(classes, _CLASSES)


def bits_of_words(items: Items) -> float:
    return _surprise([item for item, _ in items])[0]


def _surprise(items: list[Any], literal: bytes = b"") -> tuple[float, float]:
    """Bits for words and for classes. `literal` stands right before: alternatives come with their common start cut off."""
    words = classes = 0.0
    for op, av in items:
        if op is c.LITERAL:
            literal += bytes((av & 0xFF,))
            continue
        if op in (c.AT, c.ASSERT, c.ASSERT_NOT):
            continue
        if op in (c.BRANCH, c.SUBPATTERN):
            bodies = av[1] if op is c.BRANCH else [av[3]]
            least = min((_surprise(list(body), literal) for body in bodies), key=sum)
            words, classes, literal = words + least[0], classes + least[1], b""
            continue
        if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            low, _, body = av
            if not low and _joins(body):
                continue
        words, literal = words + _word(literal), b""
        if op is c.IN:
            classes += _rarity(av)
        elif op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            inner = _surprise(list(body))
            words, classes = words + min(low, 1) * inner[0], classes + low * inner[1]
    return words + _word(literal), classes


def _joins(body: Any) -> bool:
    """Whether this is what the parts of a name are joined by: `git_?hub` says what `github` says."""
    members = body[0][1] if len(body) == 1 and body[0][0] is c.IN else body
    return all(op is c.LITERAL and chr(av) in "_-. " for op, av in members)


# What the model of words does not know to be common where rules look: code, settings and their documentation.
_SCHEME = re.compile(rb"https?://|https?|://|www\.")
_COMMON = re.compile(rb"(?i)github|password|security|encrypt|\"type|default|authorization|private|account")
_COMMON_BITS = 14.0


def _word(literal: bytes) -> float:
    literal = _SCHEME.sub(b"", literal)
    literal, common = _COMMON.subn(b"", literal)
    bits = common * _COMMON_BITS
    if len(literal) < 3:
        return bits + (2.0 if literal else 0.0)
    return bits + len(literal) * unlike_text(literal)


def _rarity(members: Any) -> float:
    """Bits that one character of a class adds: none for a class that most text is made of."""
    size = 0
    for op, av in members:
        if op is c.NEGATE:
            return 0.0
        size += 1 if op is c.LITERAL else av[1] - av[0] + 1 if op is c.RANGE else 32
    return max(0.0, log2(64 / max(size, 1))) * 0.4
