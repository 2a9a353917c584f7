"""What was taken over, as files of leakscan's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .outcome import Bag, NewRule

CONFIG = ".leakscan.yml"
PACK = ".leakscan-rules.yaml"
BASELINE = ".leakscan-baseline.json"


def pack(bag: Bag) -> str:
    """The rules, as a pack (docs/rules.md)."""
    return _head(
        bag, "Examples and counterexamples are yours to add: `leakscan rules lint` says where."
    ) + _dump({"rules": [_rule(rule) for rule in bag.rules]})


def config(bag: Bag, *, baseline: bool) -> str:
    """The configuration (docs/configuration.md). `baseline`: whether there is one."""
    document: dict[str, Any] = {}
    if bag.rules or bag.disable:
        document["rules"] = {
            **({"packs": [PACK]} if bag.rules else {}),
            **({"disable": list(bag.disable)} if bag.disable else {}),
        }
    if bag.exclude:
        document["exclude"] = list(bag.exclude)
    if bag.allow:
        document["allow"] = [
            {key: value for key, value in entry._asdict().items() if value is not None} for entry in bag.allow
        ]
    if baseline:
        document["baseline"] = BASELINE
    return _head(bag, "docs/configuration.md describes the keys.") + (_dump(document) if document else "")


def _head(bag: Bag, more: str) -> str:
    return f"# Made by `leakscan import` from {', '.join(bag.read) or 'nothing'}.\n# {more}\n"


def _rule(rule: NewRule) -> dict[str, Any]:
    allow = {"secrets": rule.allow_secrets, "lines": rule.allow_lines, "words": rule.allow_words}
    value: dict[str, Any] = {
        "id": rule.id,
        "name": rule.name,
        "description": rule.description if rule.description != rule.name else "",
        "severity": rule.severity,
        "confidence": rule.confidence,
        "pattern": rule.pattern,
        "keywords": list(rule.keywords),
        "entropy": rule.entropy,
        "requires": [{"rule": other, "lines": lines} for other, lines in rule.requires],
        "part": rule.part or None,
        "paths": list(rule.paths),
        "exclude_paths": list(rule.exclude_paths),
        "allow": {key: list(texts) for key, texts in allow.items() if texts},
        "references": list(rule.references),
        "tags": list(rule.tags),
    }
    return {key: one for key, one in value.items() if one not in (None, "", [], {})}


def _dump(value: Any) -> str:
    """YAML without what our own reader refuses: anchors and tags."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    text: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text
