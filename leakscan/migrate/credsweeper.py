"""CredSweeper: `config.json`, rules, deny-lists. https://credsweeper.readthedocs.io/en/latest/guide.html"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from leakscan.model.secret import Secret

from . import convert, files
from .outcome import Known, NewRule, line_of, place, printable, strings, tables

if TYPE_CHECKING:
    from pathlib import Path

    from .outcome import Bag

TOOL = "credsweeper"
_SEVERITY = {"critical": "critical", "high": "high", "medium": "medium", "low": "low", "info": "low"}
_CONFIDENCE = {"strong": "high", "moderate": "medium", "weak": "low"}
_USED = {"name", "severity", "confidence", "type", "values"}
_VALUE = r"""["'`]?[ \t]{0,8}(?:=|:|:=|=>)[ \t]{0,8}["'`]?(?P<secret>[!-&(-_a-~]{8,80})"""


def config(bag: Bag, path: Path) -> None:
    """What its configuration leaves out."""
    text = files.read(bag, path)
    if text is None:
        return
    name = bag.name(path)
    document = files.json(bag, name, text)
    if not isinstance(document, dict):
        return
    excluded = document.get("exclude")
    if isinstance(excluded, dict):
        for part in strings(excluded.get("path")):
            convert.exclude(bag, convert.paths(bag, name, [re.escape(part)]))
        for key in ("extension", "containers", "documents"):
            convert.exclude(bag, [f"*{ending}" for ending in strings(excluded.get(key)) if ending])
        for pattern in convert.conditions(
            bag, name, strings(excluded.get("pattern")), "python", what="excluded"
        ):
            bag.known.append(Known(where=name, reason=f"Excluded before (from {name})", text=pattern))
            bag.change(
                name, f"lines with {pattern}", "what they hold now is known; in new lines it is reported"
            )
        _values(bag, name, strings(excluded.get("values")), strings(excluded.get("lines")))
    for key in sorted(document.keys() - {"exclude"}):
        bag.leave(place(name, line_of(text, f'"{key}"')), key, "tunes CredSweeper's own detection")


def denylist(bag: Bag, path: Path) -> None:
    """Lines or values that are no secrets, one a line."""
    text = files.read(bag, path)
    name = bag.name(path)
    _values(bag, name, [line for _, line in files.lines(text or "")], [])


def _values(bag: Bag, name: str, values: list[str], lines: list[str]) -> None:
    for value in values:
        bag.known.append(
            Known(where=name, reason=f"Excluded before (from {name})", value=Secret(value.strip().encode()))
        )
    for line in lines:
        expression = re.escape(line.strip()).replace("\\ ", " ")
        if expression.isascii():
            bag.known.append(Known(where=name, reason=f"Excluded before (from {name})", text=expression))
        else:
            bag.leave(name, "an excluded line", "has other than ASCII characters")


def rules(bag: Bag, path: Path) -> None:
    """Its rules."""
    text = files.read(bag, path)
    if text is None:
        return
    name = bag.name(path)
    for entry in tables(files.yaml(bag, name, text)):
        called = str(entry.get("name") or "")
        where = place(name, line_of(text, f"name: {called}"))
        ignored = sorted(entry.keys() - _USED)
        if ignored:
            bag.change(
                where, f"rule {called}", f"without {', '.join(ignored)}: leakscan's own filters judge instead"
            )
        kind = entry.get("type")
        values = strings(entry.get("values"))
        if kind in ("pattern", "keyword") and values:
            for value in values:
                _rule(bag, where, called, str(kind), value, entry)
        elif kind == "pem_key":
            bag.leave(where, f"rule {called}", "leakscan has rules of its own for private keys")
        else:
            bag.leave(where, f"rule {called}", f"rules of the type {kind} have no counterpart")


def _rule(bag: Bag, where: str, called: str, kind: str, value: str, entry: dict[str, Any]) -> None:
    if kind == "pattern":
        pattern = convert.pattern(
            bag, where, called, value, "python", group="value" if "(?P<value>" in value else None
        )
    else:
        keyword = convert.conditions(bag, where, [value], "python", what=f"rule {called}, keyword")
        pattern = (
            convert.pattern(bag, where, called, f"(?i:{keyword[0]}){_VALUE}", "python", group="secret")
            if keyword
            else None
        )
    if pattern is None:
        return
    bag.rules.append(
        NewRule(
            id=bag.rule_id(TOOL, called),
            name=printable(called),
            pattern=pattern,
            where=where,
            severity=_SEVERITY.get(str(entry.get("severity")), "medium"),  # type: ignore[arg-type]
            confidence=_CONFIDENCE.get(str(entry.get("confidence")), "medium"),  # type: ignore[arg-type]
        )
    )
