"""What is known of a text, and what of that is known of its next version."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from leakscan.model.match import Match
from leakscan.model.record import NamedTuple

from .decode.view import Derived, Stop
from .search import moved

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leakscan.model.content import Copy

NEAR = 300
"""Bytes that a match of a near rule spans at most."""
LOOK = 128
"""Bytes on either side of a match that can decide whether it stands."""


class State(NamedTuple):
    """What is known of a text: raw matches of all rules, and the hits of far rules, both sorted."""

    matches: tuple[Match, ...] = ()
    anchors: tuple[tuple[int, int], ...] = ()
    size: int = 0  # of the text, in bytes; kept only where there is something to carry over
    derived: tuple[Derived, ...] = ()  # what stands encoded in it; marks of it are among the anchors
    stops: tuple[Stop, ...] = ()  # what of that was not decoded


EMPTY = State()


def carry_over(
    base: State, copies: Sequence[Copy], size: int, reach: Sequence[int], far: Collection[int]
) -> tuple[list[Match], list[tuple[int, int]]]:
    """The matches and anchors of `base` that lie, with all that they depend on, inside one copy; at their new places.

    `size`: of the new text. `reach`: bytes from the start of a match of each rule that its pattern can look at. `far`: rules
    whose matches are never carried over, their anchors are.

    A match depends on `LOOK` bytes on either side, and on as many bytes as its pattern could have taken.
    Where a copy begins (ends) both texts, nothing can stand before (behind) it: that edge is open.
    """
    matches: list[Match] = []
    anchors: list[tuple[int, int]] = []
    by_start = sorted(base.matches, key=lambda m: m.start)
    starts = [m.start for m in by_start]
    ends = sorted((end, rule) for rule, end in base.anchors)
    for base_start, start, length in copies:
        if length <= 2 * LOOK and start and start + length != size:
            continue  # too short for any match and what it depends on; most copies are
        shift = start - base_start
        low = base_start if base_start or start else -LOOK - NEAR
        high = base_start + length
        if high == base.size and start + length == size:
            high += LOOK + NEAR
        inside = by_start[bisect_left(starts, low + LOOK) : bisect_left(starts, high)]
        matches += [
            moved(m, shift)
            for m in inside
            if max(m.end + LOOK, m.start + reach[m.rule]) <= high and m.rule not in far
        ]
        held = ends[bisect_left(ends, (low + NEAR, -1)) : bisect_left(ends, (high, -1))]
        anchors += [(rule, end + shift) for end, rule in held]
    return matches, anchors
