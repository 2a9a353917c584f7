"""The copied ranges of a delta, as compact as the kernel gives them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import cast, overload

from leakscan.model.content import Copy

_COPY = struct.Struct("=3I")


class Copies(Sequence[Copy]):
    """Unpacked only when they are looked at: few texts have anything to inherit, and a large delta has thousands."""

    __slots__ = ("_packed",)

    def __init__(self, packed: bytes) -> None:
        """`packed` as `delta_twin.delta` gives it."""
        self._packed = packed

    def __iter__(self) -> Iterator[Copy]:
        # Plain tuples: they are unpacked by the million, and nobody asks them for their names.
        return cast("Iterator[Copy]", _COPY.iter_unpack(self._packed))

    def __len__(self) -> int:
        return len(self._packed) // _COPY.size

    @overload
    def __getitem__(self, index: int) -> Copy: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Copy]: ...
    def __getitem__(self, index: int | slice) -> Copy | Sequence[Copy]:
        return tuple(self)[index]
