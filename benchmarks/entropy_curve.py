"""How entropy and the model of text tell random strings from identifiers: the tables in docs/detection.md.

    python benchmarks/entropy_curve.py [DIRECTORY]

Identifiers and words of 16 to 40 characters are taken from the Python files below DIRECTORY (default: the standard
library), random strings from a seeded generator.
"""

from __future__ import annotations

import random
import re
import string
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path

from leakscan.detect.entropy import shannon
from leakscan.detect.ngram import unlike_text

LONG_WORD = re.compile(rb"(?<![\w.\-])[A-Za-z][A-Za-z0-9_.\-]{15,39}(?![\w.\-])")
ALPHABETS = {
    "base62": string.ascii_letters + string.digits,
    "lower-case and digits": string.ascii_lowercase + string.digits,
    "hexadecimal": "0123456789abcdef",
}
SAMPLES = 4000


def identifiers(root: Path) -> list[bytes]:
    """The distinct long words of all Python files below `root`, at most ten times `SAMPLES`."""
    words: set[bytes] = set()
    for path in sorted(root.rglob("*.py")):
        words.update(LONG_WORD.findall(path.read_bytes()))
        if len(words) > 10 * SAMPLES:
            break
    return sorted(words)


def random_strings(alphabet: str, length: int) -> list[bytes]:
    """`SAMPLES` strings."""
    rng = random.Random(f"{alphabet}{length}")
    return ["".join(rng.choice(alphabet) for _ in range(length)).encode() for _ in range(SAMPLES)]


def share(measure: Callable[[bytes], float], strings: Iterable[bytes], threshold: float) -> float:
    """Per cent of `strings` that reach `threshold`."""
    reached = [measure(s) >= threshold for s in strings]
    return 100 * sum(reached) / len(reached)


def table(
    name: str, measure: Callable[[bytes], float], thresholds: Iterable[float], words: list[bytes]
) -> None:
    """Prints one table, in Markdown."""
    columns = {f"{n}, {k}": random_strings(a, k) for n, a in ALPHABETS.items() for k in (20, 32)}
    print(f"| {name} at least | identifiers | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 2) + "|")
    for threshold in thresholds:
        shares = [
            share(measure, words, threshold),
            *(share(measure, some, threshold) for some in columns.values()),
        ]
        print(f"| {threshold} | " + " | ".join(f"{s:.1f}" for s in shares) + " |")


def main() -> None:
    """Prints both tables."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_paths()["stdlib"])
    words = identifiers(root)
    print(f"{len(words)} identifiers; per cent that reach the threshold\n")
    table("Shannon entropy", shannon, (2.5, 3.0, 3.2, 3.5, 3.8, 4.0, 4.3, 4.6), words)
    print()
    table("unlike text", unlike_text, (3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0), words)


if __name__ == "__main__":
    main()
