"""The line of a finding, with every secret in it masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from leakscan.detect.state import NEAR
from leakscan.model.lines import line_span
from leakscan.model.secret import mask
from leakscan.model.text import escape

if TYPE_CHECKING:
    from leakscan.model.match import Match

    from .overlaps import Cluster

_TAIL = re.compile(rb"[\w+/=.~%-]*", re.ASCII)  # what a value that is longer than its pattern goes on with
_INDENT = re.compile(rb"[ \t]*")
WIDTH = 80  # bytes shown on either side of the secret
MEMORY = 1 << 14


class Snippets:
    """Cuts lines out of texts. `raw` finds whatever any pattern matches, kept or not: all of it is masked."""

    def __init__(self, raw: Callable[[bytes], Collection[Match]]) -> None:
        self._raw = raw
        self._memory: dict[tuple[int, int, bytes], str] = {}

    def cut(self, text: bytes, match: Match, standing: Cluster) -> str:
        """The first line of `match`'s secret, as printable text of bounded length.

        Masked are the secrets of `standing` (those of the whole text) and of whatever matches on the line alone.
        A secret that the cut would split is masked as a whole, so that no part of it is left standing.
        """
        most = match.secret_end - match.secret_start + NEAR
        low, high = line_span(text, match.secret_start, match.secret_start + 1, most)
        low, high = max(low, match.secret_start - NEAR), min(high, match.secret_end + NEAR)
        line = text[low:high]
        secret = (match.secret_start - low, match.secret_end - low)
        key = (*secret, line)
        known = self._memory.get(key)
        if known is None:
            around = [(m.secret_start - low, m.secret_end - low) for m in standing.within(low, high)]
            around += [(m.secret_start, m.secret_end) for m in self._raw(line)]
            known = _masked(line, secret, [secret, *around])
            if len(self._memory) >= MEMORY:
                self._memory.clear()
            self._memory[key] = known
        return known


def _masked(line: bytes, secret: tuple[int, int], spans: list[tuple[int, int]]) -> str:
    indent = _INDENT.match(line)
    start = max(0, secret[0] - WIDTH, indent.end() if indent else 0)
    end = min(len(line), secret[1] + WIDTH)
    out = ["…"] if secret[0] - WIDTH > 0 else []
    at = start
    for low, high in _merged(line, spans):
        if high <= at or low >= end:
            continue
        out.append(escape(line[at : max(at, low)]))
        out.append(mask(line[max(0, low) : high]))
        at = high
    out.append(escape(line[at:end]) if at < end else "")
    if end < len(line):
        out.append("…")
    return "".join(out).strip()


def _merged(line: bytes, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans with the rest of their values, joined where they overlap."""
    out: list[tuple[int, int]] = []
    for low, high in sorted((low, _tail(line, high)) for low, high in spans):
        if out and low < out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


def _tail(line: bytes, end: int) -> int:
    found = _TAIL.match(line, end) if end <= len(line) else None
    return found.end() if found else end
