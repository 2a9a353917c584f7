"""Definitions from several packs into one set: overriding, duplicates, references between rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.checking import closest
from leakscan.model.errors import DocumentError, Problem

from .schema import Definition, definitions

if TYPE_CHECKING:
    from collections.abc import Sequence


def compose(files: Sequence[tuple[str, bytes]]) -> list[Definition]:
    """The definitions of all files (name, content), sorted by id. Raises DocumentError with all problems."""
    found, problems = read_all(files)
    if problems:
        raise DocumentError(problems)
    return found


def read_all(files: Sequence[tuple[str, bytes]]) -> tuple[list[Definition], list[Problem]]:
    """The definitions that count, sorted by id, and the problems of all files, in the order of files and lines."""
    problems: list[Problem] = []
    every: list[Definition] = []
    for name, content in files:
        every += definitions(content, name, problems)
    kept: dict[str, Definition] = {}
    for d in every:
        before = kept.get(d.rule.id)
        if before is not None and not d.override:
            where = f"{before.file}:{before.line}"
            problems.append(
                d.problem("id", f"is already at {where}; write `override: true` to replace that rule")
            )
            continue
        if before is None and d.override:
            hint = closest(d.rule.id, kept)
            problems.append(
                d.problem("override", f'no rule "{d.rule.id}" comes before that it could replace{hint}')
            )
            continue
        kept[d.rule.id] = d
    if not problems:  # a rule that was left out would be missed here only for that
        for d in kept.values():
            problems += _requirements(d, kept)
    order = {name: i for i, (name, _) in enumerate(files)}
    problems.sort(key=lambda p: (order.get(p.file, -1), p.line))
    return sorted(kept.values(), key=lambda d: d.rule.id), problems


def _requirements(d: Definition, known: dict[str, Definition]) -> list[Problem]:
    found = []
    for i, requirement in enumerate(d.rule.requires):
        message = ""
        if requirement.rule == d.rule.id:
            message = "is the rule itself"
        elif requirement.rule not in known:
            message = f'no rule is called "{requirement.rule}"{closest(requirement.rule, known)}'
        if message:
            found.append(Problem(d.file, d.lines["requires"], f"{d.path}.requires[{i}].rule", message))
    return found
