"""Lines and columns of byte offsets."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property

from leakscan.model.record import NamedTuple

FEW = 8  # places of a text for which counting is cheaper than listing all of its lines


class Region(NamedTuple):
    """1-based lines and columns; columns count code points (an invalid UTF-8 byte counts one); the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


def region(text: bytes, start: int, end: int) -> Region:
    """Where `text[start:end]` stands; `start < end`. A last byte that is a line break belongs to the line it ends."""
    first = text.rfind(b"\n", 0, start) + 1
    last = text.rfind(b"\n", 0, end - 1) + 1
    line = text.count(b"\n", 0, first) + 1
    end_line = line + text.count(b"\n", first, last) if last > first else line
    return Region(line, _points(text[first:start]) + 1, end_line, _points(text[last:end]) + 1)


class Lines:
    """The lines of one text, for many places of it: they are not counted from its start each time."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._asked = 0
        self._last = (0, 0, 0)  # where a line begins, a place in it, and the code points between

    def region(self, start: int, end: int) -> Region:
        """As the function says."""
        self._asked += 1
        if self._asked <= FEW:
            return region(self.text, start, end)
        breaks = self.breaks
        line, end_line = bisect_left(breaks, start), bisect_left(breaks, end - 1)
        first = breaks[line - 1] + 1 if line else 0
        last = breaks[end_line - 1] + 1 if end_line else 0
        return Region(line + 1, self._column(first, start), end_line + 1, self._column(last, end))

    @cached_property
    def breaks(self) -> list[int]:
        """The offsets of the line breaks."""
        return [found.start() for found in re.finditer(b"\n", self.text)]

    def _column(self, first: int, at: int) -> int:
        """The column of a place in the line that begins at `first`: counted from the place before, where it is in that."""
        text, (begin, low, points) = self.text, self._last
        if begin != first or low > at:
            low, points = first, 0
        points += _points(text[low:at])
        if at == len(text) or text[at] & 0xC0 != 0x80:  # otherwise a character may go on there
            self._last = (first, at, points)
        return points + 1


def line_span(text: bytes, start: int, end: int, most: int | None = None) -> tuple[int, int]:
    """The half-open byte span of the whole lines that `text[start:end]` touches, without the last line break; of these no
    more than `most` bytes on either side."""
    least = 0 if most is None else max(0, start - most)
    furthest = len(text) if most is None else min(len(text), end + most)
    low = text.rfind(b"\n", least, start)
    high = text.find(b"\n", end - 1 if end > start else end, furthest)
    return least if low < 0 else low + 1, furthest if high < 0 else high


def line_spans(text: bytes, lines: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The half-open byte spans of ranges of lines (first and last, 1-based, sorted), without their last line break."""
    spans = []
    at, line = 0, 1  # the offset at which that line begins
    for first, last in lines:
        while line < first and at <= len(text):
            at, line = _behind(text, at), line + 1
        start = at
        while line < last and at <= len(text):
            at, line = _behind(text, at), line + 1
        if start <= len(text):
            spans.append((start, max(start, _behind(text, at) - 1)))
    return spans


def _behind(text: bytes, at: int) -> int:
    """Where the line after the one at `at` begins; past the end where there is none."""
    end = text.find(b"\n", at)
    return len(text) + 1 if end < 0 else end + 1


def lines_between(text: bytes, one: int, other: int) -> int:
    """How many line breaks stand between two offsets, in either order."""
    return text.count(b"\n", min(one, other), max(one, other))


def _points(raw: bytes) -> int:
    return len(raw) if raw.isascii() else len(raw.decode("utf-8", "surrogateescape"))
