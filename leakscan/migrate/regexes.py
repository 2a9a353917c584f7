"""From another scanner's pattern to one that a rule of ours can have: same syntax, a secret, bounds."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple
from leakscan.rulepack import pattern as ours
from leakscan.rulepack.width import ANCHOR, FAR, NEAR, anchors, measure

from .read_regex import Untranslatable, read
from .tree import (
    EMPTY,
    SPACE,
    UNLIMITED,
    Alt,
    Byte,
    Capture,
    Fold,
    Form,
    Keep,
    Limits,
    Node,
    Repeat,
    Seq,
    captures,
    inner,
    least,
    most,
    unlimited,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .read_regex import Dialect

__all__ = ["Translated", "Untranslatable", "condition", "rule_pattern"]

# Upper bounds that are tried for a pattern whose matches could be too long, the largest first.
BOUNDS = (8000, 4000, 2000, 1000, 500, 250, 200, 150, 120, 100, 80, 64, 50, 40, 32, 24, 20, 16, 12, 8, 4)
AROUND = (2000, 500, 100, 40, 20, 12)  # that are tried around a secret, to leave more to it
NESTS = (8, 4, 3, 2)  # for repetitions of repetitions
NO_GROUP = "no group is in every match, so the secret is the whole match"
BLANKS = (100, 20, 8)  # for white space
TRIES = 40  # of limits that fit the width and are wrong all the same
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
    pattern, form = _bounded(tree, number)
    notes += _notes(tree, form)
    if wrong := ours.problems(pattern):
        raise Untranslatable("; ".join(wrong))
    return Translated(pattern, tuple(notes))


def rule_patterns(text: str, dialect: Dialect, *, group: int | str | None = None) -> tuple[Translated, ...]:
    """As `rule_pattern`; several where the secret is another group in each of several alternatives."""
    whole = rule_pattern(text, dialect, group=group)
    if group is not None or NO_GROUP not in whole.notes:
        return (whole,)
    tree = read(text, dialect)
    numbers = [
        c.number for c in captures(tree) if least(c.item) > 0 and measure(write(c.item)).max_len >= SHORTEST
    ]
    found = []
    for number in numbers:
        cut = _cut(tree, number, numbers)
        if cut is None or not _always(cut, number):
            return (whole,)
        pattern, form = _bounded(_trimmed(cut, number), number)
        found.append(Translated(pattern, tuple(_notes(cut, form))))
    return tuple(found) or (whole,)


def _cut(node: Node, number: int, numbers: list[int]) -> Node | None:
    """`node` with only those alternatives that set the group; None where some set none of `numbers`."""
    match node:
        case Alt(branches) if _holds(node, number):
            if not all(any(_holds(b, n) for n in numbers) for b in branches):
                return None
            kept = [_cut(b, number, numbers) for b in branches if _holds(b, number)]
            if any(k is None for k in kept):
                return None
            return kept[0] if len(kept) == 1 else Alt(tuple(k for k in kept if k is not None))
        case Seq(items):
            parts = [_cut(n, number, numbers) for n in items]
            return None if any(p is None for p in parts) else Seq(tuple(p for p in parts if p is not None))
        case Fold(ignore, item):
            inside = _cut(item, number, numbers)
            return None if inside is None else Fold(ignore, inside)
        case Capture(own, name, item):
            inside = _cut(item, number, numbers)
            return None if inside is None else Capture(own, name, inside)
        case _:
            return node


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
    return 0, NO_GROUP if lost else ""


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


def _bounded(tree: Node, number: int) -> tuple[str, Form]:
    """The pattern, and the limits that it needed."""
    plain = Form(number)
    if not unlimited(tree) and not ours.problems(write(tree, plain)):
        return write(tree, plain), plain
    small = Form(number, Limits(8, 8, 8), Limits(8, 8, 8))
    starts = anchors(write(tree, small))
    far = bool(starts) and min(map(len, starts)) >= ANCHOR
    wrong: list[str] = []
    tried = 0
    for form in _forms(tree, number):
        if most(tree, form) > (FAR if far else NEAR):
            continue
        pattern = write(tree, form)
        wrong = ours.problems(pattern)
        if not wrong:
            return pattern, form
        tried += 1
        if tried == TRIES:
            break
    raise Untranslatable("; ".join(wrong or ours.problems(write(tree, small))))


def _forms(tree: Node, number: int) -> Iterator[Form]:
    """Limits to try, the best first: what has a limit keeps it as long as the rest gets a fair one, the secret most."""
    secret = next((c.item for c in captures(tree) if c.number == number), None)
    inside_open = secret is not None and unlimited(secret)
    repeats = _repeats(tree)
    ends = [r.high for r in repeats if r.high is not None]
    nested = any(r.high is None and unlimited(r.item) for r in repeats)
    blanks = any(r.high is None and isinstance(r.item, Byte) and r.item.of <= SPACE for r in repeats)
    for fixed, least_open in (
        (UNLIMITED, 16),
        (200, 16),
        (100, 16),
        (50, 12),
        (30, 8),
        (UNLIMITED, 4),
        (16, 4),
        (8, 4),
    ):
        if fixed < UNLIMITED and fixed >= max(ends, default=0):
            continue
        for open in (b for b in BOUNDS if b >= least_open) if unlimited(tree) else (UNLIMITED,):
            around_all = [n for n in (open, *AROUND) if n <= open] if inside_open else [open]
            for around, nest in product(dict.fromkeys(around_all), NESTS if nested else (open,)):
                for blank in dict.fromkeys(min(around, n) for n in BLANKS) if blanks else (around,):
                    limits = Limits(around, blank, min(nest, around), fixed)
                    yield Form(number, limits, limits._replace(open=open, nest=min(nest, open)))


def _repeats(node: Node) -> list[Repeat]:
    return [*([node] if isinstance(node, Repeat) else []), *(r for n in inner(node) for r in _repeats(n))]


def _said(tree: Node, form: Form, within: bool = False) -> Iterator[tuple[int | None, int]]:
    """Every upper bound that `form` changes, and what it becomes; None for what had none."""
    limits = form.inside if within else form.around
    if isinstance(tree, Repeat) and limits.of(tree) != tree.high:
        yield tree.high, limits.of(tree)
    within = within or (isinstance(tree, Capture) and tree.number == form.secret)
    for node in inner(tree):
        yield from _said(node, form, within)


def _notes(tree: Node, form: Form) -> list[str]:
    changes = list(_said(tree, form))
    opened = sorted({new for old, new in changes if old is None})
    ended = sorted({(old, new) for old, new in changes if old is not None})
    notes = []
    if opened:
        numbers = " or ".join(map(str, opened))
        notes.append(f"repetitions without an end go up to {numbers}, so that a match has one")
    notes += [
        f"repetitions of up to {old} go up to {new}, so that a match is not too long" for old, new in ended
    ]
    return notes
