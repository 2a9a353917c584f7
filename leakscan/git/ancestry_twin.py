"""What `_ancestry.h` does, in Python: whose child each commit is, and which are above some."""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from typing import TYPE_CHECKING

from leakscan.git.buffer import Buffer, native

if TYPE_CHECKING:
    from collections.abc import Sequence


NONE = 0xFFFFFFFF
"""No number."""

_MOST = (1 << 63) - 1
_ROW = {n: re.compile(rb"([0-9a-f]{%d}) ([^ ]*) (-?[0-9]+) (.*)" % (2 * n), re.DOTALL) for n in (20, 32)}


def ancestry(rows: Buffer, id_size: int, seed: int) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """Commits by number, from rows as `commits_twin` gives them; of one that is told again only the first counts.

    Returns ids and ids of trees (zeros for what is none), each one behind the other; times (signed 64-bit seconds, no more
    than that holds); and the parents that are there, each once: where those of each commit end among all, and all (32-bit
    numbers of commits). `seed` keys hashes.
    """
    del seed
    if id_size not in (20, 32):
        raise ValueError("malformed")
    found: dict[bytes, tuple[bytes, int, list[bytes]]] = {}
    *lines, last = bytes(rows).split(b"\n")
    for line in lines:
        row = _ROW[id_size].fullmatch(line)
        if row is None:
            raise ValueError("malformed")
        oid, tree, time, parents = row.groups()
        seconds = max(-_MOST, min(int(time), _MOST))
        found.setdefault(_id(oid, id_size), (_id(tree, id_size), seconds, parents.split(b" ")))
    if last:
        raise ValueError("malformed")
    number = {oid: i for i, oid in enumerate(found)}
    above = [
        list(
            dict.fromkeys(
                number[raw]
                for oid in parents
                if len(oid) == 2 * id_size and (raw := _id(oid, id_size)) in number
            )
        )
        for _, _, parents in found.values()
    ]
    ends = [0]
    for some in above:
        ends.append(ends[-1] + len(some))
    joined = [parent for some in above for parent in some]
    return (
        b"".join(found),
        b"".join(tree for tree, _, _ in found.values()),
        struct.pack(f"={len(found)}q", *(time for _, time, _ in found.values())),
        struct.pack(f"={len(found)}I", *ends[1:]),
        struct.pack(f"={len(joined)}I", *joined),
    )


def numbered(oids: Buffer, asked: Buffer, id_size: int, seed: int) -> bytes:
    """The numbers (32-bit) that some ids have among others; `NONE` for those that are not there. `seed` keys hashes."""
    del seed
    if id_size not in (20, 32):
        raise ValueError("malformed")
    number = {oid: i for i, oid in enumerate(_ids(oids, id_size))}
    found = [number.get(oid, NONE) for oid in _ids(asked, id_size)]
    return struct.pack(f"={len(found)}I", *found)


def ancestors(ends: Buffer, parents: Buffer, tips: Buffer) -> bytes:
    """For each commit a byte: whether it is one of `tips` (32-bit numbers) or above one."""
    above = parents_of(ends, parents)
    seen = bytearray(len(above))
    todo = list(native("I", tips))
    if any(tip >= len(above) for tip in todo):
        raise ValueError("malformed")
    while todo:
        i = todo.pop()
        if not seen[i]:
            seen[i] = 1
            todo += above[i]
    return bytes(seen)


def changed(ends: Buffer, parents: Buffer, here: Buffer) -> bytes:
    """The commits (32-bit numbers) whose tree is not that of every parent, or is one (not 0), where there is no parent.

    `here` are the trees of all commits, 32-bit numbers.
    """
    above = parents_of(ends, parents)
    trees = native("I", here)
    if len(trees) != len(above):
        raise ValueError("malformed")
    found = [
        i
        for i, some in enumerate(above)
        if (any(trees[parent] != trees[i] for parent in some) if some else trees[i])
    ]
    return struct.pack(f"={len(found)}I", *found)


def parents_of(ends: Buffer, parents: Buffer) -> list[Sequence[int]]:
    """The parents of each commit."""
    joined = native("I", parents)
    bounds = (0, *native("I", ends))
    if bounds[-1] != len(joined) or any(a > b for a, b in pairwise(bounds)):
        raise ValueError("malformed")
    if any(parent >= len(bounds) - 1 for parent in joined):
        raise ValueError("malformed")
    return [joined[a:b] for a, b in pairwise(bounds)]


def _id(digits: bytes, size: int) -> bytes:
    """An id from hexadecimal digits; zeros where there are not as many as one has."""
    if len(digits) != 2 * size:
        return bytes(size)
    if not re.fullmatch(b"[0-9a-f]*", digits):
        raise ValueError("malformed")
    return bytes.fromhex(digits.decode("ascii"))


def _ids(packed: Buffer, size: int) -> list[bytes]:
    raw = bytes(packed)
    return [raw[at : at + size] for at in range(0, len(raw) - size + 1, size)]
