"""The one loop: units of sources → chunks → matches → detections, in this process or in a pool of workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from leakscan.detect.confirm import Timeout
from leakscan.detect.detector import Detector
from leakscan.detect.state import EMPTY, State
from leakscan.model.content import Chunk, Skipped
from leakscan.model.lines import line_spans
from leakscan.model.markers import MARKERS
from leakscan.model.origin import CommitOrigin, NameOrigin, ReflogOrigin, RefOrigin, TagOrigin, describe
from leakscan.model.record import NamedTuple
from leakscan.rulepack.load import literals_of
from leakscan.rulepack.stored import pattern_key

if TYPE_CHECKING:
    from leakscan.detect.automaton import Kind, Literals, LiteralsOf
    from leakscan.model.match import Detection, Match
    from leakscan.model.rule import Confidence, Rule
    from leakscan.rulepack.ruleset import RuleSet
    from leakscan.sources.base import Source, Unit

    from .judge import Judge
    from .local import LocalJudge

Progress = Callable[[int, int], None]
"""Called with (units done, units in all)."""

POOL_PAYS = 6 << 20  # bytes to read below which starting workers costs more than it saves
TEXTS = (CommitOrigin, TagOrigin, RefOrigin, ReflogOrigin, NameOrigin)
TOGETHER = 1 << 16  # bytes of texts that are listened to together
SMALL = 2 << 20  # bytes to read below which compiling the automaton, once for all, is not worth the wait


class Config(NamedTuple):
    """How to detect. Picklable."""

    rule_set: RuleSet
    rules: Sequence[Rule]  # of the rule set: those that are wanted
    kind: Kind = "full"
    exhaustive: bool = False
    repetitive: bool = False  # the contents repeat each other, as a history does
    size: int = 0  # bytes to read, at a guess
    inline_allow: bool = True
    inline_reason: bool = False  # comments that give no reason do not count
    inline_markers: tuple[str, ...] = MARKERS  # whose comments count
    trace: bool = False
    confidence: Confidence = "low"  # what generic rules find less surely, nobody asks for


class Harvest(NamedTuple):
    """What came out of one unit, or of all. A detection comes with the index of its source."""

    detections: list[tuple[int, Detection]]
    skipped: list[Skipped]
    chunks: int
    bytes: int
    commits: int


class Worker:
    """Scans units. One per process."""

    def __init__(self, sources: Sequence[Source], config: Config) -> None:
        self._sources = sources
        self._rules = config.rules
        self._trace = config.trace
        self._config = config
        self._detector = Detector(
            config.rules,
            self._keep,
            shapes=config.rule_set.shapes(config.rules),
            literals=_literals(config.rule_set),
            kind=config.kind,
            exhaustive=config.exhaustive,
            trusted=not config.rule_set.packs,
            repetitive=max(config.size, 1) if config.repetitive else 0,
        )

    @cached_property
    def _local(self) -> LocalJudge:
        # Imported where something matches: most commits that a hook looks at bring nothing that does.
        from .local import LocalJudge

        return LocalJudge(self._rules, evidence=self._trace)

    @cached_property
    def _judge(self) -> Judge:
        from .judge import Judge
        from .snippet import Snippets

        config = self._config
        return Judge(
            config.rules,
            self._local,
            Snippets(self._detector.raw),
            inline_allow=config.inline_allow,
            inline_reason=config.inline_reason,
            inline_markers=config.inline_markers,
            trace=config.trace,
            least=config.confidence,
        )

    def prepare(self) -> None:
        """Import now what is wanted where something matches: processes that are forked then have it."""
        assert self._judge is not None

    def _keep(self, rule: int, text: bytes, match: Match) -> bool:
        opinion = self._local.opinion(text, match)
        return self._trace or opinion.reason is None or opinion.veto

    def scan(self, source: int, unit: Unit) -> Harvest:
        """All of one unit of the source with that index."""
        detections: list[tuple[int, Detection]] = []
        skipped: list[Skipped] = []
        chunks = size = commits = 0
        states: list[State] = []
        detector = self._detector
        for item, is_loud in self._listened_to(self._sources[source].read(unit)):
            if isinstance(item, Skipped):
                skipped.append(item)
                continue
            silent = item.only == ()
            if not silent:
                chunks += 1
                size += len(item.text)
            if type(item.origin) is CommitOrigin and item.origin.part == "message":
                commits += 1
            depth = item.depth
            timeouts: list[Timeout] = []
            if not is_loud:
                states[depth:] = (EMPTY,)
                continue
            if item.novelty is None:
                if isinstance(item.only, tuple) and not silent and not self._trace:
                    state = detector.detect_within(item.text, line_spans(item.text, item.only), timeouts)
                else:
                    state = detector.detect(item.text, timeouts)
                while len(states) < depth:
                    states.append(EMPTY)
            else:
                state = detector.update(item.text, states[depth - 1], item.novelty, timeouts)
            states[depth:] = (state,)
            if (state.matches or state.derived) and not silent:
                detections += [(source, d) for d in self._judge.judge(item, state.matches, state.derived)]
            if state.stops and not silent:
                from .stopped import not_decoded

                skipped += not_decoded(item, state.stops)
            if timeouts and not silent:
                skipped += self._given_up(item, timeouts)
        return Harvest(detections, skipped, chunks, size, commits)

    def _listened_to(self, items: Iterable[Chunk | Skipped]) -> Iterator[tuple[Chunk | Skipped, bool]]:
        """Each item with whether to look at it more closely. Messages and names are listened to together: most are short,
        and hold nothing."""
        waiting: list[Chunk] = []
        size = 0
        for item in items:
            if isinstance(item, Chunk) and item.only is None and isinstance(item.origin, TEXTS):
                waiting.append(item)
                size += len(item.text)
                if size < TOGETHER:
                    continue
                yield from self._told(waiting)
            else:
                yield from self._told(waiting)
                yield item, True
            waiting, size = [], 0
        yield from self._told(waiting)

    def _told(self, waiting: Sequence[Chunk]) -> Iterator[tuple[Chunk, bool]]:
        loud = self._detector.loud([chunk.text for chunk in waiting]) if waiting else ()
        return ((chunk, number in loud) for number, chunk in enumerate(waiting))

    def _given_up(self, chunk: Chunk, timeouts: Iterable[Timeout]) -> list[Skipped]:
        return [
            Skipped(describe(chunk.origin), "timeout", f"rule {rule} took too long here")
            for rule in sorted({self._rules[t.rule].id for t in timeouts})
        ]


def _literals(rule_set: RuleSet) -> LiteralsOf:
    """Reads them only when the first one is asked for."""
    known: list[Mapping[str, Literals]] = []

    def literals(pattern: str) -> Literals:
        if not known:
            known.append(literals_of(rule_set))
        return known[0][pattern_key(pattern)]

    return literals


def run(sources: Sequence[Source], config: Config, *, jobs: int, progress: Progress | None = None) -> Harvest:
    """Scan every unit of `sources` with at most `jobs` processes. The order of what comes back is not defined."""
    work = [(index, unit) for index, source in enumerate(sources) for unit in source.units()]
    total = Harvest([], [s for source in sources for s in source.skipped()], 0, 0, 0)
    size = sum(source.size() for source in sources)
    config = config._replace(size=size)
    if size < SMALL and not config.exhaustive:
        config = config._replace(kind="quick")
    harvests = _harvests(sources, config, work, jobs if size >= POOL_PAYS else 1)
    same: dict[bytes | str, Any] = {}  # secrets and lines, which every unit brings anew
    for done, harvest in enumerate(harvests, start=1):
        for source, d in harvest.detections:
            secret, snippet = same.setdefault(d.secret, d.secret), same.setdefault(d.snippet, d.snippet)
            total.detections.append((source, d._replace(secret=secret, snippet=snippet)))
        total.skipped.extend(harvest.skipped)
        total = total._replace(
            chunks=total.chunks + harvest.chunks,
            bytes=total.bytes + harvest.bytes,
            commits=total.commits + harvest.commits,
        )
        if progress is not None:
            progress(done, len(work))
    return total


def _harvests(
    sources: Sequence[Source], config: Config, work: list[tuple[int, Any]], jobs: int
) -> Iterator[Harvest]:
    if jobs <= 1 or len(work) <= 1:
        worker = Worker(sources, config)
        for source, unit in work:
            yield worker.scan(source, unit)
        return
    from .pool import scan_in_pool

    yield from scan_in_pool(sources, config, work, min(jobs, len(work)))
