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
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from leakscan.model.match import Match
from leakscan.rulepack.stored import linked

from .automaton import Automaton, Hits, build
from .confirm import Confirm
from .decode.view import NOTHING, Opened
from .everywhere import Everywhere
from .places import fresh, parted, starts
from .search import Search, merged
from .state import EMPTY, LOOK, NEAR, State, carry_over

if TYPE_CHECKING:
    from leakscan.model.content import Novelty
    from leakscan.model.rule import Rule
    from leakscan.rulepack.shape import Shape

    from .automaton import Kind, LiteralsOf
    from .confirm import Keep, Timeout
    from .decode.decoder import Decoder, Scanned
    from .decode.view import View
    from .seen import SeenBlocks


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
        self._reach = [s.max_len + s.look_ahead for s in shapes]
        self._far = frozenset(i for i, s in enumerate(shapes) if s.max_len > NEAR)
        self._is_far = bytes(i in self._far for i in range(self._count))
        self._linked = linked(rules)
        self._automaton: Automaton | None = None if exhaustive else build(rules, literals, kind)
        search = (
            Everywhere(rules)
            if exhaustive
            else Search(rules, shapes, literals, far=self._far, trusted=trusted)
        )
        self._confirm = Confirm(search, keep, shapes)
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
        return self._state(self._confirm.standing(text, self._spans(text, hits), timeouts), held, marks, text)

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
        first = self._confirm.touching(text, self._reaching(spans, lines), lines, timeouts)
        touching = [(m.start, m.end) for m in first]
        if not touching and not marks:
            return EMPTY
        linked = {rule: some for rule, some in spans.items() if rule in self._linked}
        confirmed = self._confirm.standing(text, self._reaching(spans, touching) | linked, timeouts)
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
        matches = self._confirm.all(text, self._spans(text, hits), [])
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
        matches = self._confirm.standing(text, spans, timeouts)
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
        inherited: list[Match] = []
        carried: Hits = []
        if base is not EMPTY:
            inherited, carried = carry_over(base, novelty.copies, len(text), self._reach, self._far)
            hits += carried
        marks, held = parted(hits, self._is_far)
        # What nothing new decides on is inherited, or has been looked at and is none.
        spans = self._spans(text, hits, novelty.windows)
        spans = fresh(spans, novelty.windows, self._needs, len(text), self.context, LOOK)
        confirmed = self._confirm.standing(text, spans, timeouts)
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


def in_source(view: View, match: Match) -> Match:
    """A match in a view as one in what it was made from: of all that is encoded there."""
    secret = view.span(match.secret_start, match.secret_end)
    start, end = view.span(match.start, match.end)
    return Match(match.rule, min(start, secret[0]), max(end, secret[1]), *secret)
