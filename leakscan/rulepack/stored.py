"""Rules as the cache holds them: made when they are asked for. Most scans look at a handful of a thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from leakscan.model.rule import Confidence, Rule

Row = dict[str, Any]
"""A rule's fields that are not at their defaults, as JSON knows them."""


class StoredRules(Sequence["Rule"]):
    """A sequence of rules over rows, each restored once. Picklable if `restore` is."""

    def __init__(self, rows: Sequence[Row], restore: Callable[[Row], Rule]) -> None:
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
            return StoredRules(self._rows[at], self._restore)
        at = range(len(self._rows))[at]
        rule = self._made.get(at)
        if rule is None:
            rule = self._made[at] = self._restore(dict(self._rows[at]))
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

    def column(self, name: str, default: Any = None) -> list[Any]:
        """One field of all rules, as JSON knows it."""
        return [row.get(name, default) for row in self._rows]

    def where(self, keep: Callable[[Row], bool]) -> StoredRules:
        """Those whose rows `keep` accepts."""
        return StoredRules([row for row in self._rows if keep(row)], self._restore)


def column(rules: Sequence[Rule], name: str) -> list[Any]:
    """The field `name` (`id` or `pattern`, which every rule has) of all rules, without making them where they are stored."""
    if isinstance(rules, StoredRules):
        return rules.column(name)
    return [getattr(rule, name) for rule in rules]


def linked(rules: Sequence[Rule]) -> frozenset[int]:
    """The positions of rules that require others, or are required by others."""
    if isinstance(rules, StoredRules):
        required: list[Any] = rules.column("requires", ())
    else:
        required = [rule.requires for rule in rules]
    needed = {rule for some in required for rule, *_ in some}
    return frozenset(
        at
        for at, (id, some) in enumerate(zip(column(rules, "id"), required, strict=True))
        if some or id in needed
    )


def worth_running(rules: Sequence[Rule], surer: Sequence[Confidence]) -> Sequence[Rule]:
    """Without those that could say nothing as sure as one of `surer`.

    Stay: what is that sure by itself, what its value (a generic rule) or a checksum can make so, and what others require.
    """
    if isinstance(rules, StoredRules):
        needed = {rule for some in rules.column("requires", ()) for rule, *_ in some}
        return rules.where(lambda row: row["id"] in needed or _worth(row, surer))
    needed = {requirement.rule for rule in rules for requirement in rule.requires}
    fields = ("confidence", "generic", "part", "checksum")
    return tuple(r for r in rules if r.id in needed or _worth({f: getattr(r, f) for f in fields}, surer))


def _worth(row: Row, surer: Sequence[Confidence]) -> bool:
    return bool(row["confidence"] in surer or row.get("generic") or row.get("part") or row.get("checksum"))
