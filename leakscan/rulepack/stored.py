"""Rules as the cache holds them: made when they are asked for. Most scans look at a handful of a thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from typing import TYPE_CHECKING, overload

from leakscan.model.digest import blake2b
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from leakscan.model.rule import Confidence, Rule

    from .shape import Shape


class Facts(NamedTuple):
    """What is asked of every rule before any is looked at: a column for each fact, in the order of the rules.

    A scan reads all of them and looks at few, so the columns that few ask for stay texts.
    """

    ids: Sequence[str]
    confidences: Sequence[Confidence]
    movable: Sequence[
        bool
    ]  # its value, a checksum or another rule's finding can make it surer, or count, by itself
    required: Sequence[str]  # rule ids, a space between two
    patterns: Sequence[str]  # not the patterns, but what tells them from others: `pattern_key`
    shapes: Sequence[Shape]
    openings: Sequence[str]  # as `Opening.text` has them


class Opening(NamedTuple):
    """What tells whose secret a value is before the rule is looked at."""

    generic: bool
    beginnings: tuple[str, ...]  # see `groups.beginnings`; none at all for generic rules

    @classmethod
    def of(cls, rule: Rule) -> Opening:
        from .groups import beginnings

        return cls(rule.generic, () if rule.generic else beginnings(rule.pattern))

    @classmethod
    def read(cls, text: str) -> Opening:
        return cls(True, ()) if text == _GENERIC else cls(False, tuple(text.split(",")))

    @property
    def text(self) -> str:
        return _GENERIC if self.generic else ",".join(self.beginnings)


_GENERIC = "*"  # no beginning has one


class Rows:
    """The rules in the form of the cache: fetched when the first is wanted, each restored once. Picklable if both are."""

    def __init__(self, fetch: Callable[[], Sequence[bytes]], restore: Callable[[bytes], Rule]) -> None:
        self._fetch = fetch
        self._restore = restore
        self._rows: Sequence[bytes] | None = None
        self._made: dict[int, Rule] = {}

    def rule(self, at: int) -> Rule:
        made = self._made.get(at)
        if made is None:
            if self._rows is None:
                self._rows = self._fetch()
            made = self._made[at] = self._restore(self._rows[at])
        return made


class StoredRules(Sequence["Rule"]):
    """A sequence of rules of which the facts are known and the rest is fetched. Picklable if `rows` is.

    `places` are where in `rows` they are, one after the other.
    """

    def __init__(self, facts: Facts, rows: Rows, places: Sequence[int] | None = None) -> None:
        self.facts = facts
        self._rows = rows
        self._places = range(len(facts.ids)) if places is None else places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Rule: ...
    @overload
    def __getitem__(self, at: slice) -> StoredRules: ...
    def __getitem__(self, at: int | slice) -> Rule | StoredRules:
        if isinstance(at, slice):
            return StoredRules(Facts._make(column[at] for column in self.facts), self._rows, self._places[at])
        return self._rows.rule(self._places[at])

    def __iter__(self) -> Iterator[Rule]:
        return map(self._rows.rule, self._places)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    def where(self, kept: Sequence[bool]) -> StoredRules:
        """Those for which `kept`, a column as well, says so."""
        if all(kept):
            return self
        facts = Facts._make(list(compress(column, kept)) for column in self.facts)
        return StoredRules(facts, self._rows, list(compress(self._places, kept)))


def ids(rules: Sequence[Rule]) -> Sequence[str]:
    """The ids of all rules, without making them where they are stored."""
    return rules.facts.ids if isinstance(rules, StoredRules) else [rule.id for rule in rules]


def openings(rules: Sequence[Rule]) -> list[Opening]:
    """By rule."""
    if isinstance(rules, StoredRules):
        return [Opening.read(text) for text in rules.facts.openings]
    return [Opening.of(rule) for rule in rules]


def pattern_keys(rules: Sequence[Rule]) -> Sequence[str]:
    """For all rules what tells their patterns from others."""
    if isinstance(rules, StoredRules):
        return rules.facts.patterns
    return [pattern_key(rule.pattern) for rule in rules]


def pattern_key(pattern: str) -> str:
    """64 bits of a digest, in hex."""
    return blake2b(pattern.encode(), digest_size=8).hexdigest()


def linked(rules: Sequence[Rule]) -> frozenset[int]:
    """The positions of rules that require others, or are required by others."""
    required = required_ids(rules)
    needed = _needed(required)
    return frozenset(
        at for at, (id, some) in enumerate(zip(ids(rules), required, strict=True)) if some or id in needed
    )


def worth_running(rules: Sequence[Rule], surer: Sequence[Confidence]) -> Sequence[Rule]:
    """Without those that could say nothing as sure as one of `surer`.

    Stay: what is that sure by itself, what its value (a generic rule) or a checksum can make so, and what others require.
    """
    needed = _needed(required_ids(rules))
    if isinstance(rules, StoredRules):
        facts = rules.facts
        each = zip(facts.ids, facts.confidences, facts.movable, strict=True)
        return rules.where([moves or sure in surer or id in needed for id, sure, moves in each])
    return tuple(r for r in rules if r.id in needed or movable(r) or r.confidence in surer)


def movable(rule: Rule) -> bool:
    """See `Facts`."""
    return rule.generic or rule.part or rule.checksum is not None


def required_ids(rules: Sequence[Rule]) -> Sequence[str]:
    """By rule the ids of those that it requires, a space between two."""
    if isinstance(rules, StoredRules):
        return rules.facts.required
    return [" ".join(requirement.rule for requirement in rule.requires) for rule in rules]


def _needed(required: Sequence[str]) -> set[str]:
    return {id for some in required if some for id in some.split(" ")}
