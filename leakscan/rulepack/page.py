"""`rules docs`: a page about a whole rule pack, in Markdown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leakscan.model.rule import CONFIDENCES, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .schema import Definition


def page(definitions: Sequence[Definition]) -> str:
    """The page: figures, then one table a letter, one row a rule. The same rules give the same text."""
    rules = sorted(definitions, key=lambda d: d.rule.id)
    return "\n".join([*_head(rules), *_tables(rules)]) + "\n"


def _head(rules: Sequence[Definition]) -> Iterator[str]:
    vendors = {_vendor(d) for d in rules if not d.rule.generic}
    yield "# The rule pack"
    yield ""
    yield "<!-- Made by `leakscan rules docs --output docs/rule-pack.md`; edit the rules instead. -->"
    yield ""
    yield f"{len(rules)} rules for {len(vendors)} services, products and formats."
    yield "`leakscan rules show ID` prints everything about one; [rules.md](rules.md) says how they are written."
    yield ""
    yield f"| | {' | '.join(CONFIDENCES)} | all |"
    yield f"|---|{'---|' * (len(CONFIDENCES) + 1)}"
    count = Counter((d.rule.severity, d.rule.confidence) for d in rules)
    for severity in SEVERITIES:
        cells = [count[severity, confidence] for confidence in CONFIDENCES]
        yield f"| {severity} | {' | '.join(map(str, cells))} | {sum(cells)} |"
    yield ""
    yield "How a rule knows a secret:"
    yield ""
    yield "- **form**: a form that nothing else has; **+ checksum**: and a checksum that is verified;"
    yield "- **name**: the service's name near by and the exact shape of the value;"
    yield "- **beside**: only near what another rule finds;"
    yield "- **part**: only as the other half of a finding;"
    yield "- **judged**: any value in a place for secrets, judged as [detection.md](detection.md) describes."


def _tables(rules: Sequence[Definition]) -> Iterator[str]:
    letter = ""
    for d in rules:
        if d.rule.id[0] != letter:
            letter = d.rule.id[0]
            yield ""
            yield f"## {letter.upper()}"
            yield ""
            yield "| rule | what | severity | confidence | known by | documented |"
            yield "|---|---|---|---|---|---|"
        yield _row(d)


def _row(d: Definition) -> str:
    rule = d.rule
    links = " ".join(f"[{i}]({url})" for i, url in enumerate(rule.references, 1))
    cells = (f"`{rule.id}`", _plain(rule.name), rule.severity, rule.confidence, _known_by(d), links)
    return f"| {' | '.join(cells)} |"


def _known_by(d: Definition) -> str:
    rule = d.rule
    ways = ["judged" if rule.generic else "name" if "value" in d.lines else "form"]
    ways += ["checksum"] * (rule.checksum is not None)
    ways += ["beside"] * any(not r.optional for r in rule.requires)
    ways += ["part"] * rule.part
    return " + ".join(ways)


def _vendor(d: Definition) -> str:
    return d.rule.id.partition(".")[0]


def _plain(text: str) -> str:
    """`text` as it stands, in a cell of a table."""
    return _escaped(text.replace("\n", " "), "\\|<>*_`[]")


def _escaped(text: str, signs: Iterable[str]) -> str:
    special = set(signs)
    return "".join("\\" + char if char in special else char for char in text)
