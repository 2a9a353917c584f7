"""One secret, one rule: which of those that see it speaks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leakscan.model.rule import CONFIDENCES, SEVERITIES

from .overlaps import Cluster, clusters

if TYPE_CHECKING:
    from leakscan.model.match import Match
    from leakscan.model.rule import Confidence, Rule


class Precedence:
    """A vendor's rule before a generic one, then the surer one, one that needs nothing else, the worse one."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._ranks: dict[tuple[int, Confidence], tuple[object, ...]] = {}

    def decide(
        self,
        sound: Sequence[Match],
        said: Mapping[Match, Confidence],
        parts: Mapping[Match, tuple[Match, ...] | None],
        vetoes: Sequence[Match],
    ) -> dict[Match, int]:
        """For the matches that another rule knows better: its index.

        `sound`: those that stand and have whatever they require. `said`: how sure level one is of each match. `parts`: for
        matches of rules that require others, these (None: one is missing). `vetoes`: what vendors' own rules know to be
        no secret.
        """
        return self._taken(parts) | self._covered(sound, said) | self._vetoed(vetoes, sound)

    def _rank(self, number: int, confidence: Confidence) -> tuple[object, ...]:
        """The lowest goes first. `confidence`: what level one made of the rule's."""
        rank = self._ranks.get((number, confidence))
        if rank is None:
            rule = self._rules[number]
            rank = self._ranks[number, confidence] = (
                rule.generic,
                CONFIDENCES.index(confidence),
                CONFIDENCES.index(rule.confidence),
                not rule.requires,
                SEVERITIES.index(rule.severity),
                rule.id,
            )
        return rank

    def _sureness(self, number: int) -> int:
        return CONFIDENCES.index(self._rules[number].confidence)

    def _taken(self, parts: Mapping[Match, tuple[Match, ...] | None]) -> dict[Match, int]:
        """Matches that are the other half of a finding which is as sure as they are."""
        return {
            part: match.rule
            for match, some in parts.items()
            for part in some or ()
            if self._sureness(match.rule) <= self._sureness(part.rule)
        }

    def _vetoed(self, vetoes: Sequence[Match], sound: Sequence[Match]) -> dict[Match, int]:
        """Generic matches of what a vendor's own rule knows to be no secret."""
        known = frozenset(vetoes)
        return {
            match: veto.rule
            for cluster in (clusters([*vetoes, *sound]) if vetoes else ())
            for near in (Cluster(cluster),)
            for veto in cluster
            if veto in known
            for match in near.around(veto)
            if self._rules[match.rule].generic
        }

    def _covered(self, sound: Sequence[Match], said: Mapping[Match, Confidence]) -> dict[Match, int]:
        """Matches that another one overlaps and ranks before."""
        out = {}
        for cluster in clusters(sound):
            if len(cluster) == 1:
                continue
            near = Cluster(cluster)
            for match in cluster:
                mine = self._rank(match.rule, said[match])
                for other in near.around(match):
                    if (
                        self._rank(other.rule, said[other]) < mine
                        and not self._rules[other.rule].paths  # whether it counts is known when the path is
                        and (not self._rules[other.rule].part or self._rules[match.rule].generic)
                    ):
                        out[match] = other.rule
                        break
        return out
