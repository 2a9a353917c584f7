"""What is known of a pattern without its parse tree: how wide it is, and which texts stand in its matches."""

from __future__ import annotations

from leakscan.model.record import NamedTuple


class Shape(NamedTuple):
    """What a pattern can match. `UNBOUNDED` or more where there is no limit."""

    min_len: int
    max_len: int
    look_behind: int  # bytes before the start of a match that can decide about it
    look_ahead: int  # bytes after its end


class Literal(NamedTuple):
    """A text that stands in a match. `text` is lower-case: compare case-insensitively."""

    text: bytes
    max_end: int  # it ends at most so many bytes after the start of the match
