"""Which group of a pattern holds the secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECRET_GROUP = re.compile(r"secret[2-9]?")
"""Names of the groups that hold the secret: `secret`, and `secret2`, … where alternatives of a pattern need one each. The
first that took part in a match counts; in a pattern without any, the whole match is the secret."""

_NAMED = re.compile(r"\(\?P<secret[2-9]?>")
_IN_CLASS, _OUTSIDE = re.compile(r"[\\\]]"), re.compile(r"[\\\[()]")  # what means something
_FLAGS = re.compile(r"\(\?(?:[a-zA-Z]+(?:-[a-zA-Z]+)?|-[a-zA-Z]+)[:)]")


def secret_span(match: Any, groups: Sequence[str]) -> tuple[int, int]:
    """Where the secret of a match of `re` or `regex` stands; `groups` are `secret_groups` of its pattern."""
    for group in groups:
        span: tuple[int, int] = match.span(group)
        if span[0] >= 0:
            return span
    whole: tuple[int, int] = match.span()
    return whole


def secret_groups(names: Iterable[str]) -> tuple[str, ...]:
    """Of a pattern's group names those that hold the secret, in the order in which they count."""
    return tuple(sorted(name for name in names if SECRET_GROUP.fullmatch(name)))


_BEGINNING = re.compile(r"(?:\\?[A-Za-z0-9_.:\-](?![?*+{|]))+")
_TELLING = 4  # characters: the least that a beginning says


def beginnings(pattern: str) -> tuple[str, ...]:
    """The characters that each of `secret_parts` begins with whatever follows; empty where they are hardly any."""
    plain = [parted(part)[0] for part, _ in secret_parts(pattern)]
    return tuple(text if len(text) >= _TELLING else "" for text in plain)


def parted(part: str) -> tuple[str, str]:
    """The characters that a part of a pattern begins with whatever follows, and the rest of it as it is written."""
    start = _BEGINNING.match(part)
    return (start[0].replace("\\", ""), part[start.end() :]) if start else ("", part)


def secret_parts(pattern: str) -> list[tuple[str, bool]]:
    """What the group or groups of the secret hold, without their parentheses; and whether that means the same by itself,
    which it does where no group around it sets flags."""
    parts: list[tuple[int, str, bool]] = []
    opened: list[
        tuple[int, bool, bool]
    ] = []  # of open groups: where the text begins; of a secret; sets flags
    at, in_class = 0, False
    while (found := (_IN_CLASS if in_class else _OUTSIDE).search(pattern, at)) is not None:
        at, char = found.start(), found[0]
        if char == "\\":
            at += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
            at += 2 if pattern.startswith("[^]", at) else 1 if pattern.startswith("[]", at) else 0
        elif char == "(":
            named = _NAMED.match(pattern, at)
            begins = named.end() if named else at + 1
            opened.append((begins, named is not None, _FLAGS.match(pattern, at) is not None))
        elif char == ")" and opened:
            begins, secret, _ = opened.pop()
            if secret:
                parts.append((begins, pattern[begins:at], not any(flags for _, _, flags in opened)))
        at += 1
    return [(text, alone) for _, text, alone in sorted(parts)]
