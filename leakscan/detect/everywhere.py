"""Every pattern tried everywhere: what `search` comes to, with none of its short cuts. The oracle's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakscan.model.match import Match

from .matching import TIMEOUT, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from leakscan.model.rule import Rule


class Everywhere:
    """All matches of patterns, by the `regex` module, with a limit on the time that each may take on a text."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._known: dict[int, tuple[Callable[..., Any], tuple[int, ...]]] = {}

    def matches(self, rule: int, text: bytes, spans: Iterable[tuple[int, int]]) -> tuple[list[Match], bool]:
        """The matches of a rule that start in one of the half-open spans, from each start the one that the pattern prefers,
        unless its secret is empty; and whether the pattern took too long for one of them, in which nothing is then found."""
        every, groups = self._known.get(rule) or self._compiled(rule)
        found: list[Match] = []
        given_up = False
        for low, high in spans:
            some: list[Match] = []
            try:
                for m in every(text, low, overlapped=True, timeout=TIMEOUT):
                    whole = m.span()
                    if whole[0] >= high:
                        break
                    secret = next((m.span(g) for g in groups if m.span(g)[0] >= 0), whole)
                    if secret[1] > secret[0]:
                        some.append(Match(rule, *whole, *secret))
                found += some
            except TimeoutError:
                given_up = True
        return found, given_up

    def _compiled(self, rule: int) -> tuple[Callable[..., Any], tuple[int, ...]]:
        import regex

        pattern = regex.compile(self._rules[rule].pattern.encode("latin-1"))
        known = self._known[rule] = (pattern.finditer, numbers(pattern.groupindex))
        return known
