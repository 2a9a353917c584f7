"""String literals that stand one behind the other, with an operator between them or without, and lines that go on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .payload import LARGEST
from .view import Builder, Reach

if TYPE_CHECKING:
    from .view import View

_LENGTH = 4096  # bytes of a literal at most
_LONG = f"a literal of more than {_LENGTH} bytes"
_MANY = f"more than {LARGEST >> 20} MiB of it in one"
_GAP = 90  # bytes between two literals at most
_TOKEN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
_QUOTES = frozenset(b"\"'")
_JOIN = re.compile(
    rb"[\"'][ \t]{0,8}(?:[+.&][ \t]{0,8})?(?:[\\_][ \t]?)?(?:\r?\n[ \t]{0,60})?(?:[+.&][ \t]{0,8})?(?=[\"'])"
)
_BEFORE = re.compile(
    rb"[\"'][ \t]{0,8}(?:[+.&][ \t]{0,8})?(?:[\\_][ \t]?)?(?:\r?\n[ \t]{0,60})?(?:[+.&][ \t]{0,8})?\Z"
)
_CONTENT = {quote: re.compile(rb"(?:[^%c\\\r\n]|\\[^\r\n])*+" % quote) for quote in _QUOTES}
_CONTINUED = re.compile(rb"(?:[^\s\"'\\]++|\\\r?\n|\\[^\s])*+")
_CONTINUES = re.compile(rb"\\\r?\n")
_START = re.compile(rb"[^\s\"'\\]*")


def opening(text: bytes, at: int) -> int | None:
    """The quote that opens the literal which a mark ending at `at` saw joined to the one before it.

    None where what is joined does not look like two parts of a token.
    """
    quote = max(text.rfind(b'"', at - 11, at), text.rfind(b"'", at - 11, at))
    closing = _closing(text, quote)
    if closing is None or closing < 2 or text[closing - 1] not in _TOKEN or text[closing - 2] == 0x5C:
        return None
    return quote


def stretch(text: bytes, at: int) -> Reach | None:
    """From the first to the last quote of the literals around the join that a mark ending at `at` saw."""
    middle = opening(text, at)
    if middle is None:
        return None
    start, end, bound = middle, middle, ""
    lowest, highest = middle - LARGEST, middle + LARGEST
    while start > lowest:
        closing = _closing(text, start)
        if closing is None:
            break
        low = max(0, closing - _LENGTH)
        first = text.rfind(text[closing : closing + 1], low, closing)
        if first < 0 or b"\n" in text[first:closing]:
            if first < 0 and low and b"\n" not in text[low:closing]:
                bound = _LONG
            break
        start = first
    while end < highest:
        closing = _CONTENT[text[end]].match(text, end + 1, end + 1 + _LENGTH).end()  # type: ignore[union-attr]
        join = _JOIN.match(text, closing)
        if join is None:
            bound = bound or (_LONG if closing == end + 1 + _LENGTH else "")
            end = closing
            break
        end = join.end()
    if start <= lowest or end >= highest:
        bound = _MANY
    return Reach(start, min(len(text), end + 1), bound)


def _closing(text: bytes, opening: int) -> int | None:
    """Where the literal ends that is joined to the one that begins at `opening`."""
    low = max(0, opening - _GAP)
    gap = text[low:opening].rstrip(b" \t\r\n+.&\\_")
    if len(gap) < 2 or gap[-1] not in _QUOTES:
        return None
    closing = low + len(gap) - 1
    return closing if _BEFORE.fullmatch(text, closing, opening) else None


def decode(text: bytes, start: int, end: int, context: tuple[int, int]) -> View | None:
    """The contents of the literals in `text[start:end]` as one, and the context; None where it is one."""
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
    if at == start:
        return None
    builder.plain(low, context[1])
    return builder.view("concatenation")


def broken(text: bytes, at: int) -> int | None:
    """The backslash behind which a word goes on in the next line, as a mark ending at `at` saw."""
    backslash = text.rfind(b"\\", 0, at - 8)
    return backslash if backslash > 0 and text[backslash - 1] in _TOKEN else None


def stretch_continued(text: bytes, at: int) -> Reach | None:
    """What belongs to the word that a mark ending at `at` saw."""
    middle = broken(text, at)
    if middle is None:
        return None
    start = middle - _START.match(text[max(0, middle - _LENGTH) : middle][::-1]).end()  # type: ignore[union-attr]
    end = _CONTINUED.match(text, start, start + LARGEST).end()  # type: ignore[union-attr]
    return Reach(start, max(at, end), _MANY if end == start + LARGEST else "")


def decode_continued(text: bytes, start: int, end: int, context: tuple[int, int]) -> View:
    """`text[start:end]` as one line, and the context."""
    builder = Builder(text)
    at = context[0]
    for found in _CONTINUES.finditer(text, start, end):
        builder.plain(at, found.start())
        at = found.end()
    builder.plain(at, context[1])
    return builder.view("line continuation")
