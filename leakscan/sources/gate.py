"""The one gate that decides size, binary and encoding, for every source alike."""

from __future__ import annotations

from typing import Literal

DEFAULT_MAX_SIZE = 100 * 1024 * 1024
LOOKED_AT = 8000  # bytes; what git looks at for its own decision (buffer_is_binary in xdiff-interface.c)

Refusal = Literal["binary", "too-large"]

_MARKED: dict[bytes, Literal["utf-16-le", "utf-16-be"]] = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def admit(raw: bytes, max_size: int = DEFAULT_MAX_SIZE) -> bytes | Refusal:
    """Text bytes to scan, or why there are none.

    `raw` is whole content; `max_size` is in bytes and inclusive. Binary is what has a NUL in its first 8000
    bytes, unless it is UTF-16 (with or without a byte order mark): that comes back as UTF-8 without the mark.
    Everything else (UTF-8 with or without a mark, Latin-1, any ASCII superset) comes back as the same object.
    """
    if len(raw) > max_size:
        return "too-large"
    if raw.find(b"\0", 0, LOOKED_AT) < 0 and raw[:2] not in _MARKED:
        return raw
    return _wide(raw)


def encoding(raw: bytes) -> Literal["utf-16-le", "utf-16-be"] | None:
    """How wide text is encoded; None for text of bytes and for what is binary."""
    marked = _MARKED.get(raw[:2])
    if marked:
        # UTF-32-LE opens with the same mark and a NUL character; so does no text.
        return None if raw[2:4] == b"\0\0" else marked
    head = raw[: LOOKED_AT & ~1]
    head = head[: len(head) & ~1]
    if b"\0" not in head:
        return None
    # Text in most scripts has spaces, digits and line ends, whose other byte is NUL, all on the same side.
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd and not even:
        guess: Literal["utf-16-le", "utf-16-be"] = "utf-16-le"
    elif even and not odd:
        guess = "utf-16-be"
    else:
        return None
    text = head.decode(guess, "replace")
    # Binary data hits unassigned and control characters at once; text has next to none.
    odd_ones = sum(not (c.isprintable() or c in "\t\n\r\f\v\ufeff") for c in text)
    share = max(even, odd) / (len(head) // 2)
    return guess if share >= 0.05 and odd_ones * 100 <= len(text) else None


def _wide(raw: bytes) -> bytes | Literal["binary"]:
    wide = encoding(raw)
    if wide is None:
        # A mark of UTF-16 on what is no UTF-16: Latin-1 text that opens with those letters, if it has no NUL.
        return "binary" if raw.find(b"\0", 0, LOOKED_AT) >= 0 else raw
    text = raw.decode(wide, "replace")
    if text.startswith("\ufeff"):
        text = text[1:]
    return text.encode("utf-8", "replace")
