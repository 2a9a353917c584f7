"""What every match of a pattern holds: a run of bytes of one class, at a bounded distance from its start.

The run is read off the parse tree: whatever a part of a pattern matches consists of the bytes that the part is made of, so
parts one behind the other make a run of the bytes of all of them. Taken is the run that is least like text and code.
"""

from __future__ import annotations

import re
from math import log2
from re import _constants as c  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

from leakscan.model.record import NamedTuple
from leakscan.rulepack.tree import alphabet_of, children, parse
from leakscan.rulepack.width import measure_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 64
"""Bytes: a longer run says no more."""

FURTHEST = 1024
"""Bytes of a match before the run."""

_ENOUGH = 6.0  # bits: what says less is not worth looking for
_FEW = 4  # bytes: a class of so many is a word's


class Run(NamedTuple):
    """`least` bytes of `members`, which begin `low` to `high` bytes behind the start of a match."""

    members: frozenset[int]
    least: int
    low: int
    high: int


class _Part(NamedTuple):
    members: frozenset[int]
    low: int
    high: int


def run_of(pattern: str) -> Run | None:
    """The run of `pattern` that says most, if any says enough. Raises `re.error` if it is no regular expression."""
    tree = parse(pattern)
    parts = _parts(tree, bool(tree.state.flags & re.IGNORECASE))
    best: tuple[float, Run] | None = None
    low = high = 0
    for first, part in enumerate(parts):
        if high > FURTHEST:
            break
        if part.low and len(part.members) > _FEW:
            members: frozenset[int] = frozenset()
            least = 0
            for last in parts[first:]:
                members |= last.members
                least += last.low
                bits = min(least, LONGEST) * -log2(max(_share(members), 1e-3))
                if (best is None or bits > best[0]) and len(members) < 256:
                    best = bits, Run(members, min(least, LONGEST), low, high)
        low, high = low + part.low, high + part.high
    return best[1] if best is not None and best[0] >= _ENOUGH else None


def _parts(tree: Any, ignore_case: bool) -> list[_Part]:
    """The parts of a pattern one behind the other, groups opened; what looks around takes nothing."""
    out: list[_Part] = []
    for op, arg in tree:
        if op in (c.AT, c.ASSERT, c.ASSERT_NOT):
            continue
        if op is c.SUBPATTERN:
            _, add, remove, body = arg
            out += _parts(body, (ignore_case or bool(add & re.IGNORECASE)) and not remove & re.IGNORECASE)
        elif op is c.ATOMIC_GROUP:
            out += _parts(arg, ignore_case)
        else:
            shape = measure_tree([(op, arg)])
            members = alphabet_of([(op, arg)])
            inside = list(_nodes(op, arg))
            if ignore_case or any(op is c.SUBPATTERN and arg[1] & re.IGNORECASE for op, arg in inside):
                members |= frozenset(bytes(members).swapcase())
            if any(op in _REFERENCES for op, _ in inside):
                members = frozenset(range(256))
            out.append(_Part(members, shape.min_len, shape.max_len))
    return out


_REFERENCES = (c.GROUPREF, c.GROUPREF_EXISTS, c.GROUPREF_IGNORE)


def _nodes(op: Any, arg: Any) -> Iterator[tuple[Any, Any]]:
    """A node and all that are in it."""
    yield op, arg
    for inner in children(op, arg):
        for node in inner:
            yield from _nodes(*node)


_SHARES = {
    **dict.fromkeys(b"abcdefghijklmnopqrstuvwxyz", 0.58 / 26), **dict.fromkeys(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 0.06 / 26),
    **dict.fromkeys(b"0123456789", 0.05 / 10), **dict.fromkeys(b" \n\t", 0.2 / 3),
    **dict.fromkeys(b"_-./=\"'(),:;", 0.09 / 12),
}  # fmt: skip


def _share(members: frozenset[int]) -> float:
    """How much of text and code consists of `members`, roughly."""
    return min(1.0, sum(_SHARES.get(byte, 0.02 / 200) for byte in members))
