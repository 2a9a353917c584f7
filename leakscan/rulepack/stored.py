"""Rules as the cache holds them: made when they are asked for. Most scans look at a handful of a thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

from leakscan.model.digest import blake2b
from leakscan.model.record import NamedTuple

from .groups import beginnings
from .shape import Shape

if TYPE_CHECKING:
    from leakscan.model.rule import Confidence, Rule


class Fact(NamedTuple):
    """What is asked of every rule before any is looked at."""

    id: str
    confidence: Confidence
    movable: bool  # its value, a checksum or another rule's finding can make it surer, or count, by itself
    requires: tuple[str, ...]  # rule ids
    pattern: str  # not the pattern, but what tells it from others: `pattern_key`
    shape: Shape
    opening: Opening


class Opening(NamedTuple):
    """What tells whose secret a value is before the rule is looked at."""

    generic: bool
    beginnings: tuple[str, ...]  # see `groups.beginnings`; none at all for generic rules

    @classmethod
    def of(cls, rule: Rule) -> Opening:
        return cls(rule.generic, () if rule.generic else beginnings(rule.pattern))


class StoredRules(Sequence["Rule"]):
    """A sequence of rules over rows (of the cache, in its own form), each restored once. Picklable if `restore` is."""

    def __init__(
        self, facts: Sequence[Fact], rows: Sequence[bytes], restore: Callable[[bytes], Rule]
    ) -> None:
        self.facts = facts
        self._rows = rows
        self._restore = restore
        self._made: dict[int, Rule] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Rule: ...
    @overload
    def __getitem__(self, at: slice) -> StoredRules: ...
    def __getitem__(self, at: int | slice) -> Rule | StoredRules:
        if isinstance(at, slice):
            return StoredRules(self.facts[at], self._rows[at], self._restore)
        at = range(len(self._rows))[at]
        rule = self._made.get(at)
        if rule is None:
            rule = self._made[at] = self._restore(self._rows[at])
        return rule

    def __iter__(self) -> Iterator[Rule]:
        return (self[at] for at in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    def where(self, keep: Callable[[Fact], bool]) -> StoredRules:
        """Those whose facts `keep` accepts."""
        kept = [at for at, fact in enumerate(self.facts) if keep(fact)]
        if len(kept) == len(self.facts):
            return self
        return StoredRules([self.facts[at] for at in kept], [self._rows[at] for at in kept], self._restore)


def ids(rules: Sequence[Rule]) -> list[str]:
    """The ids of all rules, without making them where they are stored."""
    return (
        [fact.id for fact in rules.facts] if isinstance(rules, StoredRules) else [rule.id for rule in rules]
    )


def openings(rules: Sequence[Rule]) -> list[Opening]:
    """By rule."""
    if isinstance(rules, StoredRules):
        return [fact.opening for fact in rules.facts]
    return [Opening.of(rule) for rule in rules]


def pattern_keys(rules: Sequence[Rule]) -> list[str]:
    """For all rules what tells their patterns from others."""
    if isinstance(rules, StoredRules):
        return [fact.pattern for fact in rules.facts]
    return [pattern_key(rule.pattern) for rule in rules]


def pattern_key(pattern: str) -> str:
    """64 bits of a digest, in hex."""
    return blake2b(pattern.encode(), digest_size=8).hexdigest()


def linked(rules: Sequence[Rule]) -> frozenset[int]:
    """The positions of rules that require others, or are required by others."""
    required = _required(rules)
    needed = {rule for some in required for rule in some}
    return frozenset(
        at for at, (id, some) in enumerate(zip(ids(rules), required, strict=True)) if some or id in needed
    )


def worth_running(rules: Sequence[Rule], surer: Sequence[Confidence]) -> Sequence[Rule]:
    """Without those that could say nothing as sure as one of `surer`.

    Stay: what is that sure by itself, what its value (a generic rule) or a checksum can make so, and what others require.
    """
    needed = {rule for some in _required(rules) for rule in some}
    if isinstance(rules, StoredRules):
        return rules.where(lambda fact: fact.id in needed or fact.movable or fact.confidence in surer)
    return tuple(r for r in rules if r.id in needed or movable(r) or r.confidence in surer)


def movable(rule: Rule) -> bool:
    """See `Fact`."""
    return rule.generic or rule.part or rule.checksum is not None


def _required(rules: Sequence[Rule]) -> list[tuple[str, ...]]:
    if isinstance(rules, StoredRules):
        return [fact.requires for fact in rules.facts]
    return [tuple(requirement.rule for requirement in rule.requires) for rule in rules]
