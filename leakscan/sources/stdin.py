"""Standard input as one chunk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from leakscan.model.content import Chunk, Skipped
from leakscan.model.origin import Origin, StdinOrigin
from leakscan.sources import gate
from leakscan.sources.base import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


class StdinSource:
    """What comes in, at most `max_size` bytes. It is read in `units`, in the parent, and travels as a unit."""

    def __init__(self, *, max_size: int = gate.DEFAULT_MAX_SIZE) -> None:
        self.max_size = max_size
        self._size = 0

    def units(self) -> Sequence[bytes]:
        data = sys.stdin.buffer.read(self.max_size + 1)
        self._size = len(data)
        return [data]

    def size(self) -> int:
        return self._size

    def read(self, unit: bytes) -> Iterator[Chunk | Skipped]:
        text = gate.admit(unit, self.max_size)
        if isinstance(text, str):
            yield Skipped("standard input", text)
        else:
            yield Chunk(StdinOrigin(), text)

    def skipped(self) -> Sequence[Skipped]:
        return ()

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        return Attribution()
