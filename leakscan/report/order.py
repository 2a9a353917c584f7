"""Which place of a finding comes first: the one where somebody can do something about it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.origin import BlobOrigin, FileOrigin, NameOrigin, StagedOrigin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakscan.model.finding import Place


def nearest_first(places: Iterable[Place]) -> list[Place]:
    """`places` with those in the working tree first, then those with a path; otherwise in their order."""
    return sorted(places, key=_rank)


def _rank(place: Place) -> int:
    match place.origin:
        case FileOrigin():
            return 0
        case StagedOrigin():
            return 1
        case NameOrigin():
            return 3
        case BlobOrigin():
            return 2 if place.path else 4
        case _:
            return 5
