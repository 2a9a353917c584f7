"""Level one of detection: automaton → pattern → the rule's own checks.

Everything here is local: whether a match stands depends on its own bytes and on `LOOK` bytes on either side. That is what
lets a match be carried over from a delta's base: if it lies, with those bytes, inside one copied range, it stands in the
target as well, and whatever else matches there touches something new and is found by scanning the windows around it.

Two classes of rules: a *near* rule's match spans at most `NEAR` bytes. A *far* rule (PEM blocks, JWTs) is longer and begins
with an anchor; its anchors are carried over like matches, and all of them are confirmed again on every text.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from leakscan.model.match import Match
from leakscan.model.record import NamedTuple
from leakscan.rulepack.stored import linked

from .automaton import Automaton, Hits, build
from .decode.view import NOTHING, Derived, Opened, Stop
from .everywhere import Everywhere
from .places import fresh, parted, starts
from .places_known import LONGEST, KnownPlaces
from .search import Search, merged, moved

if TYPE_CHECKING:
    from leakscan.model.content import Copy, Novelty
    from leakscan.model.rule import Rule
    from leakscan.rulepack.shape import Shape

    from .automaton import Kind, LiteralsOf
    from .decode.decoder import Decoder, Scanned
    from .decode.view import View
    from .seen import SeenBlocks

NEAR = 300
LOOK = 128

Keep = Callable[[int, bytes, Match], bool]
"""Level-one checks: (rule index, text, match) → whether it stands. Must look no further than `LOOK` bytes around it."""


class State(NamedTuple):
    """What is known of a text: raw matches of all rules, and the hits of far rules, both sorted."""

    matches: tuple[Match, ...] = ()
    anchors: tuple[tuple[int, int], ...] = ()
    size: int = 0  # of the text, in bytes; kept only where there is something to carry over
    derived: tuple[Derived, ...] = ()  # what stands encoded in it; marks of it are among the anchors
    stops: tuple[Stop, ...] = ()  # what of that was not decoded


EMPTY = State()


class Timeout(NamedTuple):
    """A pattern that was given up on a text."""

    rule: int


class Detector:
    """Finds what the rules' patterns match. One per process; not picklable.

    `exhaustive` runs every pattern over the whole text, without an automaton and without inheriting: the oracle.
    """

    context = NEAR + LOOK
    """Bytes around anything new that a near match can depend on: how far a source widens its windows."""

    def __init__(
        self,
        rules: Sequence[Rule],
        keep: Keep,
        *,
        shapes: Sequence[Shape],
        literals: LiteralsOf,
        kind: Kind = "full",
        exhaustive: bool = False,
        trusted: bool = False,
        repetitive: int = 0,
    ) -> None:
        """`shapes` (of the rules) and `literals` (by pattern) are what `rulepack.width` says; literals are rarely asked for.

        `trusted`: the patterns are known to be quick and need no limit on time. `repetitive`: how many bytes are to come
        that repeat each other, as those of a history do.
        """
        self._rules = rules
        self._count = len(rules)
        self._keep = keep
        self._reach = [s.max_len + s.look_ahead for s in shapes]
        self._far = frozenset(i for i, s in enumerate(shapes) if s.max_len > NEAR)
        self._is_far = bytes(i in self._far for i in range(self._count))
        self._linked = linked(rules)
        self._automaton: Automaton | None = None if exhaustive else build(rules, literals, kind)
        self._search = Search(rules, shapes, literals, far=self._far, trusted=trusted)
        self._everywhere = Everywhere(rules) if exhaustive else None
        self._known = KnownPlaces()
        self._before = [
            max(LOOK, s.look_behind + 1) for s in shapes
        ]  # what decides about a match before its start
        needs = (0 if i in self._far else max(s.max_len + LOOK, self._reach[i]) for i, s in enumerate(shapes))
        self._needs = array("I", needs).tobytes()
        self._seen: SeenBlocks | None = None
        if repetitive and self._automaton is not None:
            from . import blocks
            from .seen import SeenBlocks, slots_for

            if blocks.COMPILED:
                self._seen = SeenBlocks(self._automaton.hits, self._automaton.reach, slots_for(repetitive))

    @cached_property
    def _decoder(self) -> Decoder:
        from .decode.decoder import Decoder

        return Decoder(self._count, self._scan_view, near=NEAR, look=LOOK)

    def detect(self, text: bytes, timeouts: list[Timeout]) -> State:
        """All that stands in `text`. A pattern that takes too long is named in `timeouts`."""
        hits = self._all_hits(text) if self._automaton is None else self._hits(text, ((0, len(text)),))
        if not hits and self._automaton is not None and not self._automaton.always:
            return EMPTY
        marks, held = parted(hits, self._is_far)
        return self._state(self._confirm(text, self._spans(text, hits), timeouts), held, marks, text)

    def loud(self, texts: Sequence[bytes]) -> set[int]:
        """Which of some texts, by number, have to be looked at more closely: `detect` says `EMPTY` of all the others.

        The automaton sees them in one go: for a short text, a call costs more than what it looks at.
        """
        if self._automaton is None or self._automaton.always:
            return set(range(len(texts)))
        gap = b"\n" * (self._automaton.reach + 1)
        ends = list(accumulate(len(text) + len(gap) for text in texts))
        return {bisect_left(ends, end) for _, end in self._automaton.hits(gap.join(texts))}

    def detect_within(self, text: bytes, lines: Sequence[tuple[int, int]], timeouts: list[Timeout]) -> State:
        """As `detect`, where only matches that touch `lines` (half-open spans of whole lines, sorted) are of interest.

        All of these are there, and what decides on them: what overlaps them, and everything that rules which require
        others, or are required by others, match anywhere.
        """
        if self._automaton is None:
            return self.detect(text, timeouts)
        hits = self._all_hits(text)
        marks, _ = parted(hits, self._is_far)
        spans = self._spans(text, hits)
        first = self._confirm(text, self._reaching(spans, lines), timeouts, lines=lines)
        touching = [(m.start, m.end) for m in first]
        if not touching and not marks:
            return EMPTY
        linked = {rule: some for rule, some in spans.items() if rule in self._linked}
        confirmed = self._confirm(text, self._reaching(spans, touching) | linked, timeouts)
        return self._state(confirmed, (), marks, text)

    def _reaching(
        self, spans: Mapping[int, Sequence[tuple[int, int]]], zones: Sequence[tuple[int, int]]
    ) -> dict[int, list[tuple[int, int]]]:
        """Those of `spans`, in which matches start, from which a match can reach one of the zones (ends included)."""
        return {
            rule: merged(
                [
                    (max(low, a - self._reach[rule]), min(high, b + 1))
                    for a, b in zones
                    for low, high in some
                    if low <= b and high + self._reach[rule] > a
                ]
            )
            for rule, some in spans.items()
        }

    def raw(self, text: bytes) -> tuple[Match, ...]:
        """Whatever any pattern matches in `text`, whether or not it would stand; and where something stands encoded."""
        hits = self._all_hits(text)
        marks, _ = parted(hits, self._is_far)
        matches = self._confirm(text, self._spans(text, hits), [], keep_all=True)
        return (*matches, *(in_source(d.view, m) for d in self._open(text, marks).found for m in d.matches))

    def _all_hits(self, text: bytes) -> Hits:
        """What the automaton says of rules, and of marks. Without one nothing of rules: all are tried everywhere."""
        return self._decoder.search.hits(text) if self._automaton is None else self._automaton.hits(text)

    def _open(self, text: bytes, marks: Hits) -> Opened:
        return self._decoder.open(text, marks) if marks else NOTHING

    def _scan_view(self, text: bytes, trusted: bool) -> Scanned:
        """Matches in what was decoded, of rules that are specific, or of all where it is `trusted` to be a secret."""
        from .decode.decoder import Scanned

        hits = self._all_hits(text)
        marks, _ = parted(hits, self._is_far)
        spans = self._spans(text, hits)
        if not trusted:
            spans = {rule: some for rule, some in spans.items() if not self._rules[rule].generic}
        timeouts: list[Timeout] = []
        matches = self._confirm(text, spans, timeouts)
        return Scanned(matches, marks, sorted({self._rules[t.rule].id for t in timeouts}))

    def _state(
        self, matches: Sequence[Match], anchors: Iterable[tuple[int, int]], marks: Hits, text: bytes
    ) -> State:
        derived, held, stops = self._open(text, marks)
        if not matches and not anchors and not held:
            return EMPTY
        return State(tuple(matches), tuple(sorted({*anchors, *held})), len(text), derived, stops)

    def update(self, text: bytes, base: State, novelty: Novelty, timeouts: list[Timeout]) -> State:
        """As `detect`, for a text whose delta is known and whose base has been judged: costs what is new in it."""
        if self._automaton is None:
            return self.detect(text, timeouts)
        hits = self._hits(text, novelty.windows)
        if not hits and base is EMPTY and not self._automaton.always:
            return EMPTY
        inherited, carried = ([], []) if base is EMPTY else self._carry_over(base, novelty.copies, len(text))
        hits += carried
        marks, held = parted(hits, self._is_far)
        # What nothing new decides on is inherited, or has been looked at and is none.
        spans = self._spans(text, hits, novelty.windows)
        spans = fresh(spans, novelty.windows, self._needs, len(text), self.context, LOOK)
        confirmed = self._confirm(text, spans, timeouts)
        return self._state(sorted({*inherited, *confirmed}) if inherited else confirmed, held, marks, text)

    def _hits(self, text: bytes, windows: tuple[tuple[int, int], ...]) -> Hits:
        """The automaton's hits in the windows."""
        assert self._automaton is not None
        if self._seen is not None:
            return self._seen.hits(text, windows)
        found: Hits = []
        for start, end in windows:
            if start:
                found += [(rule, start + at) for rule, at in self._automaton.hits(text[start:end])]
            else:
                found += self._automaton.hits(text[:end])
        return found

    def _spans(
        self, text: bytes, hits: Hits, windows: Sequence[tuple[int, int]] = ()
    ) -> dict[int, list[tuple[int, int]]]:
        """Where matches can start, by rule: near its hits; in the windows (everywhere) where the automaton cannot say."""
        whole = [(0, len(text))]
        if self._automaton is None:
            return dict.fromkeys(range(self._count), whole)
        spans = starts(text, hits, *self._automaton.table)
        for rule in self._automaton.always:
            spans[rule] = whole if not windows or rule in self._far else list(windows)
        return spans

    def _confirm(
        self,
        text: bytes,
        spans: dict[int, list[tuple[int, int]]],
        timeouts: list[Timeout],
        *,
        keep_all: bool = False,
        lines: Sequence[tuple[int, int]] | None = None,
    ) -> tuple[Match, ...]:
        """The matches whose start lies in one of their rule's spans, and which stand, sorted. Spans do not overlap.

        Of those that touch none of `lines`, where they are given, nobody asks.
        """
        out: list[Match] = []
        keep = self._keep
        for rule, some in spans.items():
            if not some:
                continue
            if keep_all or lines is not None or self._automaton is None or self._search.is_simple(rule):
                found, given_up = (self._everywhere or self._search).matches(rule, text, some)
                if lines is not None:
                    found = [match for match in found if _touches(match, lines)]
                out += found if keep_all else [match for match in found if keep(rule, text, match)]
            else:
                found, given_up = self._standing(rule, text, some)
                out += found
            if given_up:
                timeouts.append(Timeout(rule))
        return tuple(sorted(out))

    def _standing(self, rule: int, text: bytes, spans: Iterable[tuple[int, int]]) -> tuple[list[Match], bool]:
        """As `Search.matches`, without those that do not stand.

        They depend on the bytes around alone, and the versions of a file repeat the same lines: these are remembered.
        """
        out: list[Match] = []
        given_up = False
        before, behind = self._before[rule], self._reach[rule] + LOOK + 1
        known, keep = self._known, self._keep
        for low, high in spans:
            start = low - before if low > before else 0
            around = text[start : high + behind]
            place = (rule, low - start, high - low, around)
            found = known.get(place, low) if len(around) <= LONGEST else None
            if found is None:
                tried, late = self._search.matches(rule, text, ((low, high),))
                found = [match for match in tried if keep(rule, text, match)]
                if late:
                    given_up = True
                elif len(around) <= LONGEST:
                    known.put(place, low, found)
            out += found
        return out, given_up

    def _carry_over(
        self, base: State, copies: Sequence[Copy], size: int
    ) -> tuple[list[Match], list[tuple[int, int]]]:
        """What of `base` lies, with all that it depends on, inside one copy; at its new place.

        A match depends on `LOOK` bytes on either side, and on as many bytes as its pattern could have taken.
        Where a copy begins (ends) both texts, nothing can stand before (behind) it: that edge is open.
        """
        matches: list[Match] = []
        anchors: list[tuple[int, int]] = []
        by_start = sorted(base.matches, key=lambda m: m.start)
        starts = [m.start for m in by_start]
        ends = sorted((end, rule) for rule, end in base.anchors)
        for base_start, start, length in copies:
            if length <= 2 * LOOK and start and start + length != size:
                continue  # too short for any match and what it depends on; most copies are
            shift = start - base_start
            low = base_start if base_start or start else -LOOK - NEAR
            high = base_start + length
            if high == base.size and start + length == size:
                high += LOOK + NEAR
            for m in by_start[bisect_left(starts, low + LOOK) : bisect_left(starts, high)]:
                reach = max(m.end + LOOK, m.start + self._reach[m.rule])
                if reach <= high and m.rule not in self._far:
                    matches.append(moved(m, shift))
            for end, rule in ends[bisect_left(ends, (low + NEAR, -1)) : bisect_left(ends, (high, -1))]:
                anchors.append((rule, end + shift))
        return matches, anchors


def in_source(view: View, match: Match) -> Match:
    """A match in a view as one in what it was made from: of all that is encoded there."""
    secret = view.span(match.secret_start, match.secret_end)
    start, end = view.span(match.start, match.end)
    return Match(match.rule, min(start, secret[0]), max(end, secret[1]), *secret)


def _touches(match: Match, lines: Sequence[tuple[int, int]]) -> bool:
    return any(match.start <= high and low <= match.end for low, high in lines)
