"""Which stretch of a text a mark is about, and what that says: one answer for every kind of encoding.

What knows a rare kind is imported where that turns up: every commit waits for what is imported here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from . import joined, runs
from .marks import BACK, MARKS
from .view import Builder, Reach

if TYPE_CHECKING:
    from .marks import Kind
    from .payload import Payload
    from .view import View

_HEX = 40  # digits that a mark of them ends with


def begins(number: int, text: bytes, end: int) -> bool:
    """Whether the mark with that number that ends at `end` still is one at a closer look: no more than some hundred bytes
    around it are looked at."""
    kind = MARKS[number].kind
    match kind:
        case "base64":
            return runs.is_start(text, end - BACK)
        case "hex":
            return runs.is_hex_start(text, end - _HEX)
        case "joined":
            return joined.opening(text, end) is not None
        case "continued":
            return joined.broken(text, end) is not None
        case "percent" | "escape" | "secret-manifest":
            return True
        case _:
            assert_never(kind)


def stretch(number: int, text: bytes, end: int) -> Reach | None:
    """What the mark with that number that ends at `end` is about; None where it is nothing at a closer look."""
    kind = MARKS[number].kind
    match kind:
        case "base64":
            start = end - BACK
            return runs.run(text, start) if runs.is_start(text, start) else None
        case "hex":
            start = end - _HEX
            return runs.hex_run(text, start) if runs.is_hex_start(text, start) else None
        case "percent" | "escape":
            from . import escapes

            return escapes.stretch(kind, text, end)
        case "joined":
            return joined.stretch(text, end)
        case "continued":
            return joined.stretch_continued(text, end)
        case "secret-manifest":
            from . import manifest

            return manifest.stretch(text, end)
        case _:
            assert_never(kind)


def view_of(kind: Kind, text: bytes, start: int, end: int) -> View | None:
    """What `text[start:end]`, a stretch of that kind, says; `text` is it and its context."""
    context = (0, len(text))
    match kind:
        case "base64":
            return _replaced(text, start, end, runs.decode(text[start:end]), "base64")
        case "hex":
            return _replaced(text, start, end, runs.decode_hex(text[start:end]), "hex")
        case "percent" | "escape":
            from . import escapes

            return escapes.decode(kind, text, start, end, context)
        case "joined":
            return joined.decode(text, start, end, context)
        case "continued":
            return joined.decode_continued(text, start, end, context)
        case "secret-manifest":
            from . import manifest

            return manifest.decode(text, start, end)
        case _:
            assert_never(kind)


def _replaced(text: bytes, start: int, end: int, said: Payload | None, encoding: str) -> View | None:
    """The payload in the place of what is encoded; what has several lines is a text of its own."""
    if said is None:
        return None
    builder = Builder(text)
    plain = said.text.rstrip(b"\r\n")
    alone = re.search(rb"[\r\n]", plain) is not None
    builder.plain(0 if not alone else start, start)
    builder.decoded(plain if not alone else said.text, start, end)
    builder.plain(end, len(text) if not alone else end)
    return builder.view("+".join(filter(None, (encoding, said.wrapping))), bound=said.bound)
