"""What a Hyperscan database is compiled of: what is looked for in place of each rule, and where matches start near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

from .automaton import Table, lead_of
from .must import Run, run_of
from .places_twin import CLASS, ROW
from .standin import StandIn, stand_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .automaton import LiteralsOf


class Expression(NamedTuple):
    """One entry of a Hyperscan database."""

    rule: int
    text: str


def taken_apart(pattern: str) -> tuple[StandIn | None, Run | None]:
    """What the automaton looks for in place of a pattern, and what every match of it holds."""
    return stand_in(pattern), run_of(pattern)


def expressions(
    patterns: Sequence[str], stand_ins: Sequence[StandIn | None], literals: LiteralsOf
) -> tuple[list[Expression], list[tuple[int, int]], tuple[int, ...], int]:
    """A stand-in for every pattern; its literals where nothing useful is left of it; else the rule is for `always`.

    With the lead of each, and the reach of all.
    """
    made: list[Expression] = []
    leads: list[tuple[int, int]] = []
    always = []
    width = 0
    for rule, (pattern, stand) in enumerate(zip(patterns, stand_ins, strict=True)):
        some = literals(pattern) if stand is None else None
        if stand is not None:
            made.append(Expression(rule, stand.expression))
            leads.append((stand.lead, stand.near))
            width = max(width, stand.width)
        elif some:
            made += [Expression(rule, f"(?i:{_quote(x.text)})") for x in some]
            leads.append(lead_of(some))
            width = max(width, *(len(x.text) for x in some))
        else:
            always.append(rule)
            leads.append((0, 0))
    return made, leads, tuple(always), width + 1  # a word boundary looks at the byte before


def _quote(literal: bytes) -> str:
    return "".join(f"\\x{b:02x}" for b in literal)


def table(runs: Sequence[Run | None], leads: Sequence[tuple[int, int]]) -> Table:
    """What `places.starts` wants to know of rules, by what every match of each holds and where it begins."""
    classes: dict[bytes, int] = {}
    rows = []
    for run, lead in zip(runs, leads, strict=True):
        if run is None:
            rows.append(ROW.pack(*lead, 0, 0, 0, 0))
        else:
            bits = sum(1 << member for member in run.members).to_bytes(CLASS, "little")
            number = classes.setdefault(bits, len(classes))
            rows.append(ROW.pack(*lead, run.least, run.low, run.high, number))
    return Table(b"".join(rows), b"".join(classes))
