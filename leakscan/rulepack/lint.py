"""`rules lint`: what is wrong or doubtful in rules that read well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from .check import by_pattern
from .template import fill
from .width import literals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.model.errors import Problem

    from .schema import Definition

Level = Literal["error", "warning"]


class Remark(NamedTuple):
    """One thing the linter says."""

    level: Level
    problem: Problem

    def __str__(self) -> str:
        return f"{self.problem.file}:{self.problem.line}: {self.level}: {self.problem.key}: {self.problem.message}"


def lint(definitions: Sequence[Definition], against: Sequence[Definition] = ()) -> list[Remark]:
    """Remarks on `definitions`, in their order; `against` are further rules to compare with (duplicates, shadows)."""
    remarks: list[Remark] = []
    for d in definitions:
        remarks += _documentation(d)
        remarks += _literals(d)
    return remarks


def _error(d: Definition, key: str, message: str) -> Remark:
    return Remark("error", d.problem(key, f"{d.rule.id}: {message}"))


def _warning(d: Definition, key: str, message: str) -> Remark:
    return Remark("warning", d.problem(key, f"{d.rule.id}: {message}"))


def _documentation(d: Definition) -> list[Remark]:
    rule = d.rule
    remarks = []
    if not rule.examples:
        remarks.append(_error(d, "examples", "at least one example is needed"))
    elif "names" in d.lines and len(rule.examples) < 2:
        remarks.append(_error(d, "examples", "a rule with `names` needs two examples, of different syntax"))
    if not rule.counterexamples:
        remarks.append(_error(d, "counterexamples", "at least one counterexample is needed"))
    if not rule.description:
        remarks.append(_warning(d, "description", "say what the secret gives access to"))
    if not rule.references:
        remarks.append(_warning(d, "references", "name the page that documents the format"))
    if not rule.part and not (rule.rotate.url or rule.rotate.steps):
        remarks.append(_warning(d, "rotate", "say how the secret is made worthless"))
    return remarks


def _literals(d: Definition) -> list[Remark]:
    if d.rule.keywords or literals(d.rule.pattern):
        return []
    return [
        _error(
            d,
            "pattern",
            "no literal of 3 bytes is in every match; state `keywords`, or make the pattern stricter",
        )
    ]
