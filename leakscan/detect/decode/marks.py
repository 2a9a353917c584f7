"""Where something encoded may begin: patterns for the automaton, beside those of the rules.

Each is looked for in every byte that is scanned, so it must cost next to nothing and seldom be wrong: what base64 of ASCII
text looks like at its very beginning, behind one of the characters that values stand behind; the first letters of base64
of gzip, JSON and PEM; pairs of hexadecimal digits that are letters; escapes of letters; a quote, an operator, a quote.

The dialect is what Hyperscan and Python's `re` share. For each place where a mark ends there is one place where it begins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["base64", "hex", "percent", "escape", "joined", "continued", "secret-manifest"]


class Mark(NamedTuple):
    """`guard`: one of these is in every text that `pattern` matches; nothing, where there is no such thing."""

    kind: Kind
    pattern: str
    guard: tuple[bytes, ...] = ()


# Base64 of three bytes of ASCII text: the first bit of each is zero, and few are control characters.
_GROUP = "[C-DI-Za-f][0-3ACDEFGHQSTUVWXgijklmnwyz][014589ABEFIJMNQRUVYZcdghklopstwx][0-9A-Za-z+/_-]"
_ANY = "[0-9A-Za-z+/_-]"
_START = "(?:^|[^0-9A-Za-z+/_-])"  # what goes on is no beginning; and it would be seen at each of its bytes
_TOKEN = "[0-9A-Za-z_+/=-]"
_CLOSED = (
    rf"[^\\]{_TOKEN}[\"']"  # the end of a literal that may be part of a token: not that of a line of text
)

MARKS: Sequence[Mark] = (
    Mark("base64", rf"(?:: |[=\"'])(?:{_GROUP}){{6}}"),
    Mark("base64", rf": [|>]-?\r?\n {{1,16}}(?:{_GROUP}){{6}}", (b": |", b": >")),
    Mark(
        "base64",
        rf"(?:LS0tLS1CRUdJ|base64,{_ANY}{{12}}|[Bb]asic {_ANY}{{12}}|echo {_ANY}{{12}}){_ANY}{{12}}",
        (b"LS0tLS1CRUdJ", b"base64,", b"asic ", b"echo "),
    ),
    Mark("base64", rf"{_START}(?:eyJ|JAB|SQB){_ANY}{{21}}", (b"eyJ", b"JAB", b"SQB")),
    Mark(
        "base64",
        rf"{_START}(?:H4sI|SDRz|QUtJ|Z2hw|Z2l0|c2tf|eG94|QUl6|aHR0|dG9r|cGFz|cG9z|bW9u|dXNl|c2Vj|VE9L|QVdT|UEFT){_ANY}{{20}}",
    ),
    Mark("hex", r"(?:^|[^0-9A-Fa-f])(?:[2-7][0-9A-Fa-f]){8}(?:[2-7][0-9A-Fa-f]|0[9aAdD]){12}"),
    Mark("percent", r"%(?:2[2367BFbf5]|3[ADad]|[4-7][0-9A-Fa-f])[0-9A-Za-z_%]", (b"%",)),
    Mark("escape", r"\\(?:u00|x)[2-7][0-9A-Fa-f][0-9A-Za-z_\\]", (b"\\u00", b"\\x")),
    Mark("escape", r"\\(?:0[4-7]|1[0-7])[0-7](?:[0-9A-Za-z_]|\\[01])", (b"\\0", b"\\1")),
    Mark("escape", r"&#(?:[xX][2-7][0-9A-Fa-f]|[3-9][0-9]|1[0-2][0-9]);[0-9A-Za-z_&]", (b"&#",)),
    Mark("joined", rf"{_CLOSED} ?[+.&] ?[\"']{_TOKEN}{{3}}"),
    Mark("joined", rf"{_CLOSED} [\"']{_TOKEN}{{8}}"),
    Mark(
        "joined",
        rf"{_CLOSED} ?[+.&]? ?(?:[\\_] ?)?\r?\n[ \t]{{0,40}}(?:[+.&] ?)?[\"'][0-9A-Za-z+/=-]{{10}}",
        (b"\n",),
    ),
    Mark("continued", rf"\\\r?\n{_TOKEN}{{8}}", (b"\\\n", b"\\\r")),
    Mark("secret-manifest", r"kind[\"']?: {0,4}[\"']?Secret[\"'\r\n,} ]", (b"kind",)),
)

ENCODED = 6
"""How many of the marks, the first ones, are of base64 and of hexadecimal digits. Hyperscan has no word to look for in
these, and pays for them at every byte; `encoded` does not."""

WIDEST = 128
"""Bytes of a mark, generously."""

BACK = 24
"""Bytes of base64 that every mark of it ends with."""


def encoded_twin(text: bytes, first: int, hits: list[tuple[int, int]]) -> None:
    """Add (number, end) of each of the first `ENCODED` marks in `text` to `hits`; marks are numbered from `first`."""
    _search(text, first, range(ENCODED), hits)


def _search(text: bytes, first: int, numbers: range, hits: list[tuple[int, int]]) -> None:
    for number in numbers:
        mark = MARKS[number]
        if mark.guard and not any(guard in text for guard in mark.guard):
            continue
        pattern = re.compile(mark.pattern.encode("latin-1"))
        match = pattern.search(text)
        while match is not None:
            hits.append((first + number, match.end()))
            match = pattern.search(text, match.start() + 1)


try:
    from ._marks import encoded as encoded

    COMPILED = True
except ImportError:
    encoded = encoded_twin
    COMPILED = False


class MarkSearch:
    """The marks of a text, by `re`: where there is no automaton that knows them."""

    def __init__(self, first: int) -> None:
        """`first`: the number of the first mark."""
        self._first = first

    def hits(self, text: bytes) -> list[tuple[int, int]]:
        """(number, end) of every mark."""
        found: list[tuple[int, int]] = []
        encoded(text, self._first, found)
        _search(text, self._first, range(ENCODED, len(MARKS)), found)
        return found
