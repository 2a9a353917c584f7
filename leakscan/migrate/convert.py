"""What all readers do: translate expressions into a bag, and say by name what cannot be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakscan.rulepack.width import literals

from .globs import globs
from .outcome import NewAllow
from .regexes import Translated, Untranslatable, condition, rule_pattern, rule_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .outcome import Bag, NewRule
    from .read_regex import Dialect


def paths(
    bag: Bag, where: str, expressions: Iterable[str], *, full: bool = False, what: str = ""
) -> tuple[str, ...]:
    """Patterns as in .gitignore for expressions over paths."""
    found: dict[str, None] = {}
    for expression in expressions:
        name = f"{what}path {expression}"
        try:
            one = globs(expression, full=full)
        except Untranslatable as e:
            bag.leave(where, name, f"no pattern as in .gitignore says the same: {e}")
            continue
        if one.wider:
            bag.change(where, name, f"becomes {', '.join(one.patterns)}, which names a few more paths")
        found |= dict.fromkeys(one.patterns)
    return tuple(found)


def conditions(
    bag: Bag, where: str, expressions: Iterable[str], dialect: Dialect, *, what: str = "expression"
) -> tuple[str, ...]:
    """Expressions of ours for those that are searched in a secret or a line."""
    found = []
    for expression in expressions:
        try:
            found.append(condition(expression, dialect))
        except Untranslatable as e:
            bag.leave(where, f"{what} {expression}", str(e))
    return tuple(found)


def pattern(
    bag: Bag,
    where: str,
    name: str,
    text: str,
    dialect: Dialect,
    *,
    group: int | str | None = None,
    lines: bool = False,
) -> str | None:
    """A rule's pattern; None, noted, where there is none."""
    try:
        done: Translated = rule_pattern(text, dialect, group=group, lines=lines)
    except Untranslatable as e:
        bag.leave(where, f"rule {name}", f"its pattern has no counterpart: {e}")
        return None
    for note in done.notes:
        bag.change(where, f"rule {name}", note)
    return done.pattern


def patterns(
    bag: Bag, where: str, name: str, text: str, dialect: Dialect, *, group: int | str | None = None
) -> list[str]:
    """As `pattern`, several where alternatives have a secret each; [] where there is none."""
    try:
        done = rule_patterns(text, dialect, group=group)
    except Untranslatable as e:
        bag.leave(where, f"rule {name}", f"its pattern has no counterpart: {e}")
        return []
    for note in dict.fromkeys(note for one in done for note in one.notes):
        bag.change(where, f"rule {name}", note)
    if len(done) > 1:
        bag.change(
            where, f"rule {name}", f"becomes {len(done)} rules, one for each alternative with a secret"
        )
    return [one.pattern for one in done]


def add(bag: Bag, rule: NewRule, more: Iterable[str]) -> None:
    """`rule`, and one like it for each other pattern."""
    import dataclasses

    bag.rules.append(rule)
    tool, _, name = rule.id.partition(".")
    for pattern in more:
        bag.rules.append(dataclasses.replace(rule, id=bag.rule_id(tool, name), pattern=pattern))


def keywords(bag: Bag, where: str, name: str, words: Iterable[str], translated: str) -> tuple[str, ...]:
    """The words of which each match has one. Not needed where the pattern has literals of its own; what only has to be
    somewhere in the file counts no more."""
    given = [w.lower() for w in words if w]
    if not given or literals(translated):
        return ()
    if all(len(w.encode()) >= 3 and _in_every(w, given, translated) for w in given):
        return tuple(given)
    bag.change(
        where,
        f"rule {name}",
        f"its keywords ({', '.join(given[:5])}) need not be in the match and do not count here: it may find more",
    )
    return ()


def _in_every(word: str, words: list[str], translated: str) -> bool:
    return re.escape(word) in translated.lower()


def allow(bag: Bag, entry: NewAllow) -> None:
    """An entry of the allow-list, once."""
    if entry not in bag.allow:
        bag.allow.append(entry)


def exclude(bag: Bag, patterns: Iterable[str]) -> None:
    """Paths that are not scanned, each once."""
    bag.exclude += [p for p in dict.fromkeys(patterns) if p not in bag.exclude]
