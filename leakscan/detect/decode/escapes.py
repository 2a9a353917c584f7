"""Percent-encoding (RFC 3986) and escapes of characters: \\u0041, \\x41, &#65; and the short ones beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .view import Builder

if TYPE_CHECKING:
    from .view import View

BEFORE, BEHIND = 700, 1400
"""Bytes on either side of an escape that belong to one stretch at most: all of 100 characters may be escaped."""

_SHORT = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"/": b"/", b'"': b'"', b"'": b"'", b"\\": b"\\",
}  # fmt: skip
_NAMED = {
    b"quot": b'"',
    b"amp": b"&",
    b"lt": b"<",
    b"gt": b">",
    b"apos": b"'",
    b"equals": b"=",
    b"colon": b":",
}
_PERCENT = re.compile(rb"%([2-7][0-9A-Fa-f]|0[9AaDd])")
_ESCAPE = re.compile(
    rb"\\{1,2}(?:u00([0-7][0-9A-Fa-f])|x([0-7][0-9A-Fa-f])|u\{0{0,4}([0-7][0-9A-Fa-f])\})|\\([nrt/\"'\\])"
    rb"|&#(?:[xX]0{0,3}([0-7]?[0-9A-Fa-f])|0{0,3}([0-9]{1,3}));|&(quot|amp|lt|gt|apos|equals|colon);"
)
_STRETCH = {
    "percent": re.compile(rb"[^\s\"'<>`\\{}|^]*"),
    "escape": re.compile(rb"(?:\\[^\s]|[^\s\"'<>`\\])*"),
}
_BACK = {"percent": re.compile(rb"[^\s\"'<>`\\{}|^]*"), "escape": re.compile(rb"[^\s\"'<>`]*")}
_TOKEN = re.compile(rb"[0-9A-Za-z_+/=.~-]{16}")


def stretch(kind: str, text: bytes, at: int) -> tuple[int, int]:
    """What belongs to the escape that ends at `at` or near: up to white space and quotes, but for escaped ones."""
    back = _BACK[kind].match(text[max(0, at - BEFORE) : at][::-1])
    start = at - back.end() if back else at
    reach = _STRETCH[kind].match(text, start, start + BEFORE + BEHIND)
    return start, max(at, reach.end()) if reach else at


def decode(kind: str, text: bytes, start: int, end: int, context: tuple[int, int]) -> View | None:
    """`text[start:end]` with its escapes undone, and the context; None where it holds nothing like a token."""
    builder = Builder(text)
    pattern, undo = (_PERCENT, _unquoted) if kind == "percent" else (_ESCAPE, _unescaped)
    at = builder_start = context[0]
    plain: list[bytes] = []
    for found in pattern.finditer(text, start, end):
        builder.plain(at, found.start())
        char = undo(found)
        builder.decoded(char, *found.span())
        plain += (text[max(at, start) : found.start()], char)
        at = found.end()
    if at == builder_start:
        return None
    plain.append(text[at:end])
    if not _TOKEN.search(b"".join(plain)):
        return None
    builder.plain(at, context[1])
    return builder.view(kind)


def _unquoted(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode())


def _unescaped(found: re.Match[bytes]) -> bytes:
    digits = found[1] or found[2] or found[3] or found[5]
    if digits:
        return bytes((int(digits, 16),))
    if found[4]:
        return _SHORT[found[4]]
    if found[6]:
        return bytes((int(found[6]) & 0x7F,))
    return _NAMED[found[7]]
