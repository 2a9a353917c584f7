"""What the kernel takes for bytes, read and never kept; and the numbers that are packed in it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mmap import mmap

Buffer: TypeAlias = "bytes | bytearray | memoryview | mmap"


def native(code: str, data: Buffer) -> tuple[int, ...]:
    """All of `data` as native numbers of the `struct` format `code`. Raises struct.error where a part of one is left."""
    return struct.unpack(f"={len(data) // struct.calcsize('=' + code)}{code}", data)
