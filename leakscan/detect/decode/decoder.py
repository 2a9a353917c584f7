"""From marks to views: what is encoded around them is decoded, scanned, and what is encoded in that as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from leakscan.model.digest import blake2b
from leakscan.model.record import NamedTuple

from .marks import MARKS, MarkSearch
from .stretches import begins, stretch, view_of
from .view import Derived, Opened, Stop, shifted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.match import Match

    from .marks import Kind
    from .view import Reach, View

DEPTH = 3
"""How many encodings, one inside the other, are undone."""

BUDGET = 32 << 20
"""Bytes that are made of one text, not counting those of short stretches; a quarter of it at each level further down."""

_KINDS = [mark.kind for mark in MARKS]
_MEMORY = 1 << 12  # stretches whose outcome is remembered; the versions of a file repeat them

Mark = tuple[int, int]
"""The number of a mark, and where it ends."""


class Scanned(NamedTuple):
    """The matches in a text, the marks, and the ids of the rules that were given up on it."""

    matches: tuple[Match, ...]
    marks: Sequence[Mark]
    given_up: Sequence[str] = ()


Scan = Callable[[bytes, bool], Scanned]
"""(text, whether generic rules count) → what is in it."""


class _Outcome(NamedTuple):
    """What came of a stretch; positions count from the beginning of its context."""

    found: tuple[Derived, ...] = ()
    made: int = 0  # bytes
    stops: tuple[Stop, ...] = ()


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

    def open(self, text: bytes, marks: Iterable[Mark], depth: int = 0, within: View | None = None) -> Opened:
        """All that is encoded at `marks`, in any order. `depth`: how many encodings have been undone already, the last of
        them in the view `within`, of which `text` is: what stands in its source just so is left to that."""
        found: list[Derived] = []
        held: list[Mark] = []
        stops: list[Stop] = []
        done: dict[Kind, int] = {}
        last: dict[Kind, int] = {}  # where the last mark ends that is held, or need not be
        left = BUDGET >> 2 * depth
        kinds, first, near = _KINDS, self.first, self._near
        for number, end in _ordered(marks):
            kind = kinds[number - first]
            if end <= done.get(kind, 0):
                # Part of what the one before belongs to. Should a change part them, one of those behind it must be known.
                if end - last[kind] > near and begins(number - first, text, end):
                    held.append((number, end))
                    last[kind] = end
                continue
            reach = stretch(number - first, text, end)
            if reach is None:
                continue
            done[kind], last[kind] = reach.end, end
            if within is not None and not within.is_news(reach.start, reach.end):
                continue
            long = reach.end - reach.start > self._near
            if long and left <= 0:
                bound = f"more than {BUDGET >> 2 * depth + 20} MiB were made of the text before it"
                stops.append(Stop(reach.start, reach.end, f"{kind}: {bound}"))
                held.append((number, end))
                continue
            outcome = self._outcome(kind, text, reach, depth)
            left -= outcome.made if long else 0
            offset = max(0, reach.start - self._look)
            found += shifted(outcome.found, offset)
            stops += [stop.shifted(offset) for stop in outcome.stops]
            if reach.bound:
                stops.append(Stop(reach.start, reach.end, f"{kind}: {reach.bound}"))
            if long or outcome.found or outcome.stops or reach.bound:
                held.append((number, end))
        return Opened(tuple(found), tuple(held), tuple(stops))

    def _outcome(self, kind: Kind, text: bytes, reach: Reach, depth: int) -> _Outcome:
        around, start, end = self._around(text, reach)
        opens, closes = reach.start == start, reach.end + len(around) - end == len(text)
        digest = blake2b(around, digest_size=16, salt=start.to_bytes(2, "big")).digest()
        key = (kind, depth, opens, closes, digest)
        known = self._memory.get(key)
        if known is None:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            view = view_of(kind, around, start, end)
            known = (
                _Outcome()
                if view is None
                else self._look_into(view, kind, opens=opens, closes=closes, depth=depth)
            )
            self._memory[key] = known
        return known

    def _around(self, text: bytes, reach: Reach) -> tuple[bytes, int, int]:
        """A stretch with its context, and where in that it is."""
        low, high = max(0, reach.start - self._look), min(len(text), reach.end + self._look)
        return text[low:high], reach.start - low, reach.end - low

    def _look_into(self, view: View, kind: Kind, *, opens: bool, closes: bool, depth: int) -> _Outcome:
        """What stands in a view, and in what is encoded in it."""
        matches, marks, given_up = self._scan(view.text, view.trusted)
        low, high = 0 if opens else 1, len(view.text) - (0 if closes else 1)
        whole = [
            m for m in matches if m.secret_start >= low and m.secret_end <= high
        ]  # not cut off with the context
        found = []
        if view.trusted or any(view.is_news(m.secret_start, m.secret_end) for m in whole):
            found.append(Derived(view, tuple(whole)))
        made = len(view.text)
        stops = [Stop(*view.core, rule, timeout=True) for rule in given_up]
        if view.bound:
            stops.append(Stop(*view.core, f"{kind}: {view.bound}"))
        manifest = {
            number + self.first for number, mark in enumerate(MARKS) if mark.kind == "secret-manifest"
        }
        # The document around a value is looked at where it stands, not once more around what the value says.
        marks = [
            (number, end) for number, end in marks if number not in manifest or view.touches(end - 1, end)
        ]
        if depth + 1 == DEPTH:
            return _Outcome(tuple(found), made, (*stops, *self._too_deep(view, marks)))
        opened = self.open(view.text, marks, depth + 1, view)
        for inner, some in opened.found:
            made += len(inner.text)
            if inner.trusted or any(view.is_news(*inner.span(m.secret_start, m.secret_end)) for m in some):
                found.append(Derived(inner.within(view), some))
        stops += [
            stop._replace(start=start, end=end)
            for stop in opened.stops
            if view.is_news(stop.start, stop.end)
            for start, end in [view.span(stop.start, stop.end)]
        ]
        return _Outcome(tuple(found), made, tuple(stops))

    def _too_deep(self, view: View, marks: Iterable[Mark]) -> Iterator[Stop]:
        """What is encoded in a view, and is not opened for being so deep."""
        done: dict[Kind, int] = {}
        for number, end in _ordered(marks):
            kind = MARKS[number - self.first].kind
            reach = stretch(number - self.first, view.text, end) if end > done.get(kind, 0) else None
            if reach is not None:
                done[kind] = reach.end
                if view.is_news(reach.start, reach.end) and view_of(kind, *self._around(view.text, reach)):
                    yield Stop(*view.span(reach.start, reach.end), f"{kind}: inside {DEPTH} other encodings")


def _ordered(marks: Iterable[Mark]) -> list[Mark]:
    return list(dict.fromkeys(sorted(marks, key=itemgetter(1, 0))))
