"""A text that was made from a stretch of another, and the way back.

Matches are found in the view; where they are reported is where the encoded text stands.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakscan.model.match import Match


class Piece(NamedTuple):
    """`view.text[start:end]` is what `source[source_start:source_end]` says; as it is there, or `decoded`."""

    start: int
    end: int
    source_start: int
    source_end: int
    decoded: bool


class Stop(NamedTuple):
    """`[start, end)` is encoded, and was not decoded, or not searched, to the end."""

    start: int
    end: int
    bound: str  # which bound, in words that go on "not decoded: "
    timeout: bool = False  # a pattern took too long in what it says

    def shifted(self, offset: int) -> Stop:
        return self._replace(start=self.start + offset, end=self.end + offset)


class Reach(NamedTuple):
    """A stretch of a text that something encoded takes, half-open; `bound`: what it was cut off at, if anything."""

    start: int
    end: int
    bound: str = ""


class View(NamedTuple):
    """`pieces` cover all of `text`, in order. `encoding`: how the decoded pieces are encoded, the outermost first, such as
    `base64+gzip`. `trusted`: what surrounds it says that it is a secret, so that generic rules count. `bound`: what kept it
    from saying all, if anything did."""

    text: bytes
    pieces: tuple[Piece, ...]
    encoding: str
    trusted: bool = False
    bound: str = ""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` (not empty) comes from: all of every decoded piece that it touches."""
        first, last = self._at(start), self._at(end - 1)
        low = first.source_start + (0 if first.decoded else start - first.start)
        high = last.source_end if last.decoded else last.source_start + end - last.start
        return low, high

    def is_news(self, start: int, end: int) -> bool:
        """Whether `text[start:end]`, with the byte on either side, is not in the source just as it is."""
        first, last = self._at(max(0, start - 1)), self._at(min(len(self.text), end + 1) - 1)
        return first is not last or first.decoded

    @property
    def core(self) -> tuple[int, int]:
        """Where in the source what is decoded stands: from the first piece of it to the last."""
        decoded = [p for p in self.pieces if p.decoded] or self.pieces
        return decoded[0].source_start, decoded[-1].source_end

    def shifted(self, offset: int) -> View:
        """The same view of a source in which everything stands `offset` bytes further on."""
        if not offset:
            return self
        pieces = [
            p._replace(source_start=p.source_start + offset, source_end=p.source_end + offset)
            for p in self.pieces
        ]
        return self._replace(pieces=tuple(pieces))

    def within(self, outer: View) -> View:
        """This view of the text of `outer`, as one of the source of `outer`."""
        pieces: list[Piece] = []
        for p in self.pieces:
            if p.decoded:
                pieces.append(Piece(p.start, p.end, *outer.span(p.source_start, p.source_end), decoded=True))
            else:
                pieces += outer.cut(p.source_start, p.source_end, p.start)
        return self._replace(pieces=tuple(pieces), encoding=f"{outer.encoding}+{self.encoding}")

    def cut(self, start: int, end: int, at: int) -> Iterator[Piece]:
        """The pieces of `text[start:end]`, where that is put at `at`."""
        for p in self.pieces[bisect_right(self.pieces, start, key=lambda p: p.start) - 1 :]:
            if p.start >= end:
                break
            low, high = max(start, p.start), min(end, p.end)
            source = self.span(low, high)
            yield Piece(at + low - start, at + high - start, *source, p.decoded)

    def touches(self, start: int, end: int) -> bool:
        """Whether any of `text[start:end]` is decoded."""
        return any(p.decoded and p.start < end and start < p.end for p in self.pieces)

    def _at(self, offset: int) -> Piece:
        return self.pieces[bisect_right(self.pieces, offset, key=lambda p: p.start) - 1]


class Derived(NamedTuple):
    """A view, and what the rules' patterns match in its text."""

    view: View
    matches: tuple[Match, ...]


class Opened(NamedTuple):
    """What a text says in other words, the marks that its next version must be told of, and what was not decoded."""

    found: tuple[Derived, ...] = ()
    held: tuple[tuple[int, int], ...] = ()
    stops: tuple[Stop, ...] = ()


NOTHING = Opened()


class Builder:
    """Puts a view together from left to right."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._parts: list[bytes] = []
        self._pieces: list[Piece] = []
        self._size = 0

    def plain(self, start: int, end: int) -> None:
        """As it stands in the source."""
        if end > start:
            self._add(self._source[start:end], start, end, decoded=False)

    def decoded(self, text: bytes, start: int, end: int) -> None:
        """`text` is what `source[start:end]` says."""
        if text:
            self._add(text, start, end, decoded=True)

    def view(self, encoding: str, *, trusted: bool = False, bound: str = "") -> View:
        return View(b"".join(self._parts), tuple(self._pieces), encoding, trusted, bound)

    def _add(self, text: bytes, start: int, end: int, *, decoded: bool) -> None:
        self._parts.append(text)
        self._pieces.append(Piece(self._size, self._size + len(text), start, end, decoded))
        self._size += len(text)


def shifted(some: Iterable[Derived], offset: int) -> list[Derived]:
    """All of them, see `View.shifted`."""
    return [Derived(d.view.shifted(offset), d.matches) for d in some]
