"""The seam between content and detection: what every source is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from leakscan.model.content import Chunk, Skipped
from leakscan.model.finding import Life, Locus
from leakscan.model.origin import Origin
from leakscan.model.record import NamedTuple

Unit: TypeAlias = Any
"""A share of a source's work: opaque to the pipeline, picklable, read by exactly one worker."""


class Attribution(NamedTuple):
    """Where content lives. An origin that is absent from `loci` says all by itself (a file, standard input)."""

    loci: Mapping[Origin, tuple[Locus, ...]] = {}
    lives: tuple[
        Life | None, ...
    ] = ()  # one for each group that was asked for; empty where a source knows none


class Source(Protocol):
    """Yields content and says later where content lives; knows no rules.

    A source is a picklable value: workers get a copy and call `read`. Only the parent calls the others.
    """

    def units(self) -> Sequence[Unit]:
        """The work, cut so that every unit costs about the same and a few dozen bytes describe it.

        The order is the source's own, and deterministic. Called once, before any `read`.
        """
        ...

    def size(self) -> int:
        """Roughly how many bytes there are to read: decides whether a pool of workers pays. Called after `units`."""
        ...

    def read(self, unit: Unit) -> Iterator[Chunk | Skipped]:
        """The content of one unit."""
        ...

    def skipped(self) -> Sequence[Skipped]:
        """What was found missing before any unit was read: a shallow boundary, a promisor. Called after `units`."""
        ...

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        """Where the origins of each group (one group a secret) live, and the life of each group.

        The answer depends on the groups and the repository alone, not on their order or on how `read` was shared out.
        """
        ...
