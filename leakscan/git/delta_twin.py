"""What `_delta.h` does, in Python: a delta applied to its base. https://git-scm.com/docs/gitformat-pack"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from leakscan.git.header import varint
from leakscan.git.inflate_twin import inflate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.buffer import Buffer

_MAX = 0xFFFFFFFF


def delta(
    base: Buffer, delta: Buffer, context: int, limit: int
) -> tuple[bytes, bytes, tuple[tuple[int, int], ...]]:
    """A delta applied to its base: the target, what is copied, and what is new.

    Copies are triples of native 32-bit numbers (base_start, start, length), in the order of `start`; those that follow one
    another in both texts are one. The windows (half-open, sorted, disjoint) hold every byte of the target within `context`
    bytes of one that is not copied, or of a seam: where two copies meet that do not follow one another in the base, and
    where the target starts or ends otherwise than the base does.
    """
    base, patch = bytes(base), bytes(delta)
    expected, at = varint(patch, 0)
    if expected != len(base):
        raise ValueError("malformed")
    size, at = varint(patch, at)
    if size > limit or size > _MAX or len(base) > _MAX:
        raise OverflowError("larger than the limit")
    out = bytearray()
    copies: list[list[int]] = []
    while at < len(patch):
        op = patch[at]
        at += 1
        if op & 128:
            start, length, at = _copy(op, patch, at)
            if start + length > len(base) or length > size - len(out):
                raise ValueError("malformed")
            last = copies[-1] if copies else None
            if last and last[0] + last[2] == start and last[1] + last[2] == len(out):
                last[2] += length
            else:
                copies.append([start, len(out), length])
            out += base[start : start + length]
        else:
            if not op or len(patch) - at < op or size - len(out) < op:
                raise ValueError("malformed")
            out += patch[at : at + op]
            at += op
    if len(out) != size:
        raise ValueError("malformed")
    packed = struct.pack(f"={3 * len(copies)}I", *(n for copy in copies for n in copy))
    return bytes(out), packed, _windows(copies, len(base), size, context & _MAX)


def unpack(
    pack: Buffer, start: int, size: int, base: Buffer, context: int, limit: int
) -> tuple[bytes, bytes, tuple[tuple[int, int], ...]]:
    """As `delta`, for the delta that is compressed at `start` of `pack` and inflates to `size` bytes."""
    if size > limit:
        raise OverflowError("larger than the limit")
    return delta(base, inflate(pack, start, size), context, limit)


def _copy(op: int, patch: bytes, at: int) -> tuple[int, int, int]:
    values = [0, 0]
    for i in range(7):
        if op >> i & 1:
            if at == len(patch):
                raise ValueError("malformed")
            values[i >= 4] |= patch[at] << 8 * (i - 4 if i >= 4 else i)
            at += 1
    return values[0], values[1] or 0x10000, at


def _windows(
    copies: Sequence[Sequence[int]], base_size: int, size: int, context: int
) -> tuple[tuple[int, int], ...]:
    windows: list[tuple[int, int]] = []

    def add(start: int, end: int) -> None:
        start, end = max(0, start - context), min(size, end + context)
        if start < end:
            if windows and start <= windows[-1][1]:
                start = windows.pop()[0]
            windows.append((start, end))

    at = in_base = 0
    for base_start, start, length in copies:
        if start != at or base_start != in_base:
            add(at, start)
        at, in_base = start + length, base_start + length
    if at != size or in_base != base_size:
        add(at, size)
    return tuple(windows)
