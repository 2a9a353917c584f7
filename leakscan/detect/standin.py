"""An inexact stand-in for a rule's pattern, in the dialect of Hyperscan.

The automaton must never miss what the pattern matches, may say "maybe" too often, and must not say it at every byte; and it
must stay small: what is cheap for one pattern is not for a thousand. So the stand-in is what tells most about a match, and
little else:

1. The pattern is cut into *runs* at the parts that may be of any length, such as the 40 characters that may stand between a
   vendor's name and a key. Lookarounds are dropped. The run that reads least like text and code (the n-gram model of
   `ngram` says how much) is the stand-in, if it says enough by itself: `ghp_[0-9A-Za-z]{36}`, or a vendor's name.
2. Otherwise the two best runs with as many bytes between as there can be: `box[\\x00-\\xff]{1,110}[0-9a-f]{32}`.
3. Otherwise the pattern from its beginning, without an open tail: `[a-z]{20,200}` at its end becomes `[a-z]{20}`.

Every match of the pattern then contains a match of the stand-in that ends at most `lead` bytes after the match begins.

Dialect: https://intel.github.io/hyperscan/dev-reference/compilation.html#pattern-support
"""

from __future__ import annotations

import re
from math import log2
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from .ngram import unlike_text

LIMIT = 160
"""Bytes: the longest text that a run spans."""

ENOUGH = 24.0
"""Bits: a run that is so surprising in text and code stands for its pattern alone."""

_WORTH = 8.0  # bits: a run that says less is no part of a pair
_CLASSES = 10.0  # bits: what character classes count at most; runs of base64 and hex are common
_FURTHEST = 256  # bytes of a match that may come before a run
_FLEXIBLE = 8  # bytes: a class whose length varies by more ends a run
_OPTIONAL = (
    24  # the same of words that may be there or not; they say more than what a gap in their place would
)


class StandIn(NamedTuple):
    """`expression` for the automaton; a match begins `near` to `lead` bytes before the end of some hit."""

    expression: str
    lead: int
    near: int
    width: int  # bytes that the automaton must see to report the hit, at most


class _Part(NamedTuple):
    text: str
    low: int
    high: int


class _Run(NamedTuple):
    part: _Part
    bits: float
    start: tuple[int, int]  # bytes of the match before it, at least and at most


_NOTHING = _Part("", 0, 0)
_Items = list[tuple[Any, bool]]  # nodes of the parse tree, each with whether it ignores case


def stand_in(pattern: str, limit: int = LIMIT) -> StandIn | None:
    """The stand-in of `pattern` (Python `re` syntax, over bytes), or None where nothing useful is left of it."""
    tree = parser.parse(pattern)
    ignore_case = bool(tree.state.flags & re.IGNORECASE)
    runs = [run for run in _runs(_flat(tree, ignore_case), limit) if run.start[1] <= _FURTHEST]
    runs.sort(key=lambda run: -run.bits)
    if runs and runs[0].bits >= ENOUGH:
        best = runs[0]
        near = best.start[0] + best.part.low
        return StandIn(best.part.text, best.start[1] + best.part.high, near, best.part.high)
    if len(runs) > 1 and runs[1].bits >= _WORTH:
        pair = _pair(*sorted(runs[:2], key=lambda run: run.start))
        if pair.width <= 2 * limit:
            return pair
    return _beginning(list(tree), ignore_case=ignore_case, limit=limit)


def _pair(first: _Run, second: _Run) -> StandIn:
    """Two runs and what can be between them."""
    between = max(0, second.start[1] - first.start[0] - first.part.low)
    text = f"{first.part.text}[\\x00-\\xff]{{0,{between}}}{second.part.text}"
    width = first.part.high + between + second.part.high
    near = first.start[0] + first.part.low + second.part.low
    return StandIn(text, first.start[1] + width, near, width)


def _flat(tree: Any, ignore_case: bool) -> _Items:
    """The top-level sequence, groups opened."""
    out: _Items = []
    for op, av in tree:
        if op is c.SUBPATTERN:
            _, add, remove, body = av
            inner = (ignore_case or bool(add & re.IGNORECASE)) and not remove & re.IGNORECASE
            out += _flat(body, inner)
        elif op is c.ATOMIC_GROUP:
            out += _flat(av, ignore_case)
        else:
            out.append(((op, av), ignore_case))
    return out


def _runs(items: _Items, limit: int) -> list[_Run]:
    """The pattern cut at its flexible parts.

    What a repeat of a class must have still belongs to the run that it ends. Of alternatives that are flexible themselves
    the best run of each makes a run: one of them is in every match.
    """
    runs: list[_Run] = []
    low = high = 0
    parts: list[_Part] = []
    held: _Items = []
    at = (0, 0)

    def close() -> None:
        for number in range(1, len(parts) + 1):
            whole = number == len(parts)
            if whole or (_is_class(held[number][0]) and _words(held[:number]) >= ENOUGH):
                joined = _join(parts[:number])
                if joined.low:
                    runs.append(_Run(joined, _bits(held[:number]), at))
                break
        parts.clear()
        held.clear()

    for item, ignore_case in items:
        width = _width(item)
        if not parts:
            at = (low, high)
        part = _cased(_whole(item), ignore_case)
        room = limit - sum(p.high for p in parts)
        if item[0] is c.AT and not parts:
            pass
        elif part is not None and width[1] - width[0] <= _slack(item) and part.high <= room:
            parts.append(part)
            held.append((item, ignore_case))
        elif item[0] is c.BRANCH:
            alternatives = [_flat(body, ignore_case) for body in item[1][1]]
            # The parser has cut off what alternatives begin with alike: with it they may say more.
            run = _any_of([_runs([*held, *one], limit) for one in alternatives], at) if held else None
            if run is None or run.bits <= _bits(held):
                close()
                run = _any_of([_runs(one, limit) for one in alternatives], (low, high))
            parts.clear()
            held.clear()
            runs += [run] if run is not None else []
        else:
            cut = _cased(_cut(item, room), ignore_case) if _is_class_repeat(item) else None
            if cut is not None and cut.low:
                parts.append(cut)
                held.append((item, ignore_case))
            close()
        low, high = low + width[0], high + width[1]
    close()
    return runs


def _any_of(alternatives: list[list[_Run]], at: tuple[int, int]) -> _Run | None:
    """The best run of each alternative, as one; None where an alternative has none."""
    if not all(alternatives):
        return None
    best = [max(runs, key=lambda run: run.bits) for runs in alternatives]
    start = (at[0], at[1] + max(run.start[1] for run in best))
    return _Run(_alternation([run.part for run in best]), min(run.bits for run in best), start)


def _slack(item: Any) -> int:
    return _FLEXIBLE if _is_class(item) else _OPTIONAL


def _is_class(item: Any) -> bool:
    return item[0] is c.IN or _is_class_repeat(item)


def _words(items: _Items) -> float:
    return _surprise([item for item, _ in items])[0]


def _is_class_repeat(item: Any) -> bool:
    op, av = item
    return op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT) and len(av[2]) == 1 and av[2][0][0] is c.IN


def _cased(part: _Part | None, ignore_case: bool) -> _Part | None:
    return part._replace(text=f"(?i:{part.text})") if part and part.text and ignore_case else part


def _bits(items: _Items) -> float:
    """How surprising a run is: its words under the model of text, and a little for its classes."""
    words, classes = _surprise([item for item, _ in items])
    return words + min(classes, _CLASSES)


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


def _beginning(items: list[Any], *, ignore_case: bool, limit: int) -> StandIn | None:
    """The pattern from its first part that must be there, as far as `limit` reaches."""
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
    if ignore_case:
        text = f"(?i:{text})"
    return StandIn(text, skipped + body.high, body.low, body.high)


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
    single = len(parts) == 1 and body[0][0] in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN)
    return joined if single else joined._replace(text=f"(?:{joined.text})")


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
