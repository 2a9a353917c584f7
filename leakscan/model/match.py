"""What detection says about a text."""

from __future__ import annotations

from .origin import Origin
from .record import NamedTuple


class Match(NamedTuple):
    """A rule's pattern confirmed in a text. Offsets are bytes, half-open. `rule` is an index into the rule set."""

    rule: int
    start: int
    end: int
    secret_start: int
    secret_end: int


class Part(NamedTuple):
    """The other half of a composite finding, such as the key id beside the secret key."""

    rule_id: str
    secret: bytes
    line: int


class Detection(NamedTuple):
    """A match, judged, in the form in which it leaves a worker process.

    Lines and columns are 1-based, columns count code points (invalid UTF-8 bytes count one each), `end_column` is the
    column after the last character. `snippet` has every secret masked already. `reason` is None for what is kept,
    otherwise which filter dropped it and why.
    """

    origin: Origin
    rule_id: str
    secret: bytes
    line: int
    column: int
    end_line: int
    end_column: int
    snippet: str
    confidence: str
    parts: tuple[Part, ...] = ()
    reason: str | None = None
    evidence: tuple[str, ...] = ()
    line_hash: str = ""  # of kept matches in files, see `Place`
    encoding: str = ""  # how the secret is encoded there, outermost first, such as "base64+gzip"
