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
    if raw.find(b"\0", 0, LOOKED_AT) < 0:
        return raw
    wide = encoding(raw)
    if wide is None:
        return "binary"
    return raw.decode(wide, "replace").removeprefix("\ufeff").encode("utf-8", "replace")


def encoding(raw: bytes) -> Literal["utf-16-le", "utf-16-be"] | None:
    """How wide text that has a NUL is encoded; None for what is binary."""
    marked = _MARKED.get(raw[:2])
    if marked:
        # UTF-32-LE opens with the same mark and a NUL character; so does no text.
        return None if raw[2:4] == b"\0\0" else marked
    head = raw[: min(len(raw), LOOKED_AT) & ~1]
    # The letters, spaces and line ends of most scripts' text have their NULs all on the same side.
    even, odd = head[::2].count(0), head[1::2].count(0)
    if bool(even) == bool(odd) or max(even, odd) * 5 < len(head):
        return None
    guess: Literal["utf-16-le", "utf-16-be"] = "utf-16-le" if odd else "utf-16-be"
    # Binary data hits control characters and unassigned ones at once; text has next to none.
    text = head.decode(guess, "replace")
    strange = sum(not (c.isprintable() or c.isspace() or c in "\ufeff\u00ad") for c in text)
    return guess if strange * 100 <= len(text) else None
