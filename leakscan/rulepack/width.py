"""How wide a pattern can be, and which literals each of its matches contains: read off its parse tree.

Patterns are over bytes, and all widths are bytes. The literals are found as in "Regular Expression Matching with a
Trigram Index" (Cox, 2012, https://swtch.com/~rsc/regexp/regexp4.html), with the place of each literal besides.
"""

from __future__ import annotations

from functools import lru_cache
from re import _constants as c  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

from leakscan.model.record import NamedTuple

from .shape import Literal, Shape
from .tree import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .tree import Tree

UNBOUNDED = 1 << 30  # a width that stands for "any"
NEAR = 300  # a rule that matches at most so many bytes can be confirmed around any of its bytes
FAR = 16_384  # any other rule: at most so many, from a literal start on
ANCHOR = 5  # bytes of that literal start
LOOK = 64  # what a lookaround may see
SHORTEST = 3  # bytes of a literal worth looking for
_MOST = 64  # literals that may stand for one pattern
_LONGEST = 24  # bytes of a literal that are worth looking for


class Prepared(NamedTuple):
    """A pattern with what is worth knowing about it before it is compiled."""

    pattern: str
    shape: Shape
    literals: tuple[Literal, ...] | None


@lru_cache(maxsize=4096)
def measure(pattern: str) -> Shape:
    """The widths of `pattern`. Raises `re.error` if it is not one."""
    return measure_tree(parse(pattern))


def prepare(pattern: str) -> Prepared:
    """`pattern` with its shape and literals. Raises `re.error` if it is not one."""
    return Prepared(pattern, measure(pattern), literals(pattern))


def literals(pattern: str) -> tuple[Literal, ...] | None:
    """Literals (3 bytes and more, sorted) of which every match of `pattern` contains at least one; None if there are
    none, or too many. Raises `re.error` if `pattern` is not a regular expression."""
    found = _facts(parse(pattern)).best
    return tuple(sorted(found)) if found else None


def anchors(pattern: str) -> tuple[bytes, ...]:
    """Lower-case literals with one of which every match of `pattern` begins; () if there are none."""
    start = _facts(parse(pattern)).start
    return tuple(sorted(start)) if b"" not in start else ()


def measure_tree(tree: Tree) -> Shape:
    """As `measure`, of a parse tree."""
    return in_sequence(_node_shape(op, arg) for op, arg in tree)


def in_sequence(parts: Iterable[Shape]) -> Shape:
    """The shape of patterns one behind the other."""
    low = high = behind = ahead = 0
    for part in parts:
        low = min(low + part.min_len, UNBOUNDED)
        high = min(high + part.max_len, UNBOUNDED)
        behind = max(behind, part.look_behind)
        ahead = max(ahead, part.look_ahead)
    return Shape(low, high, behind, ahead)


def _node_shape(op: Any, arg: Any) -> Shape:
    if op is c.AT:
        return Shape(0, 0, 1, 1)
    if op in (c.ASSERT, c.ASSERT_NOT):
        inner = measure_tree(arg[1])
        if arg[0] < 0:
            return Shape(0, 0, inner.max_len + inner.look_behind, inner.look_ahead)
        return Shape(0, 0, inner.look_behind, inner.max_len + inner.look_ahead)
    if op is c.BRANCH:
        parts = [measure_tree(branch) for branch in arg[1]]
        return Shape(
            min(p.min_len for p in parts),
            max(p.max_len for p in parts),
            max(p.look_behind for p in parts),
            max(p.look_ahead for p in parts),
        )
    if op is c.SUBPATTERN:
        return measure_tree(arg[3])
    if op is c.ATOMIC_GROUP:
        return measure_tree(arg)
    if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        least, most, inner_tree = arg
        inner = measure_tree(inner_tree)
        high = inner.max_len * (UNBOUNDED if most is c.MAXREPEAT else int(most))
        return Shape(
            min(inner.min_len * int(least), UNBOUNDED),
            min(high, UNBOUNDED),
            inner.look_behind,
            inner.look_ahead,
        )
    if op in (c.GROUPREF, c.GROUPREF_EXISTS, c.GROUPREF_IGNORE):
        return Shape(0, UNBOUNDED, 0, 0)
    return Shape(1, 1, 0, 0)


class _Facts(NamedTuple):
    """What is known about a part of a pattern."""

    exact: frozenset[bytes] | None  # all that it can match, lower-case, if that is few
    start: frozenset[bytes]  # each match begins with one of these
    best: frozenset[Literal] | None  # each match contains one of these
    width: int  # at most


_EMPTY = frozenset((b"",))


def _facts(tree: Tree) -> _Facts:
    run: frozenset[bytes] = _EMPTY  # the exact texts since `run_at`
    run_at = 0  # where the run starts, at most
    at = 0  # where the next item starts, at most
    start: frozenset[bytes] | None = None  # fixed once the first run has ended
    whole = True  # everything so far is exact
    best: frozenset[Literal] | None = None
    for op, arg in tree:
        part = _node_facts(op, arg)
        if part.exact is not None:
            crossed = (
                frozenset(a + b for a in run for b in part.exact)
                if len(run) * len(part.exact) <= _MOST
                else None
            )
            if crossed is not None:
                if len(part.exact) > 1:
                    best = _better(best, _as_literals(run, run_at))
                run = crossed
                at = min(at + part.width, UNBOUNDED)
                continue
        # The run ends here; a longer start may still come from the item's own start.
        best = _better(best, _as_literals(run, run_at))
        if start is None:
            start = _cross(run, part.start)
        whole = False
        best = _better(best, _shift(part.best, at))
        if part.exact is not None:
            run, run_at = part.exact, at
            at = min(at + part.width, UNBOUNDED)
        else:
            at = min(at + part.width, UNBOUNDED)
            run, run_at = _EMPTY, at
    best = _better(best, _as_literals(run, run_at))
    return _Facts(run if whole else None, run if start is None else start, best, at)


def _node_facts(op: Any, arg: Any) -> _Facts:
    if op in (c.AT, c.ASSERT, c.ASSERT_NOT):
        return _Facts(_EMPTY, _EMPTY, None, 0)
    if op is c.LITERAL:
        exact = frozenset((bytes((arg,)).lower(),))
        return _Facts(exact, exact, None, 1)
    if op is c.IN:
        members = _members(arg)
        return _Facts(members, members or _EMPTY, None, 1)
    if op is c.SUBPATTERN:
        return _facts(arg[3])
    if op is c.ATOMIC_GROUP:
        return _facts(arg)
    if op is c.BRANCH:
        return _branch([_facts(branch) for branch in arg[1]])
    if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        return _repeat(int(arg[0]), UNBOUNDED if arg[1] is c.MAXREPEAT else int(arg[1]), arg[2])
    return _Facts(None, _EMPTY, None, _node_shape(op, arg).max_len)


def _members(items: Any) -> frozenset[bytes] | None:
    """The bytes of a class, lower-case, if they are few."""
    found: set[bytes] = set()
    for op, arg in items:
        if op is c.LITERAL:
            found.add(bytes((arg,)).lower())
        elif op is c.RANGE and arg[1] - arg[0] < 16:
            found.update(bytes((b,)).lower() for b in range(arg[0], arg[1] + 1))
        else:
            return None
    return frozenset(found) if len(found) <= 8 else None


def _branch(parts: list[_Facts]) -> _Facts:
    width = max(p.width for p in parts)
    exact: frozenset[bytes] | None = None
    if all(p.exact is not None for p in parts):
        exact = frozenset().union(*(p.exact or () for p in parts))
        if len(exact) > _MOST:
            exact = None
    start = frozenset().union(*(p.start for p in parts))
    best: set[Literal] = set()
    for part in parts:
        own = _better(part.best, _as_literals(part.exact, 0) if part.exact is not None else None)
        if own is None:
            return _Facts(exact, start if len(start) <= _MOST else _EMPTY, None, width)
        best |= own
    fits = len(best) <= _MOST
    return _Facts(exact, start if len(start) <= _MOST else _EMPTY, frozenset(best) if fits else None, width)


def _repeat(least: int, most: int, tree: Tree) -> _Facts:
    inner = _facts(tree)
    width = min(inner.width * most, UNBOUNDED)
    if least == most and inner.exact is not None and len(inner.exact) ** least <= _MOST and least <= _LONGEST:
        exact = _EMPTY
        for _ in range(least):
            exact = frozenset(a + b for a in exact for b in inner.exact)
        return _Facts(exact, exact, None, width)
    if least == 0 and most == 1 and inner.exact is not None and len(inner.exact) < _MOST:
        return _Facts(inner.exact | _EMPTY, inner.exact | _EMPTY, None, width)
    if least == 0:
        return _Facts(None, _EMPTY, None, width)
    own = _better(inner.best, _as_literals(inner.exact, 0) if inner.exact is not None else None)
    return _Facts(None, inner.start, own, width)


def _cross(run: frozenset[bytes], then: frozenset[bytes]) -> frozenset[bytes]:
    return frozenset(a + b for a in run for b in then) if len(run) * len(then) <= _MOST else run


def _as_literals(run: frozenset[bytes], at: int) -> frozenset[Literal] | None:
    if min(map(len, run)) < SHORTEST:
        return None
    return frozenset(Literal(text[:_LONGEST], at + min(len(text), _LONGEST)) for text in run)


def _shift(found: frozenset[Literal] | None, by: int) -> frozenset[Literal] | None:
    return frozenset(Literal(t, min(end + by, UNBOUNDED)) for t, end in found) if found else None


def _better(a: frozenset[Literal] | None, b: frozenset[Literal] | None) -> frozenset[Literal] | None:
    if a is None or b is None:
        return a or b
    return b if _worth(b) > _worth(a) else a


def _worth(found: frozenset[Literal]) -> float:
    """Longer is rarer, each of several counts; of two alike the earlier."""
    shortest = min(min(len(t) for t, _ in found), 8)
    return shortest - len(found) / 4 - min(max(e for _, e in found), 1000) / 10_000
