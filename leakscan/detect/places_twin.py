"""Where matches can start, by what the automaton says: `_places.c` in Python.

A hit says that a match may start up to some bytes before it. Most patterns hold a run of bytes of one class besides, such as
the 32 hexadecimal digits of a key, which most text near a vendor's name does not: starts that have none where the pattern
wants it are no starts.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING

from leakscan.detect import windows_twin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROW = struct.Struct("=6I")
"""Of a rule: bytes before the end of a hit at which matches start, at most and at least; bytes of the run, or 0; bytes
between the start of a match and the run, at least and at most; the number of the class."""

_NEED = struct.Struct("=I")

CLASS = 32
"""Bytes of a class: a bit for each of its members, the lowest first."""


def starts(
    text: bytes, hits: list[tuple[int, int]], table: bytes, classes: bytes
) -> dict[int, list[tuple[int, int]]]:
    """Half-open spans, sorted and apart, in which matches start, by rule; rules without any are left out.

    `hits` are (rule, end); those of rules that are not in the table, which has a `ROW` for each, are left out.
    Raises ValueError where the numbers make no sense.
    """
    count = len(table) // ROW.size
    ends: dict[int, list[int]] = {}
    for rule, end in hits:
        if rule < count:
            if end > len(text):
                raise ValueError("malformed")
            ends.setdefault(rule, []).append(end)
    found: dict[int, list[tuple[int, int]]] = {}
    for rule in sorted(ends):
        lead, near, least, first, last, number = ROW.unpack_from(table, rule * ROW.size)
        if not 0 < near <= lead:
            continue
        spans = _joined((max(0, end - lead), end - near + 1) for end in sorted(ends[rule]) if end >= near)
        if least:
            members = classes[number * CLASS : (number + 1) * CLASS]
            if len(members) < CLASS:
                raise ValueError("malformed")
            run = _run(members, least)
            spans = _joined(some for span in spans for some in _near(run, text, span, least, first, last))
        if spans:
            found[rule] = spans
    return found


def fresh(
    spans: dict[int, list[tuple[int, int]]],
    windows: tuple[tuple[int, int], ...],
    needs: bytes,
    size: int,
    context: int,
    look: int,
) -> dict[int, list[tuple[int, int]]]:
    """Of `spans`, as `starts` gives them, those that what is new in a text of `size` bytes can decide on.

    `windows`, sorted and apart, hold `context` bytes on either side of that, or reach to the end of the text. A match is
    decided by the `look` bytes before its start and by as many from there on as `needs` says: four bytes for each rule,
    0 for one of which nothing is left out, else at most `context`. Raises ValueError where a rule is not among them, or
    the windows are none.
    """
    if size < 0 or context < 0 or look < 0:
        raise ValueError("malformed")
    windows_twin.check(windows, size)
    found: dict[int, list[tuple[int, int]]] = {}
    for rule, some in spans.items():
        if len(needs) < 4 * rule + 4:
            raise ValueError("malformed")
        (need,) = _NEED.unpack_from(needs, 4 * rule)
        if not need:
            found[rule] = some
            continue
        zones = [
            (max(0, start + context - need + 1) if start else 0, end - context + look if end < size else size)
            for start, end in windows
        ]
        left = _joined(
            (max(low, first), min(high, behind))
            for low, high in some
            for first, behind in zones
            if max(low, first) < min(high, behind)
        )
        if left:
            found[rule] = left
    return found


def parted(hits: list[tuple[int, int]], far: bytes) -> tuple[list[tuple[int, int]], set[tuple[int, int]]]:
    """Those of `hits` whose number is beyond `far`; and those of rules to which it gives a byte other than 0, once."""
    marks = [hit for hit in hits if hit[0] >= len(far)]
    return marks, {hit for hit in hits if hit[0] < len(far) and far[hit[0]]}


def taker(hits: list[tuple[int, int]]) -> Callable[..., None]:
    """What adds (rule, end) to `hits` when it is called with a rule, a start, an end, and whatever else."""

    def take(rule: int, _start: int, end: int, *_: object) -> None:
        hits.append((rule, end))

    return take


def _near(
    run: re.Pattern[bytes], text: bytes, span: tuple[int, int], least: int, first: int, last: int
) -> Iterator[tuple[int, int]]:
    """The starts in a span from which a run is `first` to `last` bytes away."""
    low, high = span
    for found in run.finditer(text, low + first, high - 1 + last + least):
        begin = max(low, found.start() - last)
        behind = min(high, found.end() - least + 1 - first)
        if begin < behind:
            yield begin, behind


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans, sorted by where they begin, without overlap."""
    out: list[tuple[int, int]] = []
    for low, high in spans:
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


@lru_cache(maxsize=1024)
def _run(members: bytes, least: int) -> re.Pattern[bytes]:
    some = b"".join(b"\\x%02x" % byte for byte in range(256) if members[byte >> 3] >> (byte & 7) & 1)
    return re.compile(b"[%b]{%d,}+" % (some, least)) if some else re.compile(rb"(?!)")
