"""What decoded bytes say: text, UTF-16, or gzip, of bounded size."""

from __future__ import annotations

import re
import zlib

from leakscan.model.record import NamedTuple

LARGEST = 8 << 20
"""Bytes: of something encoded no more than this is decoded, and of something compressed no more comes out."""

RATIO = 200
"""How many times its own size something compressed may give (and `_FREE` bytes in any case)."""

_FREE = 1 << 16
_BOMB = f"gzip of more than {RATIO} times its own size, or than {LARGEST >> 20} MiB"
LEAST = 12  # bytes of text that are worth a look
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
GZIP = b"\x1f\x8b\x08"  # RFC 1952


class Payload(NamedTuple):
    """Text as UTF-8 (any ASCII superset), how it was wrapped beside the encoding that was undone ("", `gzip`, …), and what
    bound it was cut off at, if any."""

    text: bytes
    wrapping: str
    bound: str = ""


def payload(raw: bytes, least: int = LEAST) -> Payload | None:
    """What `raw` says, as far as it is text from its beginning on; None where that is less than `least` bytes."""
    if raw.startswith(GZIP):
        unpacked, cut = inflate(raw)
        text = _text(unpacked, least)
        return Payload(text, "gzip", _BOMB if cut else "") if text else None
    if len(raw) >= 4 and raw[1] == 0 and raw[0] and raw[3] == 0:
        try:
            text = _text(
                raw[: len(raw) & ~1].decode("utf-16-le", "replace").removeprefix("\ufeff").encode(), least
            )
        except UnicodeEncodeError:  # a lone surrogate
            return None
        return Payload(text, "utf-16") if text else None
    text = _text(raw, least)
    return Payload(text, "") if text else None


def inflate(raw: bytes) -> tuple[bytes, bool]:
    """What is in a gzip file, as far as it can be read, and whether the bounds kept the rest back."""
    limit = min(LARGEST, max(_FREE, RATIO * len(raw)))
    out = b""
    while raw.startswith(GZIP):  # it may have several members
        if len(out) >= limit:
            return out, True
        member = zlib.decompressobj(31)
        try:
            out += member.decompress(raw, limit - len(out))
        except zlib.error:
            break
        if not member.eof:
            return out, len(out) >= limit
        raw = member.unused_data
    return out, False


def _text(raw: bytes, least: int) -> bytes:
    found = _CONTROL.search(raw)
    text = raw[: found.start()] if found else raw
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError as error:
            text = text[: error.start]
    return text if len(text) >= least else b""
