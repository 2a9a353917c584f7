"""How unlike text a string is: bits per character under a small model of words and identifiers.

The model gives the probability of a character after the two before it (a trigram model with the case folded, digits
and separators each taken as one symbol). Words, file names and identifiers in camelCase or snake_case cost 2 to 4 bits
a character, random base64 or hex around 5 and more. What has no frequency of its own (Shannon's measure knows only
those) is told apart this way: `getCurrentUserPassword` has the entropy of a token, but not its spelling.

The table is built from Python sources by `build_ngram.py`, next door.
"""

from __future__ import annotations

from functools import cache, lru_cache

SYMBOLS = "abcdefghijklmnopqrstuvwxyz"
DIGIT = len(SYMBOLS)
BREAK = DIGIT + 1  # the start, and every separator between words
OTHER = DIGIT + 2
SIZE = DIGIT + 3
SCALE = 10
"""Steps of the table in one bit: a byte reaches 25.5 bits."""

_DIGIT_BITS = 1.5
"""A digit costs this on top: it stands for one of ten, and in identifiers the low ones are far more frequent."""

_LONG = 512
"""Bytes: longer strings are measured again each time."""


def _translation() -> bytes:
    table = bytearray([OTHER]) * 256
    for i, letter in enumerate(SYMBOLS):
        table[ord(letter)] = table[ord(letter.upper())] = i
    for digit in b"0123456789":
        table[digit] = DIGIT
    for separator in b"_-./ :\\,;@\t":
        table[separator] = BREAK
    return bytes(table)


TRANSLATION = _translation()


@cache
def _table() -> bytes:
    """`SIZE`³ costs, each in 1/`SCALE` bit, at (two before · SIZE + one before) · SIZE + character."""
    import zlib
    from base64 import b85decode

    from .ngram_table import TABLE

    return zlib.decompress(b85decode(TABLE))


def unlike_text(data: bytes) -> float:
    """Bits per character of `data` under the model: about 2 to 4 for words and identifiers, 5 and more for random text.

    Nothing costs nothing: `unlike_text(b"") == 0.0`.
    """
    return _bits(data) if len(data) <= _LONG else _bits.__wrapped__(data)


@lru_cache(1 << 14)  # several rules see the same string, and the versions of a file repeat it
def _bits(data: bytes) -> float:
    if not data:
        return 0.0
    table = _table()
    state = BREAK * SIZE + BREAK
    cost = 0
    digits = 0
    for symbol in data.translate(TRANSLATION):
        cost += table[state * SIZE + symbol]
        digits += symbol == DIGIT
        state = (state % SIZE) * SIZE + symbol
    return (cost / SCALE + digits * _DIGIT_BITS) / len(data)
