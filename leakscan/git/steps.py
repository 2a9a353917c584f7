"""The order in which entries of packs are read: what a plan consists of.

A *step* is 32 bytes, struct "=QQIIII": where in the pack an entry's compressed bytes start; how many they inflate to; the
object's position in the index; how many compressed bytes there are at most; the depth below its family's root; flags.
Steps are laid out depth first: the base of a step is the last one before it whose depth is one less.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STEP = struct.Struct("=QQIIII")
HAS_CHILDREN = 1  # some step rests on this one
LAST_CHILD = 2  # no later step rests on this one's base
_PART = 1 << 14  # steps that are looked at together
LARGEST = 512 * 1024 * 1024  # bytes: nothing larger is unpacked, not even to make something smaller from it


def batches(steps: bytes, size: int) -> Iterator[bytes]:
    """Steps cut between families, so that each part inflates to about `size` bytes."""
    start = held = 0
    view = memoryview(steps)
    for number, (_, inflated, _, _, depth, _) in enumerate(STEP.iter_unpack(steps)):
        if held >= size and not depth:
            yield bytes(view[start * STEP.size : number * STEP.size])
            start, held = number, 0
        held += inflated
    if start * STEP.size < len(steps):
        yield bytes(view[start * STEP.size :])


def column(steps: bytes, code: Literal["Q", "I"], number: int) -> Sequence[int]:
    """One field of every step: "Q" 0 and 1 are data and size; "I" 4 to 7 are index, span, depth and flags."""
    width = 4 if code == "Q" else 8
    return memoryview(steps).cast(code)[number::width].tolist()


def total(steps: bytes, code: Literal["Q", "I"], number: int) -> int:
    """The sum of one field, without a list of millions."""
    size = STEP.size * _PART
    return sum(sum(column(steps[at : at + size], code, number)) for at in range(0, len(steps), size))


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
