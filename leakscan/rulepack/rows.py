"""A rule as a line of JSON, for the cache."""

from __future__ import annotations

import json
from typing import Any

from leakscan.model.rule import Allow, Requirement, Rotation, Rule

_DOCUMENTATION = frozenset(("description", "examples", "counterexamples", "rotate", "references"))
_FIELDS = Rule._fields
_DEFAULTS = Rule._field_defaults
_TUPLES = (
    "keywords",
    "checks",
    "paths",
    "exclude_paths",
    "examples",
    "counterexamples",
    "references",
    "tags",
)


def dump(value: Any) -> bytes:
    """Without a line break in it."""
    return json.dumps(value, separators=(",", ":")).encode()


def row(rule: Rule, *, documented: bool) -> bytes:
    """The fields that are not at their defaults."""
    out: dict[str, Any] = {}
    for name in _FIELDS:
        value = getattr(rule, name)
        if name in _DOCUMENTATION and not documented:
            continue
        if name in _DEFAULTS and value == _DEFAULTS[name]:
            continue
        if name == "allow":
            value = [value.secrets, value.lines, value.words]
        elif name == "rotate":
            value = [value.url, value.steps]
        out[name] = value
    return dump(out)


def restore(line: bytes) -> Rule:
    """The rule of a row."""
    row: dict[str, Any] = json.loads(line)
    for name in row.keys() & _TUPLES:
        row[name] = tuple(row[name])
    if "requires" in row:
        row["requires"] = tuple(Requirement(*some) for some in row["requires"])
    if "allow" in row:
        secrets, lines, words = map(tuple, row["allow"])
        row["allow"] = Allow(secrets=secrets, lines=lines, words=words)
    if "rotate" in row:
        url, steps = row["rotate"]
        row["rotate"] = Rotation(url=url, steps=tuple(steps))
    row.setdefault("description", "")
    return Rule(**row)
