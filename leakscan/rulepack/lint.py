"""`rules lint`: what is wrong or doubtful in rules that read well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from leakscan.model.record import NamedTuple

from . import adversary
from .check import SEEDS, by_pattern
from .edges import blunt_edges
from .template import fill

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leakscan.model.errors import Problem

    from .check import Evaluate
    from .schema import Definition

Level = Literal["error", "warning"]

_SURENESS = {"high": 0, "medium": 1, "low": 2}


class Remark(NamedTuple):
    """One thing the linter says."""

    level: Level
    problem: Problem

    def __str__(self) -> str:
        p = self.problem
        return f"{p.file}:{p.line}: {self.level}: {p.key}: {p.message}"


class Known(NamedTuple):
    """Names that rules may use; None where any will do."""

    checks: Collection[str] | None = None
    checksums: Collection[str] | None = None


def lint(
    definitions: Sequence[Definition],
    others: Sequence[Definition] = (),
    *,
    known: Known | None = None,
    evaluate: Evaluate = by_pattern,
    thorough: bool = True,
) -> list[Remark]:
    """Remarks on `definitions`, sorted by place.

    `others` are further rules to compare with (the same pattern, shadowing). `evaluate` finds secrets as a scan would.
    `thorough` also tries every pattern on inputs made to be slow for it, and looks for shadowed rules: some twenty
    milliseconds a rule.
    """
    remarks: list[Remark] = []
    known = known or Known()
    for d in definitions:
        remarks += _documentation(d)
        remarks += _names(d, known)
        remarks += _pattern(d)
        remarks += _slow(d) if thorough else ()
    remarks += _duplicates(definitions, others)
    remarks += _shadows(definitions, [*definitions, *others], evaluate) if thorough else ()
    return sorted(remarks, key=lambda r: (r.problem.file, r.problem.line, r.problem.key, r.problem.message))


def _error(d: Definition, key: str, message: str) -> Remark:
    return Remark("error", d.problem(key, f"{d.rule.id}: {message}"))


def _warning(d: Definition, key: str, message: str) -> Remark:
    return Remark("warning", d.problem(key, f"{d.rule.id}: {message}"))


def _documentation(d: Definition) -> Iterator[Remark]:
    rule = d.rule
    if not rule.examples:
        yield _error(d, "examples", "at least one example is needed")
    elif "names" in d.lines and len(set(rule.examples)) < 2:
        yield _error(d, "examples", "a rule with `names` needs two examples, of different syntax")
    if not rule.counterexamples:
        yield _error(d, "counterexamples", "at least one counterexample is needed")
    if not rule.description:
        yield _warning(d, "description", "say what the secret gives access to")
    if not rule.references:
        yield _warning(d, "references", "name the page that documents the format")
    if not rule.part and not (rule.rotate.url or rule.rotate.steps):
        yield _warning(d, "rotate", "say how the secret is made worthless")


def _names(d: Definition, known: Known) -> Iterator[Remark]:
    from leakscan.model.checking import closest

    if known.checks is not None:
        for name in d.rule.checks:
            if name not in known.checks:
                yield _error(d, "checks", f'there is no check "{name}"{closest(name, known.checks)}')
    if known.checksums is not None and d.rule.checksum not in (None, *known.checksums):
        name = d.rule.checksum or ""
        yield _error(d, "checksum", f'there is no checksum "{name}"{closest(name, known.checksums)}')


def _pattern(d: Definition) -> Iterator[Remark]:
    key = "pattern" if "pattern" in d.lines else "value"
    found = d.prepared.literals
    if not d.rule.keywords and not found:
        yield _error(
            d, key, "no literal of 3 bytes is in every match; state `keywords`, or make the pattern stricter"
        )
    if d.rule.keywords and found:
        yield _warning(
            d, "keywords", "are not needed: the pattern itself has literals that every match contains"
        )
    lost = next((i for i, e in enumerate(_examples(d)) if not _holds_any(e, d.rule.keywords)), None)
    if d.rule.keywords and lost is not None:
        yield _error(
            d, "keywords", f"examples[{lost}] holds none of them, so the rule would not be tried there"
        )
    if "pattern" in d.lines:
        for message in blunt_edges(d.rule.pattern):
            yield _warning(d, key, message)


def _examples(d: Definition) -> list[bytes]:
    return [fill(e, f"{d.rule.id}/{SEEDS[0]}").encode() for e in d.rule.examples]


def _holds_any(text: bytes, words: Sequence[str]) -> bool:
    lower = text.lower()
    return any(word.encode() in lower for word in words)


def _slow(d: Definition) -> Iterator[Remark]:
    slowest = adversary.slowest(d.rule.pattern)
    if slowest.milliseconds > adversary.TOO_SLOW:
        took = "gives up" if slowest.timed_out else f"takes {slowest.milliseconds:.0f} ms"
        yield _error(
            d,
            "pattern" if "pattern" in d.lines else "value",
            f"{took} on {adversary.SIZE >> 10} KiB of {slowest.input}; make neighbouring repetitions differ",
        )


def _duplicates(definitions: Sequence[Definition], others: Sequence[Definition]) -> Iterator[Remark]:
    first: dict[tuple[str, tuple[str, ...]], Definition] = {}
    for d in (*others, *definitions):
        same = first.setdefault((d.rule.pattern, d.rule.paths), d)
        if same is not d and d not in others:
            key = "pattern" if "pattern" in d.lines else "names"
            yield _error(d, key, f"the same pattern as {same.rule.id} ({same.file}:{same.line})")


def _shadows(
    definitions: Sequence[Definition], every: Sequence[Definition], evaluate: Evaluate
) -> Iterator[Remark]:
    """Rules all of whose examples another, at least as sure rule finds as well, with the same secrets."""
    index = _Index([d for d in every if not (d.rule.part or d.rule.requires or d.rule.paths)])
    for d in definitions:
        texts = _examples(d)
        if not texts or d.rule.requires or d.rule.part:
            continue
        rivals = [other for other in index.tried_on(texts) if _could_shadow(other, d)]
        own = [set(evaluate(d.rule, text)) for text in texts] if rivals else []
        if not all(own):
            continue  # `rules test` says so
        for other in rivals:
            if all(mine <= set(evaluate(other.rule, text)) for mine, text in zip(own, texts, strict=True)):
                where = f"{other.rule.id} ({other.file}:{other.line})"
                yield _warning(d, "id", f"{where} finds all of its examples too")


class _Index:
    """Rules by the words that their matches contain."""

    def __init__(self, rules: Sequence[Definition]) -> None:
        self._always: set[int] = set()
        self._by_word: dict[bytes, set[int]] = {}
        self._rules = rules
        for i, d in enumerate(rules):
            words = [w.encode() for w in d.rule.keywords] or [t for t, _ in d.prepared.literals or ()]
            for word in words:
                self._by_word.setdefault(word, set()).add(i)
            if not words:
                self._always.add(i)

    def tried_on(self, texts: Sequence[bytes]) -> list[Definition]:
        """The rules that a scan would try on every one of `texts`."""
        some = [self._tried_on(text.lower()) for text in texts]
        return [self._rules[i] for i in sorted(set.intersection(*some))]

    def _tried_on(self, text: bytes) -> set[int]:
        return self._always.union(*(rules for word, rules in self._by_word.items() if word in text))


def _could_shadow(other: Definition, d: Definition) -> bool:
    if other.rule.id == d.rule.id or (other.rule.generic and not d.rule.generic):
        return False
    return _SURENESS[other.rule.confidence] <= _SURENESS[d.rule.confidence]
