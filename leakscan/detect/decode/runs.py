"""Base64, standard and URL-safe, padded or not, in one line or wrapped; and hexadecimal digits (RFC 4648)."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, a2b_hex
from typing import TYPE_CHECKING

from .payload import LARGEST, LEAST, payload
from .view import Reach

if TYPE_CHECKING:
    from .payload import Payload

_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
ALPHABET = frozenset(_CHARACTERS)
_TOO_LONG = f"more than {LARGEST >> 20} MiB of it in one"
_LINE = 40  # characters that the lines of wrapped base64 have at least
_INDENT = 82  # a line break, and the bytes that may stand in front of the next line
_RUN = re.compile(rb"[0-9A-Za-z+/_-]+")
_BREAKS = rb"\\?\r?\n[ \t]{0,80}|\\r\\n|\\n|[\"'][ \t]?[+.&\\]?[ \t]?\r?\n[ \t]{0,80}[\"']"
_BREAK = re.compile(_BREAKS)
_LINE_BEFORE = re.compile(rb"[0-9A-Za-z+/_-]{%d}(?:%s)\Z" % (_LINE, _BREAKS))
_PADDED = re.compile(rb"(?:=|%3[dD]|\\u003[dD]){1,2}\Z")
_PADDING = re.compile(rb"(?:=|%3[dD]|\\u003[dD]){0,2}")
_NO_BREAKS = bytes.maketrans(b"-_", b"+/")
_HEX_DIGIT = re.compile(rb"[0-9A-Fa-f]")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})++")


def is_start(text: bytes, start: int) -> bool:
    """Whether base64 that begins at `start` is not the rest of something longer, on the line or on the one before."""
    if start > 0 and text[start - 1] in ALPHABET:
        return False
    line = text.rfind(b"\n", max(0, start - _INDENT), start)
    if line < 0 or text[line + 1 : start].strip(b" \t\"'"):
        return True  # it begins no line
    return _LINE_BEFORE.search(text, max(0, start - _LINE - 90), start) is None


def run(text: bytes, start: int) -> Reach:
    """The base64 that begins at `start`: with its padding, and with all the lines that it is wrapped into."""
    end = start
    limit = start + LARGEST
    at = start
    width = 0
    while at < limit:
        found = _RUN.match(text, at, limit)
        if found is None:
            break
        size = found.end() - at
        if width and (size > width or not _ends(text, found.end())):
            break  # not a line of the same kind
        end = found.end()
        broken = _BREAK.match(text, end)
        if broken is None or size < (width or _LINE):
            break
        width, at = size, broken.end()
    if end >= limit:
        return Reach(start, end, _TOO_LONG)
    padding = _PADDING.match(text, end)
    return Reach(start, padding.end() if padding else end)


def _ends(text: bytes, at: int) -> bool:
    """Whether a line of base64 may end at `at`."""
    return text[at : at + 1] in b"\r\n\"'=`<\\" or at == len(text)


def decode(encoded: bytes, least: int = LEAST) -> Payload | None:
    """What base64 says that may be padded and wrapped."""
    if not encoded.isalnum():
        encoded = _PADDED.sub(b"", encoded)
        encoded = b"".join(_RUN.findall(_BREAK.sub(b" ", encoded)))
    return payload(base64(encoded), least)


def base64(encoded: bytes) -> bytes:
    """The bytes behind base64 characters of either alphabet, without padding; what is cut off of the last group is lost."""
    encoded = encoded.translate(_NO_BREAKS)
    if len(encoded) % 4 == 1:
        encoded = encoded[:-1]
    try:
        return a2b_base64(encoded + b"=" * (-len(encoded) % 4))
    except Error:
        return b""


def is_hex_start(text: bytes, start: int) -> bool:
    """Whether hexadecimal digits that begin at `start` are not the rest of a longer number."""
    return start == 0 or _HEX_DIGIT.match(text, start - 1) is None


def hex_run(text: bytes, start: int) -> Reach:
    """The pairs of hexadecimal digits that begin at `start`."""
    found = _HEX.match(text, start, start + LARGEST)
    end = found.end() if found else start
    return Reach(start, end, _TOO_LONG if end >= start + LARGEST else "")


def decode_hex(digits: bytes) -> Payload | None:
    """What pairs of hexadecimal digits say."""
    return payload(a2b_hex(digits))
