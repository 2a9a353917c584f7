"""How long single rules take on inputs that are made to be slow for them.

    python benchmarks/adversarial.py [--rules PATH ...] [--only GLOB] [--size KIB] [--top N] [--limit MS]

For every rule: what its pattern begins with, over and over; what one of its repetitions takes; its keywords in a flood,
bare, in assignments and before a long value; a long run of its own alphabet. Each text is scanned by the rule alone as a
scan would do it (automaton, then the pattern around its hits); the quicker of two runs counts, in processor time.
Judgements of what matches are left out: they are remembered by content. Prints how many rules stay under the limit, and
the slowest.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leakscan.rulepack.adversary import inputs
from leakscan.rulepack.compose import compose
from leakscan.rulepack.load import pack_files
from leakscan.rulepack.tree import alphabet
from leakscan.rulepack.width import literals, measure

if TYPE_CHECKING:
    from leakscan.detect.detector import Detector
    from leakscan.rulepack.schema import Definition

RUNS = 2
FLOODS = (b"%s ", b"%s=", b'%s = "', b"%s_key: ", b'"%s":"')


class Worst(NamedTuple):
    """The slowest input of a rule."""

    milliseconds: float  # of processor time
    rule: str
    input: str  # for a person


def floods(d: Definition, size: int) -> Iterator[tuple[bytes, str]]:
    """Texts of `size` bytes full of a rule's keywords and of its alphabet."""
    letters = bytes(sorted(set(alphabet(d.rule.pattern)) & set(range(33, 127)))) or b"a"
    chance = random.Random(d.rule.id)
    run = bytes(chance.choices(letters, k=size))
    yield run, "a run of its alphabet"
    words = [w.encode() for w in d.rule.keywords] or [x.text for x in d.prepared.literals or ()]
    for word in sorted(set(words), key=len)[:3]:
        for form in FLOODS:
            piece = form % word
            yield (piece * (size // len(piece) + 1))[:size], f"{piece.decode('latin-1')!r}, over and over"
        for length in (40, 400):
            piece = word + b'="' + run[:length] + b'"\n'
            words_ = f"{word.decode('latin-1')!r} and {length} of its alphabet, over and over"
            yield (piece * (size // len(piece) + 1))[:size], words_


def worst(d: Definition, detector: Detector, size: int) -> Worst:
    """The slowest of the inputs of one rule."""
    found = Worst(0.0, d.rule.id, "nothing")
    for text, words in (*inputs(d.rule.pattern, size), *floods(d, size)):
        took = min(_time(detector, text) for _ in range(RUNS))
        found = max(found, Worst(took, d.rule.id, words))
    return found


def _time(detector: Detector, text: bytes) -> float:
    started = time.process_time()
    detector.detect(text, [])
    return (time.process_time() - started) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rules", action="append", default=[], metavar="PATH", help="a pack besides the built-in one"
    )
    parser.add_argument("--only", default="*", metavar="GLOB", help="ids of rules")
    parser.add_argument("--size", type=int, default=64, metavar="KIB")
    parser.add_argument("--top", type=int, default=25, metavar="N")
    parser.add_argument("--limit", type=float, default=1.0, metavar="MS")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache  # an automaton a rule, which nobody needs again
        from leakscan.detect.detector import Detector

        definitions = compose(pack_files([Path(p) for p in args.rules], builtin=True))
        results = []
        for d in definitions:
            if fnmatchcase(d.rule.id, args.only):
                detector = Detector(
                    [d.rule],
                    lambda *_: True,
                    shapes=[measure(d.rule.pattern)],
                    literals=literals,
                    trusted=True,
                )
                results.append(worst(d, detector, args.size << 10))
    results.sort(reverse=True)
    times = sorted(r.milliseconds for r in results)
    within = sum(t <= args.limit for t in times)
    print(f"{len(results)} rules, {args.size} KiB an input; {within} take {args.limit:g} ms at most")
    print(
        "median {:.2f} ms, 90 % {:.2f} ms, 99 % {:.2f} ms, worst {:.2f} ms".format(
            *(_quantile(times, q) for q in (0.5, 0.9, 0.99, 1.0))
        )
    )
    for r in results[: args.top]:
        print(f"{r.milliseconds:9.2f} ms  {r.rule:40} {r.input}")
    return 0


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    sys.exit(main())
