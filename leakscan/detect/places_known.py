"""What came of a rule at a place, by the bytes that decide it: the versions of a file repeat the same lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from .search import moved

if TYPE_CHECKING:
    from leakscan.model.match import Match

ENTRIES = 1 << 15  # of either half, each with some 600 bytes around the place
LONGEST = 2048  # bytes: of longer places none is worth remembering

Place: TypeAlias = "tuple[int, int, int, bytes]"
"""A rule, where in some bytes the half-open span begins in which its matches start, how long it is, and the bytes."""


class KnownPlaces:
    """The matches that stood at places. One per process.

    Two halves: where one is full, the other is forgotten. What is asked for again and again stays.
    """

    def __init__(self, entries: int = ENTRIES) -> None:
        self._entries = entries
        self._young: dict[Place, tuple[Match, ...]] = {}
        self._old: dict[Place, tuple[Match, ...]] = {}

    def get(self, place: Place, low: int) -> Sequence[Match] | None:
        """What is known of a place whose span begins at `low` of the text; None where it is not known."""
        known = self._young.get(place)
        if known is None:
            known = self._old.get(place)
            if known is None:
                return None
            self._put(place, known)
        return [moved(match, low) for match in known] if known else known

    def put(self, place: Place, low: int, matches: Sequence[Match]) -> None:
        """Remember `matches`, all that stand."""
        self._put(place, tuple([moved(match, -low) for match in matches]))

    def _put(self, place: Place, matches: tuple[Match, ...]) -> None:
        if len(self._young) >= self._entries:
            self._old, self._young = self._young, {}
        self._young[place] = matches
