"""The objects of delta families, each made from its base: a walk along steps (`steps`), in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from leakscan.git.delta_twin import unpack
from leakscan.git.inflate_twin import inflate
from leakscan.git.steps import STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.git.buffer import Buffer


_Made: TypeAlias = tuple[int, int, "bytes | None", bytes, "bytes | None", int]


def family(pack: Buffer, steps: Buffer, limit: int) -> Iterator[_Made]:
    """(index position, depth, base, copies, object or None, flags) of each step."""
    waiting: list[bytes | None] = []
    for data, size, index, depth, flags in STEP.iter_unpack(bytes(steps)):
        if depth > len(waiting):
            raise ValueError("malformed")
        base = waiting[depth - 1] if depth else None
        made: bytes | None = None
        copies = b""
        if size <= limit and (base is not None or not depth):
            try:
                if base is None:
                    made = inflate(pack, data, size)
                else:
                    made, copies, _ = unpack(pack, data, size, base, 0, limit)
            except (ValueError, OverflowError):
                made = None
        waiting[depth:] = [made]
        yield index, depth, base, copies, made, flags


def unpack_all(pack: Buffer, steps: Buffer, limit: int) -> list[bytes | None]:
    """The objects of `steps`, which begin with a family's root. None: malformed, larger than `limit`, or baseless."""
    made: list[bytes | None] = []
    for _, _, _, _, whole, _ in family(pack, steps, limit):
        made.append(whole)
    return made
