"""What `_introduced.h` does, in Python: what comes with a tree that others do not have."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from leakscan.git.buffer import Buffer, native
from leakscan.git.tree_items import MOST, TREE_ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


Came: TypeAlias = tuple[int, bytes, int]  # an item without its name; its path; the step


def introduced(ends: Buffer, items: Buffer, names: list[bytes], steps: Buffer, seed: int) -> list[Came]:
    """What is in a pruned tree and, at the same path, in none of some others.

    The pruned trees are `ends`, `items` and `names`, as `pruned` gives them. A step is 32-bit numbers: a tree, how many
    others, and which. Each thing comes once for a path, with the number of the first step that it came in. In no order.
    """
    trees = opened(ends, items, len(names))
    numbers = native("I", steps)
    found: dict[tuple[int, bytes], int] = {}
    at = step = 0
    while at < len(numbers):
        if len(numbers) - at < 2:
            raise ValueError("malformed")
        tree, count = numbers[at : at + 2]
        others = numbers[at + 2 : at + 2 + count]
        if len(others) < count or max((tree, *others)) >= len(trees):
            raise ValueError("malformed")
        at += 2 + count
        for what, path in _added(trees, names, tree, others):
            found.setdefault((what, path), step)
        step += 1
    return [(what, path, step) for (what, path), step in found.items()]


def opened(ends: Buffer, items: Buffer, n_names: int) -> list[tuple[int, ...]]:
    """The items of every pruned tree. ValueError: malformed."""
    all_items = native("Q", items)
    bounds = native("Q", ends)
    if not bounds or bounds[0] or bounds[-1] != len(all_items) or any(a > b for a, b in pairwise(bounds)):
        raise ValueError("malformed")
    trees = [(), *(all_items[a:b] for a, b in pairwise(bounds))]
    for number, tree in enumerate(trees):
        for item in tree:
            if item >> 32 >= n_names or (item & 3 == TREE_ITEM and item >> 2 & MOST >= number):
                raise ValueError("malformed")
        if any(a > b for a, b in pairwise(tree)):
            raise ValueError("malformed")
    return trees


def _added(
    trees: Sequence[tuple[int, ...]], names: Sequence[bytes], tree: int, others: Sequence[int]
) -> Iterator[tuple[int, bytes]]:
    stack = [(b"", tree, others)]
    while stack:  # no recursion: trees can be deep
        prefix, tree, others = stack.pop()
        held = {item for other in others for item in trees[other]}
        for item in trees[tree]:
            if item in held:
                continue
            held.add(item)
            path = prefix + names[item >> 32]
            if item & 3 != TREE_ITEM:
                yield item & 0xFFFFFFFF, path
                continue
            below = [
                one >> 2 & MOST
                for other in others
                for one in _named(trees[other], item >> 32)
                if one & 3 == TREE_ITEM
            ]
            stack.append((path + b"/", item >> 2 & MOST, below))


def _named(tree: tuple[int, ...], name: int) -> tuple[int, ...]:
    return tree[bisect_left(tree, name << 32) : bisect_left(tree, name + 1 << 32)]
