"""Patterns as trees: parsing, walking, which bytes they are made of.

The tree is the one of Python's own `re` (the private `re._parser`, the same since 3.11), so what is judged is what is
compiled. Patterns are over bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, TypeAlias

Tree: TypeAlias = Any  # re._parser.SubPattern: a list of (opcode, argument)


@lru_cache(maxsize=32)
def parse(pattern: str) -> Tree:
    """The parse tree of `pattern` over bytes. Raises `re.error` as `re.compile` does."""
    return _parser.parse(pattern.encode())


def alphabet(pattern: str) -> frozenset[int]:
    """The bytes that can stand in a match of `pattern`. Raises `re.error` if it is not a regular expression."""
    return alphabet_of(parse(pattern))


def alphabet_of(tree: Tree) -> frozenset[int]:
    """As `alphabet`, of a parse tree."""
    return frozenset(_bytes_of(tree))


def _bytes_of(tree: Tree) -> set[int]:
    found: set[int] = set()
    for op, arg in tree:
        if op is c.LITERAL:
            found.add(arg)
        elif op is c.NOT_LITERAL:
            found |= _EVERY - {arg}
        elif op is c.ANY:
            found |= _EVERY
        elif op is c.IN:
            found.update(_class(arg))
        elif op not in (c.ASSERT, c.ASSERT_NOT):
            for inner in children(op, arg):
                found |= _bytes_of(inner)
    return found


def _class(items: Any) -> set[int]:
    found: set[int] = set()
    negated = False
    for op, arg in items:
        if op is c.NEGATE:
            negated = True
        elif op is c.LITERAL:
            found.add(arg)
        elif op is c.RANGE:
            found.update(range(arg[0], arg[1] + 1))
        else:
            found |= _CATEGORIES[arg]
    return set(_EVERY) - found if negated else found


_EVERY = frozenset(range(256))
_DIGITS = frozenset(b"0123456789")
_SPACES = frozenset(b" \t\n\r\f\v")
WORD = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_CATEGORIES = {
    c.CATEGORY_DIGIT: _DIGITS,
    c.CATEGORY_NOT_DIGIT: _EVERY - _DIGITS,
    c.CATEGORY_SPACE: _SPACES,
    c.CATEGORY_NOT_SPACE: _EVERY - _SPACES,
    c.CATEGORY_WORD: WORD,
    c.CATEGORY_NOT_WORD: _EVERY - WORD,
}


def children(op: Any, arg: Any) -> list[Tree]:
    """The parse trees inside a node of one."""
    if op in (c.ASSERT, c.ASSERT_NOT):
        return [arg[1]]
    if op is c.BRANCH:
        return list(arg[1])
    if op is c.SUBPATTERN:
        return [arg[3]]
    if op is c.ATOMIC_GROUP:
        return [arg]
    if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        return [arg[2]]
    return []


def unbounded_at(pattern: str) -> list[tuple[int, str]]:
    """The quantifiers without an upper limit (`*`, `+`, `{3,}`) in `pattern`, each with its offset (0-based)."""
    return [(m.start("q"), m["q"]) for m in _TOKEN.finditer(pattern) if m["q"]]


_TOKEN = re.compile(
    r"""\\. | \[\^?\]?(?:\\.|[^\]\\])*\] | \(\?[^)]?<? | (?P<q>[*+]|\{[0-9]*,\}) | .""",
    re.VERBOSE | re.DOTALL,
)
