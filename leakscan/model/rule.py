"""Rules as values. The YAML that they come from is described in docs/rules.md."""

from __future__ import annotations

from typing import Literal, get_args

from .record import NamedTuple

Severity = Literal["critical", "high", "medium", "low"]
Confidence = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # worst first
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)  # surest first


class Requirement(NamedTuple):
    """Another rule that must match near by, for this one to count; or that, `optional`, belongs to it if it does."""

    rule: str  # a rule id
    lines: int  # at most so many lines away, either way
    optional: bool = False


class Allow(NamedTuple):
    """What a rule lets pass. Regular expressions search (not match) the secret, or the line(s) of the match."""

    secrets: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # case-insensitive, anywhere in the secret


class Rotation(NamedTuple):
    """How to make a leaked secret worthless."""

    url: str = ""
    steps: tuple[str, ...] = ()


class Rule(NamedTuple):
    """One kind of secret. Every field but the first six has a default that means "no such condition"."""

    id: str  # "vendor.kind", stable for ever
    name: str
    description: str
    severity: Severity
    confidence: Confidence
    pattern: (
        str  # `regex` syntax as far as Python's `re` shares it, over bytes; group `secret` or the whole match
    )
    keywords: tuple[
        str, ...
    ] = ()  # lower-case; each match contains one of them. Empty: derived from the pattern
    entropy: float | None = None  # Shannon entropy of the secret, bits per character, at least
    unlike_text: float | None = None  # bits per character under the n-gram model of text, at least
    checks: tuple[str, ...] = ()  # names in detect/checks: what the secret's bytes must pass
    checksum: str | None = (
        None  # a name in detect/checksum: a wrong one drops, a right one makes confidence high
    )
    requires: tuple[Requirement, ...] = ()
    part: bool = False  # only ever a part of another rule's finding, never reported by itself
    generic: bool = False  # names no vendor: gives way to every rule that does
    placeholders: bool = True  # whether the placeholder filter applies
    paths: tuple[str, ...] = ()  # gitignore-style; where given, only these paths count
    exclude_paths: tuple[str, ...] = ()
    allow: Allow = Allow()
    examples: tuple[str, ...] = ()  # templates, see rulepack/template.py
    counterexamples: tuple[str, ...] = ()
    rotate: Rotation = Rotation()
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
