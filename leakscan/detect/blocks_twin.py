"""Which parts of a text have been seen before: `_blocks.c` in Python.

A text is cut into blocks behind lines that its own content chooses (as in "A Low-bandwidth Network File System",
Muthitacharoen et al., 2001), so that what two texts share is cut alike in both. A block is known by its hash and those of
the blocks before it that cover `reach` bytes: what ends in it, and is no longer than `reach`, is then the same wherever the
block is met again.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from leakscan.detect import windows_twin
from leakscan.detect.cuts_twin import LARGEST, block_end, cut_before

if TYPE_CHECKING:
    from collections.abc import Sequence
    from mmap import mmap

PRIME = (1 << 61) - 1
NOWHERE = (1 << 32) - 1
_SLOT = struct.Struct("=QI")
SLOT = _SLOT.size
SECRET = 8 + LARGEST
"""Bytes of the secret of a table: a point, and a word for each of a block."""
_PAIRS = struct.Struct("<2Q")
_WORD = 1 << 64


def look(
    text: bytes,
    windows: tuple[tuple[int, int], ...],
    reach: int,
    secret: bytes,
    table: bytearray | mmap,
    room: int,
) -> tuple[bytes, bytes, bytes, bytes, bytes, int]:
    """What is new in the windows (half-open, sorted, disjoint) of `text`, and what is known of the rest.

    `table` has open addressing and a power of two of slots, each a native key (64 bits, 0 where free) and a value (32 bits);
    `room` is how many more keys it may take. `secret`, random bytes that are `SECRET` in number, is one of this table.

    Returns the runs of new blocks, a line break behind each, and `reach` of them before a later one that begins where the
    text does, so that nothing is of two runs; and as packed native unsigned 32-bit numbers: the runs (from
    where to scan so that nothing that ends in them is missed, their start, their end, how many blocks); each new block (its
    end, its slot in the table or `NOWHERE`); each known block that has a value other than 0 (its start, the value); each
    block that repeats one that is new in this call (its start, the slot of that). And how much room is left.
    Raises ValueError where the numbers make no sense.
    """
    size = len(table) // SLOT
    if (
        not size or size & (size - 1) or not 0 <= room < size
        or not 0 <= reach <= LARGEST or len(secret) != SECRET
    ):  # fmt: skip
        raise ValueError("malformed")
    windows_twin.check(windows, len(text))
    point, *words = struct.unpack(f"={SECRET // 8}Q", secret)
    point %= PRIME
    runs: list[tuple[int, int, int, int]] = []
    blocks: list[tuple[int, int]] = []
    known: list[tuple[int, int]] = []
    again: list[tuple[int, int]] = []
    taken: set[int] = set()
    before: list[tuple[int, int]] = []  # hash and size of each block that has been passed
    at = origin = 0
    for start, end in windows:
        first = cut_before(text, start)
        first = cut_before(text, first - reach) if first > reach else 0
        if first > at or not before:  # otherwise an earlier window has come further
            at = origin = first
            before.clear()
        going = False
        while at < end:
            stop = block_end(text, at)
            hash = _hash(text[at:stop], point, words)
            if stop > start:
                key, covered = hash, 0
                for one, width in reversed(before):
                    if covered >= reach:
                        break
                    key, covered = (key * point + one) % PRIME, covered + width
                slot, fresh = NOWHERE, True
                if covered >= reach or not origin:
                    slot, fresh = _slot(table, key or 1, size)
                    if fresh and room:
                        room -= 1
                        _SLOT.pack_into(table, SLOT * slot, key or 1, 0)
                        taken.add(slot)
                    elif fresh:
                        slot = NOWHERE
                if fresh:
                    if going:
                        scan, low, _, count = runs.pop()
                    else:
                        scan, low, count = max(0, at - reach), at, 0
                    runs.append((scan, low, stop, count + 1))
                    blocks.append((stop, slot))
                elif slot in taken:
                    again.append((at, slot))
                elif value := _SLOT.unpack_from(table, SLOT * slot)[1]:
                    known.append((at, value))
                going = fresh
            before.append((hash, stop - at))
            at = stop
    gaps = [b"\n" * reach if number and not scan else b"" for number, (scan, *_) in enumerate(runs)]
    new = b"".join(gap + text[scan:end] + b"\n" for gap, (scan, _, end, _) in zip(gaps, runs, strict=True))
    return (
        new,
        _packed(runs, "=4I"),
        _packed(blocks, "=2I"),
        _packed(known, "=2I"),
        _packed(again, "=2I"),
        room,
    )


def _packed(rows: list[tuple[int, int, int, int]] | list[tuple[int, int]], form: str) -> bytes:
    return b"".join(struct.pack(form, *row) for row in rows)


def _hash(block: bytes, point: int, words: Sequence[int]) -> int:
    """NH: pairs of words of the block, each with one of the secret's added, multiplied; that and the size at `point`."""
    sum = 0
    for number, (low, high) in enumerate(_PAIRS.iter_unpack(block + bytes(-len(block) % _PAIRS.size))):
        one, other = words[2 * number : 2 * number + 2]
        sum += ((low + one) % _WORD) * ((high + other) % _WORD)
    sum %= _WORD**2
    hash = sum & ((1 << 60) - 1)
    hash = (hash * point + (sum >> 60 & ((1 << 60) - 1))) % PRIME
    return (hash * point + (sum >> 120 << 16 | len(block))) % PRIME


def _slot(table: bytearray | mmap, key: int, size: int) -> tuple[int, bool]:
    at = key & (size - 1)
    while (held := _SLOT.unpack_from(table, SLOT * at)[0]) != 0:
        if held == key:
            return at, False
        at = (at + 1) & (size - 1)
    return at, True
