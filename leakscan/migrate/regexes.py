"""From another scanner's pattern to one that a rule of ours can have: same syntax, a secret, bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakscan.rulepack import pattern as ours
from leakscan.rulepack.width import measure

from .read_regex import Untranslatable, read
from .tree import EMPTY, Alt, Capture, Fold, Keep, Node, Repeat, Seq, captures, inner, least, unlimited, write

if TYPE_CHECKING:
    from .read_regex import Dialect

__all__ = ["Translated", "Untranslatable", "condition", "rule_pattern"]

# Upper bounds that are tried for a pattern whose matches could be too long, the largest first.
BOUNDS = (8000, 4000, 2000, 1000, 500, 250, 200, 150, 120, 100, 80, 64, 50, 40, 32, 24, 20, 16, 12, 8)
AROUND = (100, 40, 20, 12)  # that are tried around a secret, to leave more to it
SHORTEST = 8  # bytes that a group must be able to match, to be taken for the secret without being named


class Translated(NamedTuple):
    """A pattern of ours, and what became of it on the way."""

    pattern: str
    notes: tuple[str, ...] = ()


def rule_pattern(
    text: str, dialect: Dialect, *, group: int | str | None = None, lines: bool = False
) -> Translated:
    """The pattern of a rule.

    `group` is what captures the secret: a number (0: the whole match), a name, or None for the first group that every
    match has. `lines`: see `read`. Repetitions without a limit get the largest one that leakscan's bounds on matches leave.
    Raises Untranslatable with the reason.
    """
    tree = read(text, dialect, lines=lines)
    tree, kept = _kept(tree)
    notes = []
    number, why = (kept, "") if kept else _secret(tree, group)
    if why:
        notes.append(why)
    if number:
        tree = _trimmed(tree, number)
    pattern, limit = _bounded(tree, number)
    if limit:
        notes.append(f"repetitions go up to {limit} at most, so that a match has an end")
    if wrong := ours.problems(pattern):
        raise Untranslatable("; ".join(wrong))
    return Translated(pattern, tuple(notes))


def condition(text: str, dialect: Dialect, *, lines: bool = False) -> str:
    """An expression that is searched in a secret or a line, where no bounds are needed. Raises Untranslatable."""
    pattern = write(read(text, dialect, lines=lines))
    if wrong := ours.syntax(pattern):
        raise Untranslatable(wrong)
    return pattern


def _secret(tree: Node, group: int | str | None) -> tuple[int, str]:
    """The number of the group that is the secret; 0 and a reason where it is the whole match instead."""
    if group == 0:
        return 0, ""
    every = captures(tree)
    wanted = every if group is None else [c for c in every if group in (c.number, c.name)]
    if group is not None and not wanted:
        return 0, f"there is no group {group}, so the secret is the whole match"
    lost = False
    for capture in wanted:
        if least(capture.item) > 0 and _always(tree, capture.number):
            if group is not None or measure(write(capture.item)).max_len >= SHORTEST:
                return capture.number, ""
        elif group is not None or measure(write(capture.item)).max_len >= SHORTEST:
            lost = True
    return 0, "no group is in every match, so the secret is the whole match" if lost else ""


def _always(node: Node, number: int) -> bool:
    """Whether every match of `node` sets the group."""
    if isinstance(node, Capture) and node.number == number:
        return True
    if isinstance(node, Alt):
        return all(_always(b, number) for b in node.branches)
    if isinstance(node, Repeat):
        return node.low > 0 and _always(node.item, number)
    return isinstance(node, Seq | Capture | Fold) and any(_always(n, number) for n in inner(node))


def _kept(tree: Node) -> tuple[Node, int]:
    """A match from `\\K` on as a group of its own."""
    if isinstance(tree, Seq) and any(isinstance(n, Keep) for n in tree.items):
        at = max(i for i, n in enumerate(tree.items) if isinstance(n, Keep))
        number = len(captures(tree)) + 1
        return Seq((*tree.items[:at], Capture(number, None, Seq(tree.items[at + 1 :])))), number
    return tree, 0


def _trimmed(tree: Node, number: int) -> Node:
    """`tree` without what may be there or not at its ends, outside of the secret: it decides nothing in a search."""
    if isinstance(tree, Fold):
        return Fold(tree.ignore, _trimmed(tree.item, number))
    if not isinstance(tree, Seq):
        return tree
    items = list(tree.items)
    for end in (0, -1):
        while items and isinstance(items[end], Repeat) and not _holds(items[end], number):
            repeat = items[end]
            assert isinstance(repeat, Repeat)
            if repeat.mode == "+" or repeat.low == repeat.high:
                break
            items[end] = Repeat(repeat.item, repeat.low, repeat.low)
            if repeat.low:
                break
            del items[end]
    return Seq(tuple(items)) if items else EMPTY


def _holds(node: Node, number: int) -> bool:
    return any(c.number == number for c in captures(node))


def _bounded(tree: Node, number: int) -> tuple[str, int]:
    """The pattern, and the limit that its repetitions needed (0: none)."""
    plain = write(tree, secret=number)
    if not unlimited(tree) and not ours.problems(plain):
        return plain, 0
    wrong: list[str] = []
    for inside in BOUNDS:
        for limit in dict.fromkeys((inside, *(n for n in AROUND if n < inside))) if number else (inside,):
            pattern = write(tree, secret=number, limit=limit, inside=inside)
            wrong = ours.problems(pattern)
            if not wrong:
                return pattern, inside
    raise Untranslatable("; ".join(wrong))
