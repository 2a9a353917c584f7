"""What `_inflate.h` does, in Python: a zlib stream (RFC 1950) out of a pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leakscan.git.buffer import Buffer

_PIECE = 1 << 16  # bytes that are inflated at once


def inflate(data: Buffer, start: int, size: int, partial: bool = False) -> bytes:
    """The zlib stream at `start` of `data`, which must hold `size` bytes exactly; with `partial`, at least."""
    zlib = _fastest()
    inflater = zlib.decompressobj()
    out = bytearray()
    limit = size if partial else size + 1
    with memoryview(data) as view:
        end = len(view)
        step = min(size + 64, _PIECE)
        while not inflater.eof and len(out) < limit and start < end:
            piece: Any = view[start : start + step]
            start += step
            step = _PIECE
            while len(piece) and not inflater.eof and len(out) < limit:
                try:
                    out += inflater.decompress(piece, limit - len(out))
                except zlib.error as error:
                    raise ValueError("malformed") from error
                piece = inflater.unconsumed_tail
    if len(out) != size or not (partial or inflater.eof):
        raise ValueError("malformed")
    return bytes(out)


def _fastest() -> Any:
    """`zlib`, or a faster module that is used the same way."""
    try:
        from isal import isal_zlib
    except ImportError:
        import zlib

        return zlib
    return isal_zlib
