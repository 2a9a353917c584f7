"""`rules test`: whether rules find their examples and leave their counterexamples alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from leakscan.model.errors import Problem
from leakscan.model.rule import Rule

from .generators import entropy
from .groups import secret_groups, secret_span
from .template import fill

if TYPE_CHECKING:
    from .schema import Definition

# What a rule finds in a text: the spans of the secrets, half-open, in bytes.
Evaluate: TypeAlias = Callable[[Rule, bytes], Sequence[tuple[int, int]]]

SEEDS = ("one", "two", "three")


def by_pattern(rule: Rule, text: bytes) -> list[tuple[int, int]]:
    """What the pattern finds that has the entropy which the rule asks for; other checks live in other rooms."""
    pattern = re.compile(rule.pattern.encode())
    groups = secret_groups(pattern.groupindex)
    spans = [secret_span(m, groups) for m in pattern.finditer(text)]
    return [span for span in spans if entropy(text[slice(*span)].decode("latin-1")) >= (rule.entropy or 0.0)]


def check(rules: Iterable[Definition], evaluate: Evaluate = by_pattern) -> list[Problem]:
    """One problem for every example that is not found with some filling, and every counterexample that is.

    Examples and counterexamples are filled with three seeds each.
    """
    problems = []
    for d in rules:
        for i, example in enumerate(d.rule.examples):
            missed = [s for s in SEEDS if not evaluate(d.rule, fill(example, f"{d.rule.id}/{s}").encode())]
            if missed:
                problems.append(
                    _problem(d, f"examples[{i}]", f"the rule does not find it ({_how_often(missed)})")
                )
        for i, example in enumerate(d.rule.counterexamples):
            found = [s for s in SEEDS if evaluate(d.rule, fill(example, f"{d.rule.id}/{s}").encode())]
            if found:
                problems.append(
                    _problem(d, f"counterexamples[{i}]", f"the rule finds it ({_how_often(found)})")
                )
    return problems


def _how_often(seeds: list[str]) -> str:
    return "with every filling" if len(seeds) == len(SEEDS) else f"with {len(seeds)} of {len(SEEDS)} fillings"


def _problem(d: Definition, item: str, message: str) -> Problem:
    key = item.partition("[")[0]
    return Problem(d.file, d.lines.get(key, d.line), f"{d.path}.{item}", f"{d.rule.id}: {message}")
