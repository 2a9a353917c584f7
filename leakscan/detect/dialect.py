"""Nodes of Python's parse tree of a pattern, as text in the dialect of Hyperscan.

https://intel.github.io/hyperscan/dev-reference/compilation.html#pattern-support
"""

from __future__ import annotations

import re
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from leakscan.model.record import NamedTuple


class Part(NamedTuple):
    text: str
    low: int
    high: int


NOTHING = Part("", 0, 0)


def cased(part: Part | None, ignore_case: bool) -> Part | None:
    return part._replace(text=f"(?i:{part.text})") if part and part.text and ignore_case else part


def sequence(items: list[Any], limit: int) -> Part:
    """`items` as far as `limit` reaches, without an open tail."""
    parts: list[tuple[Part, Any]] = []
    room = limit
    for item in items:
        part = whole_of(item)
        if part is None or part.high > room:
            parts.append((cut_of(item, room), item))
            break
        parts.append((part, item))
        room -= part.high
    while parts:
        part, item = parts[-1]
        before = sum(p.high for p, _ in parts[:-1])
        tail = cut_of(item, limit - before)
        if tail.low > 0:
            parts[-1] = (tail, item)
            break
        parts.pop()
    return join([p for p, _ in parts])


def cut_of(item: Any, room: int) -> Part:
    """The shortest beginning of `item` that every match of it has, within `room` bytes."""
    op, av = item
    if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        low, high, body = av
        if low == 0:
            return NOTHING
        unit = _group(body)
        if unit is None or unit.high == 0:
            return NOTHING if unit is None else unit
        if low == 1 and high == 1:
            return sequence(list(body), room)
        if unit.low == unit.high:
            times = min(low, room // unit.high)
            return Part(f"{unit.text}{{{times}}}", times * unit.low, times * unit.high) if times else NOTHING
        return sequence(list(body), room)
    if op is c.SUBPATTERN:
        _, add, _, body = av
        part = sequence(list(body), room)
        return _flagged(part, add)
    if op is c.ATOMIC_GROUP:
        return sequence(list(av), room)
    if op is c.BRANCH:
        cuts = [sequence(list(alternative), room) for alternative in av[1]]
        if any(p.low == 0 for p in cuts):
            return NOTHING
        return alternation(cuts)
    whole = whole_of(item)
    return whole if whole is not None and whole.high <= room else NOTHING


def whole_of(item: Any) -> Part | None:
    """All of `item`; None where the dialect has no word for it."""
    op, av = item
    if op is c.LITERAL:
        return Part(_char(av), 1, 1) if av < 256 else None
    if op is c.NOT_LITERAL:
        return Part(f"[^{_char(av)}]", 1, 1)
    if op is c.ANY:
        return Part(r"[^\n]", 1, 1)
    if op is c.IN:
        return Part(_class(av), 1, 1)
    if op in (c.AT, c.ASSERT, c.ASSERT_NOT):
        return NOTHING
    if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        low, high, body = av
        unit = _group(body)
        if unit is None or high is c.MAXREPEAT:
            return None
        return (
            Part(f"{unit.text}{{{low},{high}}}", low * unit.low, high * unit.high) if unit.high else NOTHING
        )
    if op is c.SUBPATTERN:
        _, add, _, body = av
        part = _group(body)
        return None if part is None else _flagged(part, add)
    if op is c.ATOMIC_GROUP:
        return _group(av)
    if op is c.BRANCH:
        parts = [_group(alternative) for alternative in av[1]]
        return None if any(p is None for p in parts) else alternation([p for p in parts if p is not None])
    return None  # backreferences and conditionals: the cut ends before them


def _group(body: Any) -> Part | None:
    parts = [whole_of(item) for item in body]
    if any(p is None for p in parts):
        return None
    joined = join([p for p in parts if p is not None])
    single = len(parts) == 1 and body[0][0] in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN)
    return joined if single else joined._replace(text=f"(?:{joined.text})")


def join(parts: list[Part]) -> Part:
    return Part("".join(p.text for p in parts), sum(p.low for p in parts), sum(p.high for p in parts))


def alternation(parts: list[Part]) -> Part:
    text = "|".join(dict.fromkeys(p.text for p in parts))
    return Part(f"(?:{text})", min(p.low for p in parts), max(p.high for p in parts))


def _flagged(part: Part, add: int) -> Part:
    if not part.text:
        return part
    return part._replace(text=f"(?{'i' if add & re.IGNORECASE else ''}:{part.text})")


def is_class(item: Any) -> bool:
    return item[0] is c.IN or is_class_repeat(item)


def is_class_repeat(item: Any) -> bool:
    op, av = item
    return op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT) and len(av[2]) == 1 and av[2][0][0] is c.IN


def width_of(item: Any) -> tuple[int, int]:
    if item[0] in (c.AT, c.ASSERT, c.ASSERT_NOT):
        return 0, 0
    sub = parser.SubPattern(parser.State(), [item])
    low, high = sub.getwidth()
    return int(low), int(high)


def boundary_of(where: Any) -> str:
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
