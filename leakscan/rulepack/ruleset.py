"""The rules of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from leakscan.model.rule import Rule

    from .width import Shape


class RuleSet(NamedTuple):
    """Rules, ready for a scan. Picklable.

    `rules` carry what detection needs and no documentation: description, examples, counterexamples, rotation and
    references are empty. `load.describe` fills them in.
    """

    rules: Sequence[Rule]  # sorted by id
    shapes: Mapping[str, Shape]  # by pattern: what `width.measure` says
    digest: str  # hex; changes with everything that decides what is detected
    packs: tuple[Path, ...] = ()  # where the rules come from, besides the built-in ones
    builtin: bool = True
