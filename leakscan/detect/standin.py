"""An inexact stand-in for a rule's pattern, in the dialect of Hyperscan.

The automaton must never miss what the pattern matches, may say "maybe" too often, and must not say it at every byte.
So the stand-in is the pattern cut down: lookarounds and leading or trailing parts that may be empty are dropped, an open
tail (`[a-z]{20,200}`) becomes its shortest form (`[a-z]{20}`), and what goes beyond `limit` bytes is left off.
Every match of the pattern then contains a match of the stand-in that ends at most `lead` bytes after the match begins.

Dialect: https://intel.github.io/hyperscan/dev-reference/compilation.html#pattern-support
"""

from __future__ import annotations

import re
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

LIMIT = 160
"""Bytes: the longest text that a stand-in of a near rule spans."""


class StandIn(NamedTuple):
    """`expression` for the automaton; a match begins at most `lead` bytes before the end of the hit."""

    expression: str
    lead: int
    width: int  # bytes that the automaton must see to report the hit, at most


class _Part(NamedTuple):
    text: str
    low: int
    high: int


_NOTHING = _Part("", 0, 0)


def stand_in(pattern: str, limit: int = LIMIT) -> StandIn | None:
    """The stand-in of `pattern` (Python `re` syntax, over bytes), or None where nothing useful is left of it."""
    tree = parser.parse(pattern)
    items = list(tree)
    skipped = 0
    boundary = ""
    while items:
        width = _width(items[0])
        if items[0][0] is c.AT:
            boundary = _boundary(items[0][1])
        elif width[0] > 0:
            break
        elif width[1] > 0:
            skipped, boundary = skipped + width[1], ""
        items = items[1:]
    body = _sequence(items, limit)
    if body.low < 3:
        return None
    text = boundary + body.text
    if tree.state.flags & re.IGNORECASE:
        text = f"(?i:{text})"
    return StandIn(text, skipped + body.high, body.high)


def _sequence(items: list[Any], limit: int) -> _Part:
    """`items` as far as `limit` reaches, without an open tail."""
    parts: list[tuple[_Part, Any]] = []
    room = limit
    for item in items:
        part = _whole(item)
        if part is None or part.high > room:
            parts.append((_cut(item, room), item))
            break
        parts.append((part, item))
        room -= part.high
    while parts:
        part, item = parts[-1]
        before = sum(p.high for p, _ in parts[:-1])
        tail = _cut(item, limit - before)
        if tail.low > 0:
            parts[-1] = (tail, item)
            break
        parts.pop()
    return _join([p for p, _ in parts])


def _cut(item: Any, room: int) -> _Part:
    """The shortest beginning of `item` that every match of it has, within `room` bytes."""
    op, av = item
    if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        low, high, body = av
        if low == 0:
            return _NOTHING
        unit = _group(body)
        if unit is None or unit.high == 0:
            return _NOTHING if unit is None else unit
        if low == 1 and high == 1:
            return _sequence(list(body), room)
        if unit.low == unit.high:
            times = min(low, room // unit.high)
            return (
                _Part(f"{unit.text}{{{times}}}", times * unit.low, times * unit.high) if times else _NOTHING
            )
        return _sequence(list(body), room)
    if op is c.SUBPATTERN:
        _, add, _, body = av
        part = _sequence(list(body), room)
        return _flagged(part, add)
    if op is c.ATOMIC_GROUP:
        return _sequence(list(av), room)
    if op is c.BRANCH:
        cuts = [_sequence(list(alternative), room) for alternative in av[1]]
        if any(p.low == 0 for p in cuts):
            return _NOTHING
        return _alternation(cuts)
    whole = _whole(item)
    return whole if whole is not None and whole.high <= room else _NOTHING


def _whole(item: Any) -> _Part | None:
    """All of `item`; None where the dialect has no word for it."""
    op, av = item
    if op is c.LITERAL:
        return _Part(_char(av), 1, 1) if av < 256 else None
    if op is c.NOT_LITERAL:
        return _Part(f"[^{_char(av)}]", 1, 1)
    if op is c.ANY:
        return _Part(r"[^\n]", 1, 1)
    if op is c.IN:
        return _Part(_class(av), 1, 1)
    if op in (c.AT, c.ASSERT, c.ASSERT_NOT):
        return _NOTHING
    if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        low, high, body = av
        unit = _group(body)
        if unit is None or high is c.MAXREPEAT:
            return None
        return (
            _Part(f"{unit.text}{{{low},{high}}}", low * unit.low, high * unit.high) if unit.high else _NOTHING
        )
    if op is c.SUBPATTERN:
        _, add, _, body = av
        part = _group(body)
        return None if part is None else _flagged(part, add)
    if op is c.ATOMIC_GROUP:
        return _group(av)
    if op is c.BRANCH:
        parts = [_group(alternative) for alternative in av[1]]
        return None if any(p is None for p in parts) else _alternation([p for p in parts if p is not None])
    return None  # backreferences and conditionals: the cut ends before them


def _group(body: Any) -> _Part | None:
    parts = [_whole(item) for item in body]
    if any(p is None for p in parts):
        return None
    joined = _join([p for p in parts if p is not None])
    return joined._replace(text=f"(?:{joined.text})") if len(parts) != 1 else joined


def _join(parts: list[_Part]) -> _Part:
    return _Part("".join(p.text for p in parts), sum(p.low for p in parts), sum(p.high for p in parts))


def _alternation(parts: list[_Part]) -> _Part:
    text = "|".join(dict.fromkeys(p.text for p in parts))
    return _Part(f"(?:{text})", min(p.low for p in parts), max(p.high for p in parts))


def _flagged(part: _Part, add: int) -> _Part:
    if not part.text:
        return part
    return part._replace(text=f"(?{'i' if add & re.IGNORECASE else ''}:{part.text})")


def _width(item: Any) -> tuple[int, int]:
    if item[0] in (c.AT, c.ASSERT, c.ASSERT_NOT):
        return 0, 0
    sub = parser.SubPattern(parser.State(), [item])
    low, high = sub.getwidth()
    return int(low), int(high)


def _boundary(where: Any) -> str:
    return r"\b" if where is c.AT_BOUNDARY else ""


def _char(code: int) -> str:
    text = chr(code)
    return text if text.isascii() and text.isalnum() else f"\\x{code:02x}"


_CATEGORIES = {
    c.CATEGORY_DIGIT: r"\d",
    c.CATEGORY_NOT_DIGIT: r"\D",
    c.CATEGORY_SPACE: r"\s",
    c.CATEGORY_NOT_SPACE: r"\S",
    c.CATEGORY_WORD: r"\w",
    c.CATEGORY_NOT_WORD: r"\W",
}


def _class(members: Any) -> str:
    out = []
    for op, av in members:
        if op is c.NEGATE:
            out.append("^")
        elif op is c.LITERAL:
            out.append(_char(av))
        elif op is c.RANGE:
            out.append(f"{_char(av[0])}-{_char(min(av[1], 255))}")
        elif op is c.CATEGORY:
            out.append(_CATEGORIES[av])
    return f"[{''.join(out)}]"
