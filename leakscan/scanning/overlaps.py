"""Which matches see the same secret, however many of them there are in a row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leakscan.model.match import Match

_WHOLE = itemgetter(1, 2)  # where a match starts and ends


def overlap(one: Match, other: Match) -> bool:
    """Whether their secrets share a byte."""
    return one.secret_start < other.secret_end and other.secret_start < one.secret_end


def position(match: Match) -> tuple[int, Match]:
    return match.secret_start, match


def clusters(matches: Iterable[Match]) -> list[list[Match]]:
    """`matches` by secret position, cut where no secret reaches over."""
    out: list[list[Match]] = []
    end = -1
    for m in sorted(matches, key=position):
        if m.secret_start >= end:
            out.append([m])
        else:
            out[-1].append(m)
        end = max(end, m.secret_end)
    return out


class Cluster:
    """Matches, to look up those whose secrets stand somewhere."""

    def __init__(self, matches: Iterable[Match]) -> None:
        matches = self._matches = sorted(matches, key=position)
        self._starts = [m.secret_start for m in matches]
        self._ends = list(accumulate((m.secret_end for m in matches), max))  # the furthest up to each

    def within(self, low: int, high: int) -> list[Match]:
        """Those whose secrets overlap `low` to `high`, by secret position."""
        first, last = bisect_right(self._ends, low), bisect_left(self._starts, high)
        return [m for m in self._matches[first:last] if low < m.secret_end]

    def around(self, match: Match) -> list[Match]:
        """Those whose secrets overlap that of `match`, by secret position."""
        return self.within(match.secret_start, match.secret_end)


def first_of_overlapping(some: Iterable[list[Match]]) -> list[Match]:
    """Of matches of one rule whose secrets overlap, those that no earlier-starting (or shorter) one overlaps."""
    out: list[Match] = []
    for cluster in some:
        if len(cluster) == 1:
            out += cluster
            continue
        behind: set[Match] = set()
        taken: dict[int, _Spans] = {}
        for _, same in groupby(sorted(cluster, key=_WHOLE), key=_WHOLE):
            alike = list(same)
            behind.update(m for m in alike if m.rule in taken and taken[m.rule].meet(m))
            for m in alike:
                taken.setdefault(m.rule, _Spans()).add(m)
        out += [m for m in cluster if m not in behind]
    return out


class _Spans:
    """The bytes of some secrets, as spans that are sorted and apart."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def meet(self, match: Match) -> bool:
        last = bisect_left(self._starts, match.secret_end) - 1
        return last >= 0 and self._ends[last] > match.secret_start

    def add(self, match: Match) -> None:
        start, end = match.secret_start, match.secret_end
        first, behind = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < behind:
            start, end = min(start, self._starts[first]), max(end, self._ends[behind - 1])
        self._starts[first:behind] = [start]
        self._ends[first:behind] = [end]
