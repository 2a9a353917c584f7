"""What single rules find in single texts, just as a scan would: for the linter and the tests of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.detect.detector import Detector
from leakscan.model.lines import lines_between
from leakscan.rulepack.width import literals, measure
from leakscan.scanning.local import LocalJudge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leakscan.model.match import Match
    from leakscan.model.rule import Rule


class Trial:
    """Tries rules one by one: pattern, checks, the filters that judge a secret, and what the rule requires near by.

    `rules` are all that may be required.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._detectors: dict[str, Detector] = {}

    def __call__(self, rule: Rule, text: bytes) -> list[tuple[int, int]]:
        """The spans of the secrets that `rule` finds in `text`, half-open, in bytes."""
        found = _spans(self._detector(rule), text)
        for required, lines, optional in rule.requires:
            other = self._rules.get(required)
            if optional:
                continue
            others = _spans(self._detector(other), text) if other is not None else []
            found = [one for one in found if any(_near(text, one, o, lines) for o in others)]
        return found

    def _detector(self, rule: Rule) -> Detector:
        detector = self._detectors.get(rule.id)
        if detector is None:
            detector = self._detectors[rule.id] = Detector(
                [rule],
                _keep(LocalJudge([rule])),
                shapes=[measure(rule.pattern)],
                literals=literals,
                exhaustive=True,
            )
        return detector


def _keep(judge: LocalJudge) -> Callable[[int, bytes, Match], bool]:
    return lambda _, text, match: judge.opinion(text, match).reason is None


def _spans(detector: Detector, text: bytes) -> list[tuple[int, int]]:
    return [(m.secret_start, m.secret_end) for m in detector.detect(text, []).matches]


def _near(text: bytes, one: tuple[int, int], other: tuple[int, int], lines: int) -> bool:
    apart = one[1] <= other[0] or other[1] <= one[0]
    return apart and lines_between(text, one[0], other[0]) <= lines
