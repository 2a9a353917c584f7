"""From marks to views: what is encoded around them is decoded, scanned, and what is encoded in that as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from .marks import MARKS, MarkSearch
from .stretches import stretch, view_of
from .view import Derived, Opened, shifted

if TYPE_CHECKING:
    from leakscan.model.match import Match

    from .marks import Kind
    from .view import View

DEPTH = 3
"""How many encodings, one inside the other, are undone."""

BUDGET = 32 << 20
"""Bytes that are made of one text, not counting those of short stretches; a quarter of it at each level further down."""

_MEMORY = 1 << 12  # stretches whose outcome is remembered; the versions of a file repeat them

Mark = tuple[int, int]
"""The number of a mark, and where it ends."""

Scan = Callable[[bytes, bool], "tuple[tuple[Match, ...], Sequence[Mark]]"]
"""(text, whether generic rules count) → the matches in it, and the marks."""


class _Outcome(NamedTuple):
    """What came of a stretch; positions count from the beginning of its context."""

    found: tuple[Derived, ...] = ()
    made: int = 0  # bytes


class Decoder:
    """Opens what is encoded in texts. One per detector: it remembers.

    What comes of a mark depends on its stretch and on `look` bytes on either side of that. A stretch of at most `near` bytes
    in which nothing was found need not be held: whatever changes it brings its mark up again.
    """

    def __init__(self, first: int, scan: Scan, *, near: int, look: int) -> None:
        """`first`: the number of the first of `MARKS`, behind the rules."""
        self.first = first
        self.search = MarkSearch(first)
        self._scan = scan
        self._near = near
        self._look = look
        self._memory: dict[tuple[Kind, int, bool, bool, bytes], _Outcome] = {}

    def open(self, text: bytes, marks: Iterable[Mark], depth: int = 0) -> Opened:
        """All that is encoded at `marks`, in any order. `depth`: how many encodings have been undone already."""
        found: list[Derived] = []
        held: list[Mark] = []
        done: dict[Kind, int] = {}
        budget = BUDGET >> 2 * depth
        for number, end in sorted(set(marks), key=lambda mark: (mark[1], mark[0])):
            kind = MARKS[number - self.first].kind
            if end <= done.get(kind, 0):
                continue  # part of what the one before belongs to
            reach = stretch(number - self.first, text, end)
            if reach is None:
                continue
            done[kind] = reach[1]
            long = reach[1] - reach[0] > self._near
            outcome = self._outcome(kind, text, reach, depth) if budget > 0 or not long else _Outcome()
            budget -= outcome.made if long else 0
            found += shifted(outcome.found, max(0, reach[0] - self._look))
            if long or outcome.found:
                held.append((number, end))
        return Opened(tuple(found), tuple(held))

    def _outcome(self, kind: Kind, text: bytes, reach: tuple[int, int], depth: int) -> _Outcome:
        low, high = max(0, reach[0] - self._look), min(len(text), reach[1] + self._look)
        around = text[low:high]
        opens, closes = low == 0, high == len(text)
        digest = blake2b(around, digest_size=16, salt=(reach[0] - low).to_bytes(2, "big")).digest()
        key = (kind, depth, opens, closes, digest)
        known = self._memory.get(key)
        if known is None:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            view = view_of(kind, around, reach[0] - low, reach[1] - low)
            known = (
                _Outcome() if view is None else self._look_into(view, opens=opens, closes=closes, depth=depth)
            )
            self._memory[key] = known
        return known

    def _look_into(self, view: View, *, opens: bool, closes: bool, depth: int) -> _Outcome:
        """What stands in a view, and in what is encoded in it."""
        matches, marks = self._scan(view.text, view.trusted)
        low, high = 0 if opens else 1, len(view.text) - (0 if closes else 1)
        whole = [
            m for m in matches if m.secret_start >= low and m.secret_end <= high
        ]  # not cut off with the context
        found = []
        if view.trusted or any(view.is_news(m.secret_start, m.secret_end) for m in whole):
            found.append(Derived(view, tuple(whole)))
        made = len(view.text)
        manifest = {
            number + self.first for number, mark in enumerate(MARKS) if mark.kind == "secret-manifest"
        }
        # The document around a value is looked at where it stands, not once more around what the value says.
        marks = [
            (number, end) for number, end in marks if number not in manifest or view.touches(end - 1, end)
        ]
        if depth + 1 < DEPTH:
            for inner, some in self.open(view.text, marks, depth + 1).found:
                made += len(inner.text)
                if (
                    any(view.touches(*inner.span(m.secret_start, m.secret_end)) for m in some)
                    or inner.trusted
                ):
                    found.append(Derived(inner.within(view), some))
        return _Outcome(tuple(found), made)
