"""The rules of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

from .stored import StoredRules, pattern_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leakscan.model.rule import Rule

    from .cache import Store
    from .shape import Shape


class RuleSet(NamedTuple):
    """Rules, ready for a scan. Picklable.

    `rules` carry what detection needs and no documentation: description, examples, counterexamples, rotation and
    references are empty. `load.describe` fills them in.
    """

    rules: StoredRules  # sorted by id
    digest: str  # hex; changes with everything that decides what is detected
    store: Store  # where else they are
    packs: tuple[Path, ...] = ()  # where the rules come from, besides the built-in ones
    builtin: bool = True

    def shapes(self, rules: Sequence[Rule]) -> Sequence[Shape]:
        """What `width.measure` says of the patterns of `rules`, which are rules of this set."""
        if isinstance(rules, StoredRules):
            return rules.facts.shapes
        known = dict(zip(self.rules.facts.patterns, self.rules.facts.shapes, strict=True))
        return [known[key] for key in pattern_keys(rules)]
