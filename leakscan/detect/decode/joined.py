"""String literals that stand one behind the other, with an operator between them or without, and lines that go on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .view import Builder

if TYPE_CHECKING:
    from .view import View

PARTS = 64
"""Literals that are joined at most."""

_LENGTH = 400  # bytes of a literal at most
_GAP = 90  # bytes between two literals at most
_TOKEN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
_QUOTES = frozenset(b"\"'")
_JOIN = re.compile(
    rb"[\"'][ \t]{0,8}(?:[+.&][ \t]{0,8})?(?:[\\_][ \t]?)?(?:\r?\n[ \t]{0,60})?(?:[+.&][ \t]{0,8})?(?=[\"'])"
)
_BEFORE = re.compile(
    rb"[\"'][ \t]{0,8}(?:[+.&][ \t]{0,8})?(?:[\\_][ \t]?)?(?:\r?\n[ \t]{0,60})?(?:[+.&][ \t]{0,8})?\Z"
)
_CONTENT = {quote: re.compile(rb"(?:[^%c\\\r\n]|\\[^\r\n])*" % quote) for quote in _QUOTES}
_CONTINUED = re.compile(rb"(?:[^\s\"'\\]|\\\r?\n|\\[^\s])*")
_CONTINUES = re.compile(rb"\\\r?\n")
_START = re.compile(rb"[^\s\"'\\]*")


def stretch(text: bytes, at: int) -> tuple[int, int] | None:
    """From the first to the last quote of the literals around the join that a mark ending at `at` saw.

    None where what is joined does not look like two parts of a token.
    """
    opening = max(text.rfind(b'"', at - 11, at), text.rfind(b"'", at - 11, at))
    closing = _closing(text, opening)
    if closing is None or closing < 2 or text[closing - 1] not in _TOKEN or text[closing - 2] == 0x5C:
        return None
    start = opening
    for _ in range(PARTS):
        closing = _closing(text, start)
        if closing is None:
            break
        first = text.rfind(text[closing : closing + 1], max(0, closing - _LENGTH), closing)
        if first < 0 or b"\n" in text[first:closing]:
            break
        start = first
    end = opening
    for _ in range(PARTS):
        end = _CONTENT[text[end]].match(text, end + 1, end + 1 + _LENGTH).end()  # type: ignore[union-attr]
        join = _JOIN.match(text, end)
        if join is None:
            break
        end = join.end()
    return start, min(len(text), end + 1)


def _closing(text: bytes, opening: int) -> int | None:
    """Where the literal ends that is joined to the one that begins at `opening`."""
    low = max(0, opening - _GAP)
    gap = text[low:opening].rstrip(b" \t\r\n+.&\\_")
    if len(gap) < 2 or gap[-1] not in _QUOTES:
        return None
    closing = low + len(gap) - 1
    return closing if _BEFORE.fullmatch(text, closing, opening) else None


def decode(text: bytes, start: int, end: int, context: tuple[int, int]) -> View:
    """The contents of the literals in `text[start:end]` as one, and the context."""
    builder = Builder(text)
    at = start
    low = context[0]
    while at < end:
        close = _CONTENT[text[at]].match(text, at + 1, end).end()  # type: ignore[union-attr]
        builder.plain(low, close)
        join = _JOIN.match(text, close, end)
        low = close
        if join is None:
            break
        at, low = join.end(), join.end() + 1
    builder.plain(low, context[1])
    return builder.view("concatenation")


def stretch_continued(text: bytes, at: int) -> tuple[int, int] | None:
    """What belongs to a word that goes on in the next line, behind a backslash that a mark ending at `at` saw."""
    broken = text.rfind(b"\\", 0, at - 8)
    if not broken or text[broken - 1] not in _TOKEN:
        return None
    start = broken - _START.match(text[max(0, broken - _LENGTH) : broken][::-1]).end()  # type: ignore[union-attr]
    end = _CONTINUED.match(text, start, start + PARTS * 100).end()  # type: ignore[union-attr]
    return start, max(at, end)


def decode_continued(text: bytes, start: int, end: int, context: tuple[int, int]) -> View:
    """`text[start:end]` as one line, and the context."""
    builder = Builder(text)
    at = context[0]
    for found in _CONTINUES.finditer(text, start, end):
        builder.plain(at, found.start())
        at = found.end()
    builder.plain(at, context[1])
    return builder.view("line continuation")
