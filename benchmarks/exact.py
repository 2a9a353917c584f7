"""Whether a history scan finds in texts taken at random what its oracle finds there.

    python benchmarks/exact.py [--seed 1] [--mib 60] [--largest 512] [--only GLOB] REPOSITORY...

The fast way reads the whole history along its deltas, and tells what it found in the texts of the sample: blobs, messages
and names. The oracle (`--exhaustive`) gets the same texts one by one from git, and tries every rule's own pattern everywhere
in them. Compared is everything that a scan can say of a text: each match with its place, line, confidence and snippet, kept
or dropped with which reason (`explain`'s view); what was not scanned; and in a second run, in which what is dropped is
forgotten as early as in ordinary scans, what is kept. Prints every difference, without secrets; exits with 1 if there is
one.

A text is in the sample or not by the hash of the seed and its id, so that both ways choose alike. `--mib`: about how much
the oracle reads of each repository; it needs 5 to 20 seconds of processor time for each. `--largest` (KiB) leaves larger
texts out.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from leakscan.detect.detector import Detector
from leakscan.git.repository import Repository
from leakscan.model.content import Chunk, Skipped
from leakscan.model.origin import BlobOrigin, Origin, describe
from leakscan.rulepack.load import load
from leakscan.rulepack.stored import worth_running
from leakscan.scanning.pipeline import Config, Worker
from leakscan.sources.history import PlainHistorySource
from leakscan.sources.novelty import NoveltyHistorySource

if TYPE_CHECKING:
    from leakscan.model.match import Detection
    from leakscan.rulepack.ruleset import RuleSet
    from leakscan.sources.base import Attribution, Source

TEXTS = 0.25  # of the sample's bytes at most: messages and names, which are many and short
SHOWN = 20  # differences of a repository that are printed


class Sample(NamedTuple):
    """Which texts are taken: those whose hash is below a limit."""

    seed: int
    share: float  # from 0 to 1
    largest: int  # bytes

    def has(self, origin: Origin, size: int) -> bool:
        digest = blake2b(f"{self.seed} {describe(origin)}".encode(), digest_size=8).digest()
        share = self.share if isinstance(origin, BlobOrigin) else self.share * TEXTS
        return size <= self.largest and int.from_bytes(digest, "big") < share * 2**64


class Sampled:
    """A source of which the texts of the sample alone are told. Others are passed on where texts inherit from them."""

    def __init__(self, source: Source, sample: Sample, *, inherits: bool) -> None:
        self.source = source
        self.sample = sample
        self.inherits = inherits
        self.told: Counter[str] = Counter()
        self.bytes = 0

    def units(self) -> Sequence[Any]:
        return self.source.units()

    def size(self) -> int:
        return self.source.size()

    def skipped(self) -> Sequence[Skipped]:
        return self.source.skipped()

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        return self.source.attribute(groups)

    def read(self, unit: Any) -> Iterator[Chunk | Skipped]:
        for item in self.source.read(unit):
            if isinstance(item, Skipped):
                continue  # which blobs those are is the sources' business, and compared by their own tests
            if self.sample.has(item.origin, len(item.text)):
                self.told[type(item.origin).__name__] += 1
                self.bytes += len(item.text)
                yield item
            elif self.inherits:
                yield item._replace(only=())


class Told(NamedTuple):
    """What one way said, in the order of the texts' ids; and the processor time that it took, in seconds."""

    detections: Counter[Detection]
    skipped: Counter[Skipped]
    texts: Counter[str]
    bytes: int
    seconds: float


def told(source: Sampled, rule_set: RuleSet, rules: Sequence[Any], *, exhaustive: bool, trace: bool) -> Told:
    """All that a scan of the source says."""
    started = time.process_time()
    units = source.units()
    config = Config(
        rule_set, rules, exhaustive=exhaustive, repetitive=not exhaustive, trace=trace, confidence="low"
    )
    worker = Worker([source], config)
    detections: Counter[Detection] = Counter()
    skipped: Counter[Skipped] = Counter()
    for unit in units:
        harvest = worker.scan(0, unit)
        detections.update(d for _, d in harvest.detections)
        skipped.update(harvest.skipped)
    return Told(detections, skipped, source.told, source.bytes, time.process_time() - started)


def differences(fast: Counter[Any], plain: Counter[Any]) -> Iterator[str]:
    """What only one of them says, a line each."""
    for name, some in (("only the fast way", fast - plain), ("only the oracle", plain - fast)):
        for item in sorted(some, key=str):
            yield f"  {name}: {_words(item)}"


def _words(item: Any) -> str:
    if isinstance(item, Skipped):
        return " ".join(item)
    where = f"{describe(item.origin)}:{item.line}:{item.column}-{item.end_line}:{item.end_column}"
    return f"{where} {item.rule_id} {item.confidence} {item.encoding} {item.reason or 'kept'} {len(item.parts)} parts"


def kept(detections: Counter[Detection]) -> Counter[Detection]:
    """What an ordinary scan says of it."""
    return Counter({d._replace(evidence=()): n for d, n in detections.items() if d.reason is None})


def compare(path: str, rule_set: RuleSet, rules: Sequence[Any], args: argparse.Namespace) -> int:
    """The number of differences in one repository."""
    repo = Repository.discover(path)
    if repo is None:
        raise SystemExit(f"{path}: no repository")
    whole = PlainHistorySource(repo)
    whole.units()
    share = min(1.0, args.mib * 2**20 / max(1, whole.size()))
    sample = Sample(args.seed, share, args.largest << 10)

    def fast(trace: bool) -> Told:
        source = NoveltyHistorySource(repo, context=Detector.context)
        return told(Sampled(source, sample, inherits=True), rule_set, rules, exhaustive=False, trace=trace)

    plain = told(
        Sampled(PlainHistorySource(repo), sample, inherits=False),
        rule_set,
        rules,
        exhaustive=True,
        trace=True,
    )
    traced, usual = fast(True), fast(False)
    lines = [
        *differences(traced.detections, plain.detections),
        *differences(usual.detections, kept(plain.detections)),
        *differences(traced.skipped, plain.skipped),
        *differences(usual.skipped, plain.skipped),
        *differences(traced.texts, plain.texts),
    ]
    texts = ", ".join(f"{n} {what}" for what, n in sorted(plain.texts.items()))
    said = plain.detections.total()
    print(f"{path}: {plain.bytes / 2**20:.1f} MiB ({texts}), {len(rules)} rules")
    print(f"  {said} matches told ({kept(plain.detections).total()} kept), {plain.skipped.total()} skipped")
    print(f"  oracle {plain.seconds:.0f} s, fast way {traced.seconds:.0f} s and {usual.seconds:.0f} s")
    print(f"  {len(lines)} differences", flush=True)
    for line in lines[:SHOWN]:
        print(line)
    return len(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mib", type=float, default=60)
    parser.add_argument("--largest", type=int, default=512, metavar="KIB")
    parser.add_argument("--only", default="*", metavar="GLOB", help="ids of rules")
    args = parser.parse_args()
    rule_set = load(())
    rules = worth_running(rule_set.rules, ("high", "medium", "low"))
    rules = tuple(rule for rule in rules if fnmatchcase(rule.id, args.only))
    found = sum(compare(path, rule_set, rules, args) for path in args.repository)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
