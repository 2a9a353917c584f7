"""What `_lives.h` does, in Python: from when to when groups of things are in history."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

from leakscan.git.ancestry_twin import NONE, parents_of
from leakscan.git.buffer import Buffer, native
from leakscan.git.introduced_twin import opened
from leakscan.git.masks import members, union
from leakscan.git.tree_items import BLOB_ITEM, MOST, NAME_ITEM, TREE_ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


IN_HEAD, REACHABLE = 1, 2
HELD_BY_NOTHING = 2  # a rank

Commits: TypeAlias = "tuple[Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]"
Questions: TypeAlias = "tuple[Buffer, Buffer, Buffer, Buffer, Buffer]"


def lives(
    commits: Commits, questions: Questions, id_size: int, head: int, n_blobs: int, n_names: int, n_groups: int
) -> tuple[bytes, bytes, bytes, bytes]:
    """The life of every group.

    `commits` are, of all commits: `ends` and `parents` as `ancestry_twin` has them; a byte each: how well it is held, the
    lower the better, `HELD_BY_NOTHING` not at all; ids; a byte each: whether HEAD leads to it; times; and trees (32-bit
    numbers of pruned trees). `head` is HEAD's, or `NONE`. `questions` are: the pruned trees' `ends` and `items` (see
    `tree_items`), in which there are `n_blobs` and `n_names`; pairs of 32-bit numbers by their groups, what (the lower half
    of an item) and a group that it belongs to; such pairs of a commit and a group that its text belongs to; pairs of 32-bit
    numbers, the tips: 0 and a commit, or 1 and a pruned tree.

    Returns for each group the first commit (32-bit) that holds it while none of its parents does, by how it is held, time
    and id; the last of HEAD's, by time and id, that does not hold it while a parent does, unless HEAD holds it; a byte:
    `IN_HEAD` | `REACHABLE`; and pairs of 32-bit numbers, a tip and a group that it holds, in no order.
    """
    ends, parents, ranks, oids, of_head, times, here = map(bytes, commits)
    above = parents_of(ends, parents)
    trees = native("I", here)
    wanted, texts, tips = (_pairs(some) for some in questions[2:])
    size = len(above)
    when = native("q", times)
    if not (len(ranks) == len(of_head) == len(when) == len(trees) == size and len(oids) == size * id_size):
        raise ValueError("malformed")
    pruned = opened(questions[0], questions[1], n_names)
    limits = {BLOB_ITEM: n_blobs, NAME_ITEM: n_names, TREE_ITEM: 1 << 32}
    for what in (what & 0xFFFFFFFF for tree in pruned for what in tree):
        if what >> 2 >= limits.get(what & 3, 0):
            raise ValueError("malformed")
    if (head != NONE and head >= size) or any(tree >= len(pruned) for tree in trees):
        raise ValueError("malformed")
    if any(number >= (len(pruned) if kind else size) for kind, number in tips):
        raise ValueError("malformed")
    if any(what & 3 == TREE_ITEM or what >> 2 >= limits.get(what & 3, 0) for what, _ in wanted):
        raise ValueError("malformed")
    if any(commit >= size for commit, _ in texts):
        raise ValueError("malformed")
    for groups in ([group for _, group in some] for some in (wanted, texts)):
        if groups != sorted(groups) or max(groups, default=-1) >= n_groups:
            raise ValueError("malformed")
    by_tree = _by_tree(pruned, _bits(wanted))
    holds = [by_tree[tree] for tree in trees]
    _descend(holds, above, _bits(texts))
    keys = [(ranks[i], when[i], oids[i * id_size : (i + 1) * id_size]) for i in range(size)]
    introduced, removed = [NONE] * n_groups, [NONE] * n_groups
    for i in range(size):
        before = union(holds[parent] for parent in above[i])
        for group in members(holds[i] & ~before):
            if introduced[group] == NONE or keys[i] < keys[introduced[group]]:
                introduced[group] = i
        for group in members(before & ~holds[i]) if of_head[i] else ():
            if removed[group] == NONE or keys[i][1:] > keys[removed[group]][1:]:
                removed[group] = i
    in_head = holds[head] if head != NONE else 0
    reachable = union(bits for bits, rank in zip(holds, ranks, strict=True) if rank != HELD_BY_NOTHING)
    flags = bytes(
        (in_head >> group & 1) * IN_HEAD | (reachable >> group & 1) * REACHABLE for group in range(n_groups)
    )
    removed = [NONE if in_head >> group & 1 else i for group, i in enumerate(removed)]
    held = [
        number
        for tip, (kind, number) in enumerate(tips)
        for group in members((by_tree if kind else holds)[number])
        for number in (tip, group)
    ]
    return (
        struct.pack(f"={n_groups}I", *introduced),
        struct.pack(f"={n_groups}I", *removed),
        flags,
        struct.pack(f"={len(held)}I", *held),
    )


def _pairs(packed: Buffer) -> list[tuple[int, int]]:
    return list(struct.iter_unpack("=2I", bytes(packed)[: len(packed) // 8 * 8]))


def _bits(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for what, group in pairs:
        found[what] = found.get(what, 0) | 1 << group
    return found


def _by_tree(pruned: Sequence[Sequence[int]], wanted: dict[int, int]) -> list[int]:
    found: list[int] = []
    for items in pruned:
        found.append(
            union(
                found[item >> 2 & MOST] if item & 3 == TREE_ITEM else wanted.get(item & 0xFFFFFFFF, 0)
                for item in items
            )
        )
    return found


def _descend(holds: list[int], above: Sequence[Sequence[int]], texts: dict[int, int]) -> None:
    """What a commit's text is in is all that descends from it."""
    if not texts:
        return
    children: list[list[int]] = [[] for _ in holds]
    waiting = [len(some) for some in above]
    for i, some in enumerate(above):
        for parent in some:
            children[parent].append(i)
    order = [i for i, count in enumerate(waiting) if not count]
    brought = [texts.get(i, 0) for i in range(len(holds))]
    for i in order:  # grows while it is walked
        brought[i] |= union(brought[parent] for parent in above[i])
        for child in children[i]:
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    for i, bits in enumerate(brought):
        holds[i] |= bits
