"""Patterns at work: with a limit on time where they may be anybody's, without one where they are known to be quick.

The built-in rules' patterns are bounded in length and tried on hostile inputs (`rules lint`); Python's own `re` compiles
and runs them at less than half the cost. Patterns of other packs, and all that can match far, run in the `regex` module,
which gives up when the time is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from leakscan.model.record import NamedTuple
from leakscan.rulepack.groups import secret_groups

if TYPE_CHECKING:
    import regex

TIMEOUT = 2.0  # seconds a pattern may take on one text before it is given up and reported

Found: TypeAlias = "re.Match[bytes] | regex.Match[bytes]"


class Matcher(NamedTuple):
    """A compiled pattern. `groups` hold the secret; `at` matches at an offset and nowhere else, `every` at every start
    between two offsets (half-open), looking no further than a third. Both raise TimeoutError."""

    groups: tuple[int, ...]
    at: Callable[[bytes, int], Found | None]
    every: Callable[[bytes, int, int, int], Iterator[Found]]


def quick(pattern: str, compile: Callable[[bytes], re.Pattern[bytes]] = re.compile) -> Matcher:
    """By `re`, without a limit on time."""
    compiled = compile(pattern.encode("latin-1"))
    search = compiled.search

    def every(text: bytes, low: int, high: int, end: int) -> Iterator[Found]:
        found = search(text, low, end)
        while found is not None and found.start() < high:
            yield found
            found = search(text, found.start() + 1, end)

    return Matcher(numbers(compiled.groupindex), compiled.match, every)


def timed(pattern: str) -> Matcher:
    """By `regex`, given up after `TIMEOUT`."""
    import regex

    compiled = regex.compile(pattern.encode("latin-1"))

    def at(text: bytes, start: int) -> Found | None:
        return compiled.match(text, start, timeout=TIMEOUT)

    def every(text: bytes, low: int, high: int, end: int) -> Iterator[Found]:
        for found in compiled.finditer(text, low, end, overlapped=True, timeout=TIMEOUT):
            if found.start() >= high:
                return
            yield found

    return Matcher(numbers(compiled.groupindex), at, every)


def numbers(groups: Mapping[str, int]) -> tuple[int, ...]:
    """The numbers of the groups that hold the secret, by the numbers of all named ones."""
    return tuple(groups[name] for name in secret_groups(groups))
