"""What was hit in blocks, remembered and told again: `_block_hits.h` in Python.

A store is a sequence of native unsigned 32-bit numbers: for each block in which something was hit how many hits there are,
and of each the rule and how many bytes behind the block's start it ends. The value of a block is where in the store that
begins; the first number there is no block's, so that no value is 0.
"""

from __future__ import annotations

import struct
from operator import itemgetter
from typing import TYPE_CHECKING

from leakscan.detect.blocks_twin import NOWHERE, SLOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

_RUN = struct.Struct("=4I")
_PAIR = struct.Struct("=2I")
_NUMBER = struct.Struct("=I")


def hits(
    scanned: list[tuple[int, int]],
    answer: tuple[bytes, bytes, bytes, bytes],
    reach: int,
    table: bytearray | mmap,
    store: bytearray,
) -> list[tuple[int, int]]:
    """All hits (rule, end) of a text: those of its known blocks, and of its new ones, which go to the store.

    `scanned` are the hits in the joined runs, and `answer` the runs, the new blocks, the known ones and those that repeat
    new ones, all as `blocks_twin.look` gave them with the same `reach` and `table`. Raises ValueError where the numbers make
    no sense.
    """
    runs, new, known, again = answer
    if len(runs) % _RUN.size or len(new) % _PAIR.size or len(known) % _PAIR.size or len(again) % _PAIR.size:
        raise ValueError("malformed")
    found: list[tuple[int, int]] = []
    for at, value in _PAIR.iter_unpack(known):
        found += _told(store, at, value)
    found += _placed(scanned, runs, new, reach, table, store)
    for at, slot in _PAIR.iter_unpack(again):
        if slot >= len(table) // SLOT:
            raise ValueError("malformed")
        (value,) = _NUMBER.unpack_from(table, SLOT * slot + 8)
        if value:
            found += _told(store, at, value)
    return found


def _told(store: bytearray, at: int, value: int) -> Iterator[tuple[int, int]]:
    """The hits of the block that begins at `at` of the text."""
    begin = _NUMBER.size * (value + 1)
    count = _NUMBER.unpack_from(store, begin - _NUMBER.size)[0] if value > 0 and begin <= len(store) else -1
    if count < 0 or begin + _PAIR.size * count > len(store):
        raise ValueError("malformed")
    return (
        (rule, at + behind)
        for rule, behind in _PAIR.iter_unpack(bytes(store[begin : begin + _PAIR.size * count]))
    )


def _placed(
    scanned: list[tuple[int, int]],
    runs: bytes,
    new: bytes,
    reach: int,
    table: bytearray | mmap,
    store: bytearray,
) -> list[tuple[int, int]]:
    """Hits in the joined runs as hits in the text.

    None is of two runs: each begins `reach` bytes before what counts in it, or as many line breaks after the one before.
    """
    ordered = sorted(scanned, key=itemgetter(1, 0))
    blocks = list(_PAIR.iter_unpack(new))
    if sum(count for *_, count in _RUN.iter_unpack(runs)) != len(blocks):
        raise ValueError("malformed")
    found: list[tuple[int, int]] = []
    by_slot: dict[int, list[tuple[int, int]]] = {}
    at = first = done = 0
    for origin, low, high, count in _RUN.iter_unpack(runs):
        at += reach if at and not origin else 0
        shift = origin - at
        at += high - origin + 1
        number, start = done, low
        done += count
        while first < len(ordered) and ordered[first][1] < at:
            rule, end = ordered[first][0], ordered[first][1] + shift
            first += 1
            if not low < end <= high:
                continue
            while number < done and blocks[number][0] < end:
                start = blocks[number][0]
                number += 1
            if number == done:
                raise ValueError("malformed")
            found.append((rule, end))
            slot = blocks[number][1]
            if slot != NOWHERE:
                if slot >= len(table) // SLOT:
                    raise ValueError("malformed")
                by_slot.setdefault(slot, []).append((rule, end - start))
    for slot, some in by_slot.items():
        _NUMBER.pack_into(table, SLOT * slot + 8, len(store) // _NUMBER.size)
        store += _NUMBER.pack(len(some)) + b"".join(_PAIR.pack(*hit) for hit in some)
    return found
