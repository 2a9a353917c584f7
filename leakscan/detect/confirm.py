"""From the places where a rule's matches may start to the matches that stand there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from leakscan.model.record import NamedTuple

from .places_known import LONGEST, KnownPlaces
from .search import Search
from .state import LOOK

if TYPE_CHECKING:
    from leakscan.model.match import Match
    from leakscan.rulepack.shape import Shape

    from .everywhere import Everywhere

Keep: TypeAlias = Callable[[int, bytes, "Match"], bool]
"""Level-one checks: (rule index, text, match) → whether it stands. Must look no further than `LOOK` bytes around it."""
Span: TypeAlias = tuple[int, int]
Spans: TypeAlias = Mapping[int, Sequence[Span]]
"""By rule, sorted half-open spans that do not overlap, in which its matches can start."""


class Timeout(NamedTuple):
    """A pattern that was given up on a text."""

    rule: int


class Confirm:
    """The rules' patterns and checks at work. One per process."""

    def __init__(self, search: Search | Everywhere, keep: Keep, shapes: Sequence[Shape]) -> None:
        self._search = search
        self._keep = keep
        self._known = KnownPlaces()
        rules = range(len(shapes))
        self._remembers = [isinstance(search, Search) and not search.is_simple(rule) for rule in rules]
        # what decides about a match before its start, and from there on
        self._before = [max(LOOK, s.look_behind + 1) for s in shapes]
        self._behind = [s.max_len + s.look_ahead + LOOK + 1 for s in shapes]

    def all(self, text: bytes, spans: Spans, timeouts: list[Timeout]) -> tuple[Match, ...]:
        """The matches whose start lies in one of their rule's spans, whether or not they stand, sorted."""
        out: list[Match] = []
        for rule, some in spans.items():
            out += self._matches(rule, text, some, timeouts)
        return tuple(sorted(out))

    def touching(
        self, text: bytes, spans: Spans, lines: Sequence[Span], timeouts: list[Timeout]
    ) -> tuple[Match, ...]:
        """Those that stand and touch one of `lines`, sorted."""
        keep = self._keep
        out: list[Match] = []
        for rule, some in spans.items():
            found = self._matches(rule, text, some, timeouts)
            out += [match for match in found if _touches(match, lines) and keep(rule, text, match)]
        return tuple(sorted(out))

    def standing(self, text: bytes, spans: Spans, timeouts: list[Timeout]) -> tuple[Match, ...]:
        """Those that stand, sorted."""
        keep = self._keep
        out: list[Match] = []
        for rule, some in spans.items():
            if self._remembers[rule]:
                out += self._remembered(rule, text, some, timeouts)
            else:
                found = self._matches(rule, text, some, timeouts)
                out += [match for match in found if keep(rule, text, match)]
        return tuple(sorted(out))

    def _matches(self, rule: int, text: bytes, spans: Sequence[Span], timeouts: list[Timeout]) -> list[Match]:
        if not spans:
            return []  # its pattern need not even be read
        found, given_up = self._search.matches(rule, text, spans)
        if given_up:
            timeouts.append(Timeout(rule))
        return found

    def _remembered(
        self, rule: int, text: bytes, spans: Sequence[Span], timeouts: list[Timeout]
    ) -> list[Match]:
        """The matches of a rule that stand.

        They depend on the bytes around alone, and the versions of a file repeat the same lines: these are remembered.
        """
        out: list[Match] = []
        given_up = False
        before, behind = self._before[rule], self._behind[rule]
        known, keep = self._known, self._keep
        for low, high in spans:
            start = low - before if low > before else 0
            around = text[start : high + behind]
            place = (rule, low - start, high - low, around)
            found = known.get(place, low) if len(around) <= LONGEST else None
            if found is None:
                tried, late = self._search.matches(rule, text, ((low, high),))
                found = [match for match in tried if keep(rule, text, match)]
                if late:
                    given_up = True
                elif len(around) <= LONGEST:
                    known.put(place, low, found)
            out += found
        if given_up:
            timeouts.append(Timeout(rule))
        return out


def _touches(match: Match, lines: Sequence[Span]) -> bool:
    return any(match.start <= high and low <= match.end for low, high in lines)
