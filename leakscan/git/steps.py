"""The order in which entries of packs are read: what a plan consists of.

A plan has 12 bytes for an entry, struct "=III": the object's position in the index; how many bytes it inflates to (2**32 - 1
for more); the depth below its family's root << 2 | flags. There are millions, so no more is kept of them than has to be: a
*step* is made of one when it is to be taken (`plan_twin.steps`). It is 32 bytes, struct "=QQIII4x": where in the pack the
compressed bytes start; how many they inflate to; position, depth and flags.

Both are laid out depth first: the base of a step is the last one before it whose depth is one less.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakscan.git.pack import Pack

PLANNED = struct.Struct("=III")
STEP = struct.Struct("=QQIII4x")
POSITION, DEPTH = 4, 5  # columns of steps
HAS_CHILDREN = 1  # some step rests on this one
LAST_CHILD = 2  # no later step rests on this one's base
LARGEST = 512 * 1024 * 1024  # bytes: nothing larger is unpacked, not even to make something smaller from it


def batches(pack: Pack, planned: bytes, size: int) -> Iterator[bytes]:
    """Steps of a pack's plan, cut between families, so that each part inflates to about `size` bytes."""
    start = held = 0
    view = memoryview(planned)
    for number, (_, inflated, word) in enumerate(PLANNED.iter_unpack(planned)):
        if held >= size and not word >> 2:
            yield pack.steps(view[start * PLANNED.size : number * PLANNED.size])
            start, held = number, 0
        held += inflated
    if start * PLANNED.size < len(planned):
        yield pack.steps(view[start * PLANNED.size :])


def column(steps: bytes, number: int) -> Sequence[int]:
    """One field of every step, `POSITION` or `DEPTH`."""
    return memoryview(steps).cast("I")[number :: STEP.size // 4].tolist()


def positions(planned: bytes) -> memoryview:
    """Of everything planned its position in the index."""
    return memoryview(planned).cast("I")[::3]


def sizes(planned: bytes) -> memoryview:
    """Of everything planned how many bytes it inflates to, or 2**32 - 1."""
    return memoryview(planned).cast("I")[1::3]


def depths(planned: bytes) -> Iterator[int]:
    """Of everything planned the depth below its family's root."""
    return (word >> 2 for word in memoryview(planned).cast("I")[2::3])


def heaviest_last(roots: list[int], children: list[list[int]]) -> None:
    """Put the child with most entries below it behind its siblings: their base need then not wait for it."""
    weights = [1] * len(children)
    for i, _, parent in reversed(list(depth_first(roots, children))):
        if parent >= 0:
            weights[parent] += weights[i]
    for some in children:
        if len(some) > 1:
            heaviest = max(range(len(some)), key=lambda k: (weights[some[k]], k))
            some.append(some.pop(heaviest))


def depth_first(roots: list[int], children: list[list[int]]) -> Iterator[tuple[int, int, int]]:
    """(entry, depth, parent or -1), depth first."""
    for root in roots:
        stack = [(root, 0, -1)]
        while stack:
            i, depth, parent = stack.pop()
            yield i, depth, parent
            stack += [(child, depth + 1, i) for child in reversed(children[i])]
