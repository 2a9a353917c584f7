"""Which group of a pattern holds the secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECRET_GROUP = re.compile(r"secret[2-9]?")
"""Names of the groups that hold the secret: `secret`, and `secret2`, … where alternatives of a pattern need one each. The
first that took part in a match counts; in a pattern without any, the whole match is the secret."""


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
