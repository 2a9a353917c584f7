"""Where a rule's pattern matches, near the places that the automaton names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from leakscan.model.match import Match

from .compiled import CompiledPatterns
from .matching import quick, timed

if TYPE_CHECKING:
    from leakscan.model.rule import Rule
    from leakscan.rulepack.shape import Shape

    from .automaton import Literals, LiteralsOf
    from .matching import Found, Matcher

SPREAD = 16  # bytes that a literal may wander from the start of a match and still say where to look for it
FLOOD = 1024  # bytes: in a longer span the secret is looked for before the whole pattern is tried
TRIED = 1 << 16  # bytes: on texts of that size no built-in pattern is slow (benchmarks/adversarial.py)
SHORT = 8  # starts that are tried one by one
FEW = 32  # the same of starts that are known to be near what a match holds
SIMPLE = 100  # bytes: a pattern that sees no more is tried sooner than remembered
_new = tuple.__new__  # half of what calling a NamedTuple costs
BUSY = 8  # tries of a rule after which its literals are looked for first


class Search:
    """The rules' patterns at work. One per process.

    `trusted` patterns need no limit on time where they are not `far`, or the text is no longer than those that they were
    tried on. `everywhere` comes to the same, slowly.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        shapes: Sequence[Shape],
        literals: LiteralsOf,
        *,
        far: Collection[int],
        trusted: bool,
    ) -> None:
        self._rules = rules
        self._shapes = shapes
        self._reach = [s.max_len + s.look_ahead for s in shapes]
        self._literals_of = literals
        self._far = far
        self._trusted = trusted
        self._patterns = CompiledPatterns()
        self._compiled: dict[tuple[int, bool], Matcher] = {}
        self._literals: dict[int, tuple[Literals, int]] = {}
        self._tries: dict[int, int] = {}
        self._cores: dict[int, re.Pattern[bytes] | None] = {}

    def matches(self, rule: int, text: bytes, spans: Iterable[tuple[int, int]]) -> tuple[list[Match], bool]:
        """The matches of a rule that start in one of the half-open spans, which do not overlap; and whether its pattern took
        too long for one of them, in which nothing is then found."""
        found: list[Match] = []
        given_up = False
        matcher = self._matcher(rule, len(text))
        groups, at, _ = matcher
        for low, high in spans:
            before = len(found)
            try:
                if high - low > SHORT:
                    found += self._found(rule, matcher, text, low, high)
                    continue
                for start in range(low, high):
                    m = at(text, start)
                    if m is not None:
                        _add(found, rule, m, groups)
            except TimeoutError:
                del found[before:]
                given_up = True
        return found, given_up

    def is_simple(self, rule: int) -> bool:
        """Whether a rule is tried sooner than it is remembered what came of it."""
        return self._reach[rule] <= SIMPLE

    def _found(self, rule: int, matcher: Matcher, text: bytes, low: int, high: int) -> list[Match]:
        """The matches of a rule that start in the half-open span, a longer one. Raises TimeoutError."""
        found: list[Match] = []
        for start, end in self._narrowed(rule, text, low, high):
            for m in self._matches(rule, matcher, text, start, end):
                _add(found, rule, m, matcher.groups)
        return found

    def _narrowed(self, rule: int, text: bytes, low: int, high: int) -> list[tuple[int, int]]:
        """The parts of a span where matches can start: where what the secret looks like is not too far away.

        A long span is a flood of what rules look for, which is seldom followed by a secret, and trying the whole pattern
        everywhere costs ten times as much as looking for the secret alone. Any secret in a match overlaps something that
        is found so, for what is looked for starts at every secret, and only what begins before can hide it.
        """
        if high - low <= FLOOD or not self._trusted or rule in self._far:
            return [(low, high)]
        if rule not in self._cores:
            from .core import core  # wanted only in floods

            self._cores[rule] = core(self._rules[rule].pattern, self._patterns.compile)
        secret = self._cores[rule]
        if secret is None:
            return [(low, high)]
        reach = self._shapes[rule].max_len
        end = min(len(text), high + self._reach[rule] + 1)
        near = [
            (max(low, m.start() - reach), min(high, m.end() + 1)) for m in secret.finditer(text, low, end)
        ]
        return merged([(a, b) for a, b in near if a < b])

    def _matches(self, rule: int, matcher: Matcher, text: bytes, low: int, high: int) -> Iterator[Found]:
        """Every match of a rule that starts in the half-open span, from each start the one that the pattern prefers.

        Where each match holds one of a few literals near its start, only the starts before these are tried: a fifth of
        the time that trying all takes.
        """
        literals, furthest = self._near_start(rule) if self._is_busy(rule) else (None, 0)
        if literals is None:
            yield from matcher.every(text, low, high, min(len(text), high + self._reach[rule] + 1))
            return
        lowered = text[low : high + furthest].lower()
        spans: list[tuple[int, int]] = []
        for literal, max_end in literals:
            before = max_end - len(literal)
            find = lowered.find
            at = find(literal)
            while at >= 0:
                first = last = at
                at = find(literal, at + 1)
                while 0 <= at <= last + before + 1:
                    last = at
                    at = find(literal, at + 1)
                spans.append((max(low, low + first - before), min(high, low + last + 1)))
        for first, behind in merged(spans):
            if behind - first > FEW:
                yield from matcher.every(text, first, behind, min(len(text), behind + self._reach[rule] + 1))
                continue
            for start in range(first, behind):
                found = matcher.at(text, start)
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

    def _matcher(self, rule: int, size: int) -> Matcher:
        is_quick = self._trusted and (rule not in self._far or size <= TRIED)
        matcher = self._compiled.get((rule, is_quick))
        if matcher is None:
            pattern = self._rules[rule].pattern
            matcher = quick(pattern, self._patterns.compile) if is_quick else timed(pattern)
            self._compiled[rule, is_quick] = matcher
        return matcher


def _add(found: list[Match], rule: int, m: Found, groups: Sequence[int]) -> None:
    """Append a match, unless its secret is empty."""
    start, end = m.span()
    low, high = start, end
    for group in groups:
        first, last = m.span(group)
        if first >= 0:
            low, high = first, last
            break
    if high > low:
        found.append(_new(Match, (rule, start, end, low, high)))


def moved(match: Match, by: int) -> Match:
    """`match` as it is `by` bytes further on."""
    rule, start, end, secret_start, secret_end = match
    return Match(rule, start + by, end + by, secret_start + by, secret_end + by)


def merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping half-open spans joined, in order."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out
