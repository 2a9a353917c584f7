"""What stands encoded in a text and was not decoded, or not searched, to the end: told like all that was not scanned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from leakscan.model.content import Skipped
from leakscan.model.lines import Lines
from leakscan.model.origin import describe

if TYPE_CHECKING:
    from leakscan.detect.decode.view import Stop
    from leakscan.model.content import Chunk, Why

_WAY_OUT = "decode it and give what it says to `leakscan scan -`"


def not_decoded(chunk: Chunk, stops: Iterable[Stop]) -> list[Skipped]:
    """One for each bound that was met on the lines of `chunk` that are asked for: its first line, how many others."""
    lines = Lines(chunk.text)
    places: dict[tuple[Why, str], set[int]] = {}
    for stop in stops:
        where = lines.region(stop.start, stop.end)
        if chunk.only is None or any(r.first <= where.end_line and where.line <= r.last for r in chunk.only):
            why: Why = "timeout" if stop.timeout else "encoded"
            places.setdefault((why, stop.bound), set()).add(where.line)
    what = describe(chunk.origin)
    return [Skipped(what, why, _detail(why, bound, sorted(some))) for (why, bound), some in places.items()]


def _detail(why: Why, bound: str, lines: list[int]) -> str:
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    told = f"rule {bound} took too long in what is encoded here" if why == "timeout" else bound
    return f"line {lines[0]}{more}: {told}; {_WAY_OUT}"
