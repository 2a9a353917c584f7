"""Which rules of the packs take part, and how bad their findings are."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from leakscan.model.errors import UsageError

from . import stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakscan.model.rule import Rule, Severity


def select(
    rules: Sequence[Rule],
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    severity: Mapping[str, Severity] | None = None,
) -> Sequence[Rule]:
    """`rules` restricted to `only` (all, where it is empty) without `skip`, with other severities; the order stays.

    All three speak of rules by id or by glob (`aws.*`); of several severities for a rule the last one counts.
    A rule that a remaining one requires stays as a part: it is looked for, and not reported. Raises UsageError, naming
    every id or glob that fits no rule.
    """
    severity = severity or {}
    if not (only or skip or severity):
        return rules
    ids = stored.ids(rules)
    wrong = [unknown for unknown in (*only, *skip, *severity) if not matching(unknown, ids)]
    if wrong:
        raise UsageError("\n".join(no_such_rule(w, ids) for w in dict.fromkeys(wrong)))
    wanted = {i for glob in only for i in matching(glob, ids)} if only else set(ids)
    wanted -= {i for glob in skip for i in matching(glob, ids)}
    parts = _required(rules, wanted) - wanted
    changed = {i: level for glob, level in severity.items() for i in matching(glob, ids)}
    if isinstance(rules, stored.StoredRules) and not (parts or changed):
        return rules.where([id in wanted for id in ids])
    return tuple(
        _changed(rule, rule.id in parts, changed.get(rule.id))
        for rule in rules
        if rule.id in wanted or rule.id in parts
    )


def matching(glob: str, ids: Sequence[str]) -> list[str]:
    """The ids that `glob` names."""
    return [i for i in ids if fnmatchcase(i, glob)]


def no_such_rule(glob: str, ids: Sequence[str]) -> str:
    """What to say about an id or glob that names no rule."""
    from leakscan.model.checking import closest

    what = "fits the pattern" if set(glob) & set("*?[") else "is called"
    return f'no rule {what} "{glob}"{closest(glob, ids)}'


def _required(rules: Sequence[Rule], wanted: set[str]) -> set[str]:
    required = dict(zip(stored.ids(rules), stored.required_ids(rules), strict=True))
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        for id in required[waiting.pop()].split():
            if id not in found:
                found.add(id)
                waiting.append(id)
    return found


def _changed(rule: Rule, part: bool, severity: Severity | None) -> Rule:
    if not part and severity in (None, rule.severity):
        return rule
    return rule._replace(part=part or rule.part, severity=severity or rule.severity)
