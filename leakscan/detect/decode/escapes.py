"""Percent-encoding (RFC 3986) and escapes of characters: \\u0041, \\x41, \\101, &#65; and the short ones beside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .payload import LARGEST
from .view import Builder, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .view import View

_TOO_LONG = f"more than {LARGEST >> 20} MiB of it in one word"
_FIRST = 1 << 10  # bytes before an escape in which a word mostly begins
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
_ESCAPES = {
    "percent": re.compile(rb"%([2-7][0-9A-Fa-f]|0[9AaDd])"),
    "escape": re.compile(
        rb"\\{1,2}(?:u00([0-7][0-9A-Fa-f])|x([0-7][0-9A-Fa-f])|u\{0{0,4}([0-7][0-9A-Fa-f])\}|([01][0-7]{2}))"
        rb"|\\([nrt/\"'\\])"
        rb"|&#(?:[xX]0{0,3}([0-7]?[0-9A-Fa-f])|0{0,3}([0-9]{1,3}));|&(quot|amp|lt|gt|apos|equals|colon);"
    ),
}
_WORD = {
    "percent": re.compile(rb"[^\s\"'<>`\\{}|^]*+"),
    "escape": re.compile(rb"(?:[^\s\"'<>`\\]++|\\[^\s])*+"),
}
_BACK = {"percent": re.compile(rb"[^\s\"'<>`\\{}|^]*+"), "escape": re.compile(rb"[^\s\"'<>`]*+")}
_SHORT_ENOUGH = (
    1 << 14
)  # bytes of a word that is undone as a whole; of a longer one it is what lies around tokens
_AROUND = 1 << 10  # bytes on either side of one that is undone with it
_TOKEN = re.compile(rb"[0-9A-Za-z_+/=.~-]{16}")
_CODES = rb"(?:2[BbD-Fd-f]|3[0-9Dd]|[46][1-9A-Fa-f]|5[0-9AaFf]|7[0-9AaEe])"  # of what tokens consist of
# Where anything may say a token. Looking for one so is a hundred times as fast as undoing the escapes of binary data; and
# what goes on from the byte before is looked at from there.
_MAYBE = {
    "percent": re.compile(rb"(?<![0-9A-Za-z_+/=.~-])(?:[0-9A-Za-z_+/=.~-]|%%%b){16}" % _CODES),
    "escape": re.compile(
        rb"(?<![0-9A-Za-z_+/=.~-])(?:[0-9A-Za-z_+/=.~-]|\\{1,2}(?:(?:u00|x|u\{0{0,4})%b\}?|[01][0-7]{2}|/)"
        rb"|&#(?:[xX]0{0,3}%b|0{0,3}[0-9]{2,3});|&equals;){16}" % (_CODES, _CODES)
    ),
}


def stretch(kind: str, text: bytes, at: int) -> Reach:
    """The word that the escape ending at `at` or near belongs to: up to white space and quotes, but for escaped ones."""
    start = _start(kind, text, at)
    reach = _WORD[kind].match(text, start, start + LARGEST)
    end = max(at, reach.end() if reach else at)
    return Reach(start, end, _TOO_LONG if end - start >= LARGEST else "")


def _start(kind: str, text: bytes, at: int) -> int:
    size = _FIRST
    while True:
        low = max(0, at - size)
        back = _BACK[kind].match(text[low:at][::-1])
        start = at - back.end() if back else at
        if start > low or not low or size >= LARGEST:
            return start
        size *= 16


def decode(kind: str, text: bytes, start: int, end: int, context: tuple[int, int]) -> View | None:
    """`text[start:end]` with its escapes undone, and the context; None where it holds nothing like a token."""
    parts = list(_parts(kind, text, start, end))
    if not parts:
        return None
    builder = Builder(text)
    undo = _unquoted if kind == "percent" else _unescaped
    at = builder_start = context[0]
    plain: list[bytes] = []
    for low, high in parts:
        for found in _ESCAPES[kind].finditer(text, low, high):
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


def _parts(kind: str, text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What of `text[start:end]` has to be undone: all where it may hold a token; where it is long, as binary data in
    source code are, what lies around these. In order and apart."""
    if end - start <= _SHORT_ENOUGH:
        if _MAYBE[kind].search(text, start, end):
            yield start, end
        return
    low = high = start
    for found in _MAYBE[kind].finditer(text, start, end):
        if found.start() - _AROUND > high:
            if high > low:
                yield low, high
            low = found.start() - _AROUND
        high = min(end, found.end() + _AROUND)
    if high > low:
        yield low, high


def _unquoted(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode())


def _unescaped(found: re.Match[bytes]) -> bytes:
    digits = found[1] or found[2] or found[3] or found[6]
    if digits:
        return bytes((int(digits, 16),))
    if found[4]:
        return bytes((int(found[4], 8),))
    if found[5]:
        return _SHORT[found[5]]
    if found[7]:
        return chr(int(found[7])).encode()
    return _NAMED[found[8]]
