"""What a source hands on: content to scan, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .origin import Origin
from .record import NamedTuple

# `binary` and `excluded` are decisions; every other reason makes a scan incomplete (`--strict` then exits with 3).
Why = Literal[
    "binary", "excluded", "too-large", "unreadable", "missing", "corrupt", "special-file", "shallow", "partial",
    "timeout", "uninitialised-submodule", "encoded",
]  # fmt: skip
POLICY: frozenset[Why] = frozenset({"binary", "excluded"})


class LineRange(NamedTuple):
    """Lines `first` to `last`, both 1-based and included."""

    first: int
    last: int


class Copy(NamedTuple):
    """`length` bytes at `start` that stand at `base_start` in the base text too."""

    base_start: int
    start: int
    length: int


class Novelty(NamedTuple):
    """What is new in a text against the chunk one level up (see `Chunk.depth`).

    `copies` do not overlap and are sorted by `start`. `windows` are half-open, sorted and disjoint; they hold every byte
    within the detector's `context` of a byte that is not copied or of a seam. A seam is where two copies meet that do not
    continue each other in the base, and an edge of the text that is no edge of the base (or the other way round): content
    was cut off there.
    """

    copies: tuple[Copy, ...]
    windows: tuple[tuple[int, int], ...]


class Chunk(NamedTuple):
    """Content to scan: always whole (a file, a blob, a message), as text bytes.

    `text` is UTF-8, Latin-1 or any other ASCII superset as found; UTF-16 has been turned into UTF-8.
    `only` restricts what is *reported* to matches that touch these lines (a staged change); all of `text` is context.
    A tuple says as well that no other chunk inherits from this one; any other sequence is read only when a match stands.
    Nothing is reported of a chunk whose `only` is `()`: it is there for others to inherit from, and does not count.
    A source that knows deltas yields depth first: the base of a chunk with `novelty` is the last chunk before it in the
    same unit whose `depth` is one less. Without `novelty` the whole text is scanned.
    """

    origin: Origin
    text: bytes
    only: Sequence[LineRange] | None = None
    depth: int = 0
    novelty: Novelty | None = None


class Skipped(NamedTuple):
    """Something that was not scanned: counted and reported, never silent."""

    what: str  # printable: an escaped path, "blob <oid>", "repository"
    why: Why
    detail: str = ""  # one line more for a person, with the way out where there is one

    @property
    def incomplete(self) -> bool:
        return self.why not in POLICY
