"""Builds `ngram_table.py` from the Python sources at hand: `python -m leakscan.detect.build_ngram [DIRECTORY ...]`.

Without arguments it reads the running interpreter's standard library (site-packages included). Every distinct word of
code, strings, comments and docstrings counts with the logarithm of its frequency, so that no project's favourite
identifier outweighs the language. Long runs of base64 or hex in the sources are left out: they are what the model must
find unlikely.
"""

from __future__ import annotations

import re
import sys
import zlib
from base64 import b85encode
from collections import Counter
from collections.abc import Iterable, Iterator
from math import log2
from pathlib import Path

from .ngram import BREAK, OTHER, SCALE, SIZE, TRANSLATION

WORD = re.compile(rb"[A-Za-z][A-Za-z0-9]*(?:[_.\-][A-Za-z0-9]+)*")
LONGEST = 48  # bytes; longer runs are data, not words
LEAST = 3  # occurrences; rarer words are typing errors, names and random data
FLOOR = 0.04  # the share of the weight that goes to what was never seen
WIDTH = 100  # characters a line of the table


def words(roots: Iterable[Path]) -> Iterator[bytes]:
    """Words and identifiers of every `*.py` file below `roots`, in a stable order."""
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            if path.is_file():
                for word in WORD.findall(path.read_bytes()):
                    if len(word) <= LONGEST:
                        yield word


def table(counts: Counter[bytes]) -> bytes:
    """The costs, as `ngram._table` describes them, interpolated with the lower orders (Jelinek and Mercer)."""
    three = [0.0] * SIZE**3
    two = [0.0] * SIZE**2
    one = [0.0] * SIZE
    for word, count in counts.items():
        if count < LEAST:
            continue
        weight = log2(1 + count)
        state = BREAK * SIZE + BREAK
        for symbol in [*word.translate(TRANSLATION), BREAK]:
            three[state * SIZE + symbol] += weight
            two[(state % SIZE) * SIZE + symbol] += weight
            one[symbol] += weight
            state = (state % SIZE) * SIZE + symbol
    total = sum(one)
    costs = bytearray()
    for state in range(SIZE**2):
        after = three[state * SIZE : (state + 1) * SIZE]
        seen = sum(after)
        before = state % SIZE
        near = two[before * SIZE : (before + 1) * SIZE]
        trust = seen / (seen + 50.0)
        for symbol in range(SIZE):
            alone = (1 - FLOOR) * one[symbol] / total + FLOOR / SIZE
            pair = 0.9 * near[symbol] / sum(near) + 0.1 * alone if sum(near) else alone
            p = trust * after[symbol] / seen + (1 - trust) * pair if seen else pair
            p = 0.98 * p + 0.02 * alone
            if symbol == OTHER:
                p = min(p, 1 / 64)
            costs.append(min(255, round(-log2(p) * SCALE)))
    return bytes(costs)


def main(arguments: list[str]) -> None:
    """Writes the table beside this module."""
    import sysconfig

    roots = [Path(a) for a in arguments] or [Path(sysconfig.get_paths()["stdlib"])]
    counts = Counter(words(roots))
    text = b85encode(zlib.compress(table(counts), 9)).decode("ascii")
    lines = [text[i : i + WIDTH] for i in range(0, len(text), WIDTH)]
    target = Path(__file__).with_name("ngram_table.py")
    body = "\n".join(f'    b"{line}"' for line in lines)
    target.write_text(
        '"""Made by build_ngram.py: the costs of a character after two others, zlib, base85. Do not edit."""\n\n'
        f"TABLE = (\n{body}\n)\n"
    )
    print(f"{len(counts)} words, {len(text)} characters: {target.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
