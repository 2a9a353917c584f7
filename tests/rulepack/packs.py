"""Rule packs for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.rulepack.schema import definitions

if TYPE_CHECKING:
    from leakscan.model.errors import Problem
    from leakscan.rulepack.schema import Definition


def rule(identifier: str = "acme.key", **keys: str) -> str:
    """A rule that is right in everything, but for `keys` (as YAML; "" leaves the key out)."""
    whole = {
        "id": identifier,
        "name": "Acme key",
        "description": "Opens the gate.",
        "severity": "high",
        "confidence": "high",
        "pattern": r"'(?<![0-9a-z_])(?P<secret>acme_[0-9a-f]{32})(?![0-9a-z_])'",
        "examples": "['k = acme_{hex:32}']",
        "counterexamples": "['k = acme_{hex:20}']",
        "rotate": "{url: 'https://example.com/keys', steps: [Make a new one]}",
        "references": "['https://example.com/docs']",
        **keys,
    }
    lines = [f"{k}: {v}" for k, v in whole.items() if v]
    return "- " + "\n  ".join(lines) + "\n"


def pack(*rules: str) -> bytes:
    return ("rules:\n" + "".join(rules or (rule(),))).encode()


def named(
    identifier: str = "acme.key", names: str = "[globex]", value: str = "'[0-9a-f]{32}'", **keys: str
) -> str:
    """A rule of the form with names and a value."""
    examples = "['globex_key = {hex:32}', '\"globex.key\": \"{hex:32}\"']"
    return rule(identifier, pattern="", **{"names": names, "value": value, "examples": examples, **keys})


def read(content: bytes, file: str = "p.yaml") -> tuple[list[Definition], list[str]]:
    problems: list[Problem] = []
    found = definitions(content, file, problems)
    return found, [str(p) for p in problems]
