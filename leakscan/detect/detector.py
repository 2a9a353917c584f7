"""Level one of detection: automaton → pattern → the rule's own checks.

Everything here is local: whether a match stands depends on its own bytes and on `LOOK` bytes on either side. That is what
lets a match be carried over from a delta's base: if it lies, with those bytes, inside one copied range, it stands in the
target as well, and whatever else matches there touches something new and is found by scanning the windows around it.

Two classes of rules: a *near* rule's match spans at most `NEAR` bytes. A *far* rule (PEM blocks, JWTs) is longer and begins
with an anchor; its anchors are carried over like matches, and all of them are confirmed again on every text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from leakscan.model.match import Match
from leakscan.rulepack.groups import secret_parts, secret_span
from leakscan.rulepack.stored import linked

from .automaton import Automaton, Hits, build
from .matching import quick, timed

if TYPE_CHECKING:
    from leakscan.model.content import Copy, Novelty
    from leakscan.model.rule import Rule
    from leakscan.rulepack.shape import Shape

    from .automaton import Kind, Literals, LiteralsOf
    from .matching import Found, Matcher
    from .seen import SeenBlocks

NEAR = 300
LOOK = 128
SPREAD = 16  # bytes that a literal may wander from the start of a match and still say where to look for it
MEMORY = 1 << 14  # places where a rule was tried that are remembered, each with the bytes around it
_REPEATED = 2048  # bytes: a longer place is not worth remembering
FLOOD = 1024  # bytes: in a longer span the secret is looked for before the whole pattern is tried
BUSY = 8  # tries of a rule after which its literals are looked for first

Keep = Callable[[int, bytes, Match], bool]
"""Level-one checks: (rule index, text, match) → whether it stands. Must look no further than `LOOK` bytes around it."""


class State(NamedTuple):
    """What is known of a text: raw matches of all rules, and the hits of far rules, both sorted."""

    matches: tuple[Match, ...] = ()
    anchors: tuple[tuple[int, int], ...] = ()
    size: int = 0  # of the text, in bytes; kept only where there is something to carry over


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
        repetitive: bool = False,
    ) -> None:
        """`shapes` (of the rules) and `literals` (by pattern) are what `rulepack.width` says; literals are rarely asked for.

        `trusted`: the patterns are known to be quick and need no limit on time. `repetitive`: the texts to come repeat each
        other, as those of a history do.
        """
        self._trusted = trusted and not exhaustive
        self._rules = rules
        self._keep = keep
        self._compiled: dict[int, Matcher] = {}
        self._literals_of = literals
        self._literals: dict[int, tuple[Literals, int]] = {}
        self._memory: dict[tuple[int, int, int, bytes], tuple[Match, ...]] = {}
        self._tries: dict[int, int] = {}
        self._cores: dict[int, re.Pattern[bytes] | None] = {}
        self._shapes = shapes
        self._reach = [s.max_len + s.look_ahead for s in self._shapes]
        self._far = frozenset(i for i, s in enumerate(self._shapes) if s.max_len > NEAR)
        self._linked = linked(rules)
        self._automaton: Automaton | None = None if exhaustive else build(rules, literals, kind)
        self._seen: SeenBlocks | None = None
        if repetitive and self._automaton is not None:
            from . import blocks
            from .seen import SeenBlocks

            if blocks.COMPILED:
                self._seen = SeenBlocks(self._automaton.hits, self._automaton.reach)

    def detect(self, text: bytes, timeouts: list[Timeout]) -> State:
        """All that stands in `text`. A pattern that takes too long is named in `timeouts`."""
        if self._automaton is None:
            return _state(self._confirm(text, self._spans(text), timeouts), [], text)
        found = self._hits(text, ((0, len(text)),))
        if not found and not self._automaton.always:
            return EMPTY
        held = sorted({hit for hit in found if hit[0] in self._far})
        return _state(self._confirm(text, self._spans(text, found), timeouts), held, text)

    def detect_within(self, text: bytes, lines: Sequence[tuple[int, int]], timeouts: list[Timeout]) -> State:
        """As `detect`, where only matches that touch `lines` (half-open spans of whole lines, sorted) are of interest.

        All of these are there, and what decides on them: what overlaps them, and everything that rules which require
        others, or are required by others, match anywhere.
        """
        if self._automaton is None:
            return self.detect(text, timeouts)
        spans = self._spans(text, self._automaton.hits(text))
        first = self._confirm(text, self._reaching(spans, lines), timeouts)
        touching = [(m.start, m.end) for m in first if any(m.start <= b and a <= m.end for a, b in lines)]
        if not touching:
            return EMPTY
        linked = {rule: some for rule, some in spans.items() if rule in self._linked}
        return _state(self._confirm(text, self._reaching(spans, touching) | linked, timeouts), [], text)

    def _reaching(
        self, spans: Mapping[int, Sequence[tuple[int, int]]], zones: Sequence[tuple[int, int]]
    ) -> dict[int, list[tuple[int, int]]]:
        """Those of `spans`, in which matches start, from which a match can reach one of the zones (ends included)."""
        return {
            rule: [
                (max(low, a - self._reach[rule]), min(high, b + 1))
                for a, b in zones
                for low, high in some
                if low <= b and high + self._reach[rule] > a
            ]
            for rule, some in spans.items()
        }

    def raw(self, text: bytes) -> tuple[Match, ...]:
        """Whatever any pattern matches in `text`, whether or not it would stand."""
        hits = self._automaton.hits(text) if self._automaton is not None else ()
        return self._confirm(text, self._spans(text, hits), [], keep_all=True)

    def update(self, text: bytes, base: State, novelty: Novelty, timeouts: list[Timeout]) -> State:
        """As `detect`, for a text whose delta is known and whose base has been judged: costs what is new in it."""
        if self._automaton is None:
            return self.detect(text, timeouts)
        found = self._hits(text, novelty.windows)
        if not found and base is EMPTY and not self._automaton.always:
            return EMPTY
        inherited, anchors = ([], []) if base is EMPTY else self._carry_over(base, novelty.copies, len(text))
        held = sorted({*anchors, *(hit for hit in found if hit[0] in self._far)})
        confirmed = self._confirm(text, self._spans(text, {*found, *held}, novelty.windows), timeouts)
        return _state(sorted({*inherited, *confirmed}) if inherited else confirmed, held, text)

    def _hits(self, text: bytes, windows: Iterable[tuple[int, int]]) -> Hits:
        """The automaton's hits in the windows."""
        assert self._automaton is not None
        found: Hits = []
        for start, end in windows:
            if self._seen is not None:
                found += self._seen.hits(text, start, end)
            else:
                found += [(rule, start + at) for rule, at in self._automaton.hits(text[start:end])]
        return found

    def _spans(
        self, text: bytes, hits: Iterable[tuple[int, int]] = (), windows: Sequence[tuple[int, int]] = ()
    ) -> dict[int, list[tuple[int, int]]]:
        """Where matches can start, by rule: near its hits; in the windows (everywhere) where the automaton cannot say."""
        whole = [(0, len(text))]
        if self._automaton is None:
            return dict.fromkeys(range(len(self._rules)), whole)
        leads = self._automaton.leads
        spans: dict[int, list[tuple[int, int]]] = {}
        for rule, end in hits:
            spans.setdefault(rule, []).append((max(0, end - leads[rule]), end))
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
    ) -> tuple[Match, ...]:
        """The matches whose start lies in one of their rule's spans, and which stand; sorted, each once."""
        out: set[Match] = set()
        for rule, some in spans.items():
            if not some:
                continue
            for low, high in _merge(some):
                try:
                    found = self._remembered(rule, text, low, high)
                except TimeoutError:
                    timeouts.append(Timeout(rule))
                    continue
                out.update(m for m in found if keep_all or self._keep(rule, text, m))
        return tuple(sorted(out))

    def _remembered(self, rule: int, text: bytes, low: int, high: int) -> Sequence[Match]:
        """What `_search` says. It depends on the bytes around alone, and the versions of a file repeat the same lines."""
        before = min(low, self._shapes[rule].look_behind + 1)
        around = text[low - before : high + self._reach[rule] + 1]
        if self._automaton is None or len(around) > _REPEATED:
            return self._search(rule, text, low, high)
        key = (rule, before, high - low, around)
        known = self._memory.get(key)
        if known is None:
            found = self._search(rule, text, low, high)
            if len(self._memory) >= MEMORY:
                self._memory.clear()
            self._memory[key] = tuple(_moved(match, -low) for match in found)
            return found
        return [_moved(match, low) for match in known] if known else known

    def _search(self, rule: int, text: bytes, low: int, high: int) -> list[Match]:
        """The matches of a rule that start in the half-open span. Raises TimeoutError."""
        matcher = self._matcher(rule)
        found = []
        for start, end in self._narrowed(rule, text, low, high):
            for m in self._matches(rule, matcher, text, start, end):
                match = Match(rule, m.start(), m.end(), *secret_span(m, matcher.groups))
                if match.secret_end > match.secret_start:
                    found.append(match)
        return found

    def _narrowed(self, rule: int, text: bytes, low: int, high: int) -> list[tuple[int, int]]:
        """The parts of a span where matches can start: where what the secret looks like is not too far away.

        A long span is a flood of what rules look for, which is seldom followed by a secret, and trying the whole pattern
        everywhere costs ten times as much as looking for the secret alone. Any secret in a match overlaps something that
        is found so, for what is looked for starts at every secret, and only what begins before can hide it.
        """
        if high - low <= FLOOD or self._automaton is None or not self._trusted or rule in self._far:
            return [(low, high)]
        if rule not in self._cores:
            self._cores[rule] = _core(self._rules[rule].pattern)
        core = self._cores[rule]
        if core is None:
            return [(low, high)]
        reach = self._shapes[rule].max_len
        end = min(len(text), high + self._reach[rule] + 1)
        near = [(max(low, m.start() - reach), min(high, m.end() + 1)) for m in core.finditer(text, low, end)]
        return _merge([(a, b) for a, b in near if a < b])

    def _matches(self, rule: int, matcher: Matcher, text: bytes, low: int, high: int) -> Iterator[Found]:
        """Every match of a rule that starts in the half-open span, from each start the one that the pattern prefers.

        Where each match holds one of a few literals near its start, only the starts before these are tried: a fifth of
        the time that trying all takes.
        """
        literals, furthest = (
            self._near_start(rule) if self._automaton is not None and self._is_busy(rule) else (None, 0)
        )
        if literals is None:
            yield from matcher.every(text, low, high, min(len(text), high + self._reach[rule] + 1))
            return
        lowered = text[low : high + furthest].lower()
        starts: set[int] = set()
        for literal, max_end in literals:
            at = lowered.find(literal)
            while at >= 0:
                starts.update(range(max(0, at + len(literal) - max_end), at + 1))
                at = lowered.find(literal, at + 1)
        for start in sorted(starts):
            found = matcher.at(text, low + start) if low + start < high else None
            if found is not None:
                yield found

    def _is_busy(self, rule: int) -> bool:
        """Whether a rule is tried so often that it pays to take its pattern apart."""
        tries = self._tries[rule] = self._tries.get(rule, 0) + 1
        return tries > BUSY

    def _near_start(self, rule: int) -> tuple[Literals, int]:
        """The literals of a rule, if they stand so near to the start of a match that they say where to try; and how far
        from it they can end."""
        known = self._literals.get(rule)
        if known is None:
            some = self._literals_of(self._rules[rule].pattern)
            near = some is not None and all(x.max_end - len(x.text) <= SPREAD for x in some)
            furthest = max(x.max_end for x in some) if near and some else 0
            known = self._literals[rule] = (some if near else None, furthest)
        return known

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
                    matches.append(_moved(m, shift))
            for end, rule in ends[bisect_left(ends, (low + NEAR, -1)) : bisect_left(ends, (high, -1))]:
                anchors.append((rule, end + shift))
        return matches, anchors

    def _matcher(self, rule: int) -> Matcher:
        matcher = self._compiled.get(rule)
        if matcher is None:
            make = quick if self._trusted and rule not in self._far else timed
            matcher = self._compiled[rule] = make(self._rules[rule].pattern)
        return matcher


def _core(pattern: str) -> re.Pattern[bytes] | None:
    """The secrets of a pattern, wherever they stand; None where they mean nothing by themselves."""
    parts = secret_parts(pattern)
    if not parts or not all(alone for _, alone in parts):
        return None
    return re.compile("|".join(f"(?:{part})" for part, _ in parts).encode("latin-1"))


def _state(matches: Sequence[Match], anchors: Sequence[tuple[int, int]], text: bytes) -> State:
    return State(tuple(matches), tuple(anchors), len(text)) if matches or anchors else EMPTY


def _moved(match: Match, by: int) -> Match:
    rule, start, end, secret_start, secret_end = match
    return Match(rule, start + by, end + by, secret_start + by, secret_end + by)


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping half-open spans joined, in order."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out
