"""Inputs that are as slow as possible for a pattern, and how slow.

A backtracking engine is slow where a pattern goes far before it fails: on text that repeats what the pattern begins
with, or what one of its repetitions takes, and never comes to its end. Such texts are read off the parse tree.
"""

from __future__ import annotations

import time
from re import _constants as c  # type: ignore[attr-defined]
from typing import Any

from leakscan.model.record import NamedTuple

from .tree import alphabet_of, children, parse

SIZE = 1 << 13  # bytes; what is bounded takes time in proportion, so more would say the same
TIMEOUT = 0.5  # seconds
TOO_SLOW = 40.0  # milliseconds for SIZE bytes, some hundred times what an ordinary pattern takes
_MOST_INPUTS = 10


class Slowness(NamedTuple):
    """The worst input that was found: what it is made of, and the time it took."""

    input: str  # for a person
    milliseconds: float  # of processor time
    timed_out: bool


def slowest(pattern: str) -> Slowness:
    """The time of `pattern` on the slowest of its inputs, each of `SIZE` bytes."""
    import regex

    compiled = regex.compile(pattern.encode())
    worst = Slowness("nothing", 0.0, False)
    for text, words in inputs(pattern):
        started = time.process_time()
        try:
            for _ in compiled.finditer(text, timeout=TIMEOUT):
                pass
        except TimeoutError:
            return Slowness(words, TIMEOUT * 1000, True)
        took = (time.process_time() - started) * 1000
        if took > worst.milliseconds:
            worst = Slowness(words, took, False)
    return worst


def inputs(pattern: str, size: int = SIZE) -> list[tuple[bytes, str]]:
    """Texts of `size` bytes for which `pattern` is likely to be slow, each with a description."""
    tree = parse(pattern)
    pieces: dict[bytes, str] = {}
    sample = _sample(tree)
    if sample:
        for cut in {len(sample) - 1, len(sample) // 2, len(sample) // 4}:
            if cut > 0:
                pieces.setdefault(sample[:cut], "what it begins with, repeated")
        pieces.setdefault(sample + b"!", "matches and near misses")
    for repeated in _repetitions(tree):
        one = _sample(repeated)
        if one:
            pieces.setdefault(one, "what one of its repetitions takes, repeated")
        if sample and one:
            pieces.setdefault(sample[: max(1, len(sample) // 3)] + one * 40, "its beginning and a repetition")
    chosen = list(pieces.items())[:_MOST_INPUTS]
    return [((piece * (size // len(piece) + 1))[:size], words) for piece, words in chosen]


def _repetitions(tree: Any) -> list[Any]:
    """The bodies of all repetitions, outer ones first."""
    found = []
    for op, arg in tree:
        if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            found.append(arg[2])
        for inner in children(op, arg):
            found += _repetitions(inner)
    return found


def _sample(tree: Any) -> bytes:
    """A text that matches, lookarounds aside: the first alternatives, the fewest repetitions (but one at least)."""
    out = b""
    for op, arg in tree:
        if op is c.LITERAL:
            out += bytes((arg,))
        elif op in (c.IN, c.ANY, c.NOT_LITERAL):
            out += _one_of(alphabet_of([(op, arg)]))
        elif op is c.BRANCH:
            out += _sample(arg[1][0])
        elif op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            out += _sample(arg[2]) * max(int(arg[0]), min(1, int(arg[1])))
        elif op in (c.SUBPATTERN, c.ATOMIC_GROUP):
            out += _sample(children(op, arg)[0])
    return out


def _one_of(alphabet: frozenset[int]) -> bytes:
    for char in b"a0A -_":
        if char in alphabet:
            return bytes((char,))
    return bytes((min(alphabet),)) if alphabet else b""
