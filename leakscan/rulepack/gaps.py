"""`rules coverage`: what rules lack, and which of them a corpus says nothing about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from leakscan.model.rule import Rule

    from .schema import Definition


class Gap(NamedTuple):
    """Rules of which the same is to be said."""

    what: str  # "no counterexample"
    rules: tuple[Definition, ...]


_LACKS: tuple[tuple[str, Callable[[Rule], bool]], ...] = (
    ("no example", lambda rule: not rule.examples),
    ("no counterexample", lambda rule: not rule.counterexamples),
    ("no description", lambda rule: not rule.description),
    ("no reference", lambda rule: not rule.references),
    ("no way to rotate", lambda rule: not (rule.rotate.url or rule.rotate.steps)),
)


def gaps(definitions: Sequence[Definition]) -> list[Gap]:
    """What rules lack, each kind with its rules; kinds that no rule lacks are there as well, empty."""
    return [Gap(what, tuple(d for d in definitions if lacks(d.rule))) for what, lacks in _LACKS]


def silent(definitions: Sequence[Definition], found: Collection[str], seen: Collection[str]) -> list[Gap]:
    """What a corpus says of rules. `found`: ids of the rules that reported something there, parts of other rules' findings
    included; `seen`: of those that matched, whether or not it stood."""
    quiet = [d for d in definitions if d.rule.id not in found]
    return [
        Gap("matches there, and nothing stands", tuple(d for d in quiet if d.rule.id in seen)),
        Gap("never matches there", tuple(d for d in quiet if d.rule.id not in seen)),
    ]
