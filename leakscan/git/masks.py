"""Sets of small numbers as the bits of an integer."""

from __future__ import annotations

from collections.abc import Iterable


def union(masks: Iterable[int]) -> int:
    """What is in any of them."""
    total = 0
    for mask in masks:
        total |= mask
    return total


def members(mask: int) -> list[int]:
    """The numbers in it, ascending."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
