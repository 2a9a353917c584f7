"""Filters of betterleaks 2: expressions that discard a finding where they are true (https://expr-lang.org).

What most of them say is one of a few things, joined by "or". Those are read; the rest is handed back as it stands.
"""

from __future__ import annotations

import re
from typing import Any

from leakscan.model.record import NamedTuple

_STRING = r"`[^`]*`|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
_TOKENS = re.compile(rf"(?s)({_STRING})|(//[^\n]*|/\*.*?\*/)|(\|\||\bor\b)|([(\[{{])|([)\]}}])|(.)")
_LIST = rf"\[\s*((?:(?:{_STRING})\s*,?\s*)*)\]"
_PATH = (
    r"\(?\s*(?:get\(\s*attributes\s*,\s*[\"']path[\"']\s*(?:,\s*[\"']{2}\s*)?\)"
    r"|attributes\[[\"']path[\"']\](?:\s*\?\?\s*[\"']{2})?)\s*\)?"
)
_ENTROPY = re.compile(
    r"(?:filter\.)?entropy\(\s*finding\[[\"']secret[\"']\]\s*\)\s*<=?\s*([0-9]+(?:\.[0-9]+)?)"
)
_MATCHES = re.compile(
    rf"(?:filter\.)?matchesAny\(\s*(?:finding\[[\"'](\w+)[\"']\]|({_PATH}))\s*,\s*{_LIST}\s*\)"
)
_CONTAINS = re.compile(rf"(?:filter\.)?containsAny\(\s*finding\[[\"']secret[\"']\]\s*,\s*{_LIST}\s*\)")
_TARGETS = ("secret", "match", "line")


class Filter(NamedTuple):
    """What a filter discards: secrets of at most that entropy, what allow-lists (as gitleaks writes them) allow, and the
    terms that are none of these."""

    entropy: float | None
    allowed: tuple[dict[str, Any], ...]
    rest: tuple[str, ...]


def read(text: str) -> Filter:
    """The parts of a filter's expression `text`."""
    entropy: float | None = None
    allowed: list[dict[str, Any]] = []
    rest: list[str] = []
    for term in _terms(text):
        if found := _ENTROPY.fullmatch(term):
            entropy = max(entropy or 0.0, float(found[1]))
        elif (found := _MATCHES.fullmatch(term)) and (found[2] or found[1] in _TARGETS):
            texts = _strings(found[3])
            allowed.append({"paths": texts} if found[2] else {"regexes": texts, "regexTarget": found[1]})
        elif found := _CONTAINS.fullmatch(term):
            allowed.append({"stopwords": _strings(found[1])})
        else:
            rest.append(re.sub(r"\s+", " ", term))
    return Filter(entropy, tuple(allowed), tuple(rest))


def _terms(text: str) -> list[str]:
    """What stands between the "or" of the whole, without comments and the parentheses around each."""
    terms, depth = [""], 0
    for string, comment, either, opening, closing, other in _TOKENS.findall(text):
        depth += bool(opening) - bool(closing)
        if either and depth == 0:
            terms.append("")
        elif not comment:
            terms[-1] += string or either or opening or closing or other
    found: list[str] = []
    for term in (term.strip() for term in terms):
        inner = _inner(term)
        if inner is not None:
            found += _terms(inner)
        elif term:
            found.append(term)
    return found


def _inner(term: str) -> str | None:
    """What one pair of parentheses around the whole of `term` holds."""
    if not (term.startswith("(") and term.endswith(")")):
        return None
    depth = 0
    for token in _TOKENS.finditer(term):
        depth += bool(token[4]) - bool(token[5])
        if depth == 0 and token.end() < len(term):
            return None
    return term[1:-1] if depth == 0 else None


def _strings(items: str) -> list[str]:
    return [_plain(literal) for literal in re.findall(_STRING, items)]


def _plain(literal: str) -> str:
    if literal[0] == "`":
        return literal[1:-1]
    escapes = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"(?s)\\(.)", lambda m: escapes.get(m[1], m[1]), literal[1:-1])
