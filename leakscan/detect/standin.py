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
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from leakscan.model.record import NamedTuple

from .dialect import (
    Part,
    alternation,
    boundary_of,
    cased,
    cut_of,
    is_class,
    is_class_repeat,
    join,
    sequence,
    whole_of,
    width_of,
)
from .surprise import Items, bits_of, bits_of_words

LIMIT = 160
"""Bytes: the longest text that a run spans."""

ENOUGH = 24.0
"""Bits: a run that is so surprising in text and code stands for its pattern alone."""

_APART = (
    40  # bytes by which a pair may be wider than a run: what is looked at begins so far before anything new
)
_WORTH = 8.0  # bits: a run that says less is no part of a pair
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


class _Run(NamedTuple):
    part: Part
    bits: float
    start: tuple[int, int]  # bytes of the match before it, at least and at most


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
        if pair.width <= limit + _APART:
            return pair
    return _beginning(list(tree), ignore_case=ignore_case, limit=limit)


def _pair(first: _Run, second: _Run) -> StandIn:
    """Two runs and what can be between them."""
    between = max(0, second.start[1] - first.start[0] - first.part.low)
    text = f"{first.part.text}[\\x00-\\xff]{{0,{between}}}{second.part.text}"
    width = first.part.high + between + second.part.high
    near = first.start[0] + first.part.low + second.part.low
    return StandIn(text, first.start[1] + width, near, width)


def _flat(tree: Any, ignore_case: bool) -> Items:
    """The top-level sequence, groups opened."""
    out: Items = []
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


def _runs(items: Items, limit: int) -> list[_Run]:
    """The pattern cut at its flexible parts.

    What a repeat of a class must have still belongs to the run that it ends. Of alternatives that are flexible themselves
    the best run of each makes a run: one of them is in every match.
    """
    runs: list[_Run] = []
    low = high = 0
    parts: list[Part] = []
    held: Items = []
    at = (0, 0)

    def close() -> None:
        for number in range(1, len(parts) + 1):
            whole = number == len(parts)
            if whole or (is_class(held[number][0]) and bits_of_words(held[:number]) >= ENOUGH):
                joined = join(parts[:number])
                if joined.low:
                    runs.append(_Run(joined, bits_of(held[:number]), at))
                break
        parts.clear()
        held.clear()

    for item, ignore_case in items:
        width = width_of(item)
        if not parts:
            at = (low, high)
        part = cased(whole_of(item), ignore_case)
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
            if run is None or run.bits <= bits_of(held):
                close()
                run = _any_of([_runs(one, limit) for one in alternatives], (low, high))
            parts.clear()
            held.clear()
            runs += [run] if run is not None else []
        else:
            cut = cased(cut_of(item, room), ignore_case) if is_class_repeat(item) else None
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
    return _Run(alternation([run.part for run in best]), min(run.bits for run in best), start)


def _slack(item: Any) -> int:
    return _FLEXIBLE if is_class(item) else _OPTIONAL


def _beginning(items: list[Any], *, ignore_case: bool, limit: int) -> StandIn | None:
    """The pattern from its first part that must be there, as far as `limit` reaches."""
    skipped = 0
    boundary = ""
    while items:
        width = width_of(items[0])
        if items[0][0] is c.AT:
            boundary = boundary_of(items[0][1])
        elif width[0] > 0:
            break
        elif width[1] > 0:
            skipped, boundary = skipped + width[1], ""
        items = items[1:]
    body = sequence(items, limit)
    if body.low < 3:
        return None
    text = boundary + body.text
    if ignore_case:
        text = f"(?i:{text})"
    return StandIn(text, skipped + body.high, body.low, body.high)
