"""Regular expressions as trees, whatever dialect they were written in, and writing them in ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, assert_never

from leakscan.model.record import NamedTuple

Look = Literal["(?=", "(?!", "(?<=", "(?<!", "(?>"]
Anchor = Literal["^", "$", r"\A", r"\Z", r"\b", r"\B", "(?m:^)", "(?m:$)"]


@dataclass(frozen=True, slots=True)
class Byte:
    """One of some bytes."""

    of: frozenset[int]


@dataclass(frozen=True, slots=True)
class At:
    """A place between bytes."""

    what: Anchor


@dataclass(frozen=True, slots=True)
class Seq:
    """One behind the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of several."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`low` to `high` times; None: no limit. `mode` is what follows the quantifier: "", "?" or "+"."""

    item: Node
    low: int
    high: int | None
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """A capturing group; numbers count from 1."""

    number: int
    name: str | None
    item: Node


@dataclass(frozen=True, slots=True)
class Around:
    """A lookaround, or an atomic group."""

    kind: Look
    item: Node


@dataclass(frozen=True, slots=True)
class Fold:
    """Whether case counts inside."""

    ignore: bool
    item: Node


@dataclass(frozen=True, slots=True)
class Keep:
    """Perl's `\\K`: what is before it belongs to the match no more."""


Node: TypeAlias = Byte | At | Seq | Alt | Repeat | Capture | Around | Fold | Keep

EMPTY = Seq(())
UNLIMITED = 1 << 30
ALL = frozenset(range(256))
DIGIT = frozenset(b"0123456789")
WORD = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
SPACE = frozenset(b" \t\n\r\f\v")
_NAMED = {
    DIGIT: r"\d", ALL - DIGIT: r"\D", WORD: r"\w", ALL - WORD: r"\W", SPACE: r"\s", ALL - SPACE: r"\S",
    ALL - frozenset(b"\n"): ".", ALL: r"[\s\S]",
}  # fmt: skip


def inner(node: Node) -> tuple[Node, ...]:
    """The nodes right below."""
    match node:
        case Byte() | At() | Keep():
            return ()
        case Seq(items):
            return items
        case Alt(branches):
            return branches
        case Repeat(item=item) | Capture(item=item) | Around(item=item) | Fold(item=item):
            return (item,)
        case _:
            assert_never(node)


def captures(node: Node) -> list[Capture]:
    """All capturing groups, by number."""
    own = [node] if isinstance(node, Capture) else []
    return sorted([*own, *(c for n in inner(node) for c in captures(n))], key=lambda c: c.number)


def unlimited(node: Node) -> bool:
    """Whether some repetition has no upper bound."""
    return (isinstance(node, Repeat) and node.high is None) or any(map(unlimited, inner(node)))


def least(node: Node) -> int:
    """The least number of bytes that `node` matches."""
    match node:
        case Byte():
            return 1
        case At() | Around(kind="(?=" | "(?!" | "(?<=" | "(?<!") | Keep():
            return 0
        case Alt(branches):
            return min(map(least, branches), default=0)
        case Repeat(item, low):
            return low * least(item)
        case Seq() | Capture() | Around() | Fold():
            return sum(map(least, inner(node)))
        case _:
            assert_never(node)


class Limits(NamedTuple):
    """How often what repeats may repeat, its own least number permitting."""

    open: int = UNLIMITED  # what has no limit of its own
    blank: int = UNLIMITED  # of that: white space
    nest: int = UNLIMITED  # of that: what holds another one
    fixed: int = UNLIMITED  # what has a limit

    def of(self, repeat: Repeat) -> int:
        """The upper bound of `repeat`."""
        if repeat.high is not None:
            return max(repeat.low, min(repeat.high, self.fixed))
        blank = isinstance(repeat.item, Byte) and repeat.item.of <= SPACE
        return max(repeat.low, self.blank if blank else self.nest if unlimited(repeat.item) else self.open)


class Form(NamedTuple):
    """How to write a tree: which group is the secret, and the limits in it and around it."""

    secret: int = 0
    around: Limits = Limits()
    inside: Limits = Limits()


def most(node: Node, form: Form) -> int:
    """The most bytes that `node` can match, written in `form`."""
    match node:
        case Byte():
            return 1
        case At() | Around(kind="(?=" | "(?!" | "(?<=" | "(?<!") | Keep():
            return 0
        case Alt(branches):
            return max((most(b, form) for b in branches), default=0)
        case Repeat(item):
            return form.around.of(node) * most(item, form)
        case Capture(number, _, item) if number == form.secret:
            return most(item, form._replace(around=form.inside))
        case Seq() | Capture() | Around() | Fold():
            return sum(most(n, form) for n in inner(node))
        case _:
            assert_never(node)


def write(node: Node, form: Form = Form()) -> str:  # noqa: B008 - immutable
    """`node` as a pattern over bytes, ASCII alone. The secret becomes the group `secret`, no other group captures."""
    match node:
        case Byte(of):
            return _byte(of)
        case At(what):
            return what
        case Keep():
            return ""
        case Seq(items):
            return "".join(_atom(n, Alt, form) for n in items)
        case Alt(branches):
            return "|".join(write(n, form) for n in branches)
        case Repeat(item, low, _, mode):
            return (
                _atom(item, (Seq, Alt, Repeat, At, Around), form) + _times(low, form.around.of(node)) + mode
            )
        case Capture(number, _, item) if number == form.secret:
            return f"(?P<secret>{write(item, Form(around=form.inside))})"
        case Capture(item=item):
            return f"(?:{write(item, form)})"
        case Around(kind, item):
            return _around(kind, item, form)
        case Fold(ignore, item):
            return f"(?{'i' if ignore else '-i'}:{write(item, form)})"
        case _:
            assert_never(node)


def _atom(node: Node, loose: Any, form: Form) -> str:
    if isinstance(node, Seq) and len(node.items) == 1:
        return _atom(node.items[0], loose, form)
    text = write(node, form)
    return f"(?:{text})" if isinstance(node, loose) else text


def _around(kind: Look, item: Node, form: Form) -> str:
    """A look behind has one width only, so one of several widths becomes several."""
    branches = item.branches if kind in ("(?<=", "(?<!") and isinstance(item, Alt) else (item,)
    texts = [f"{kind}{write(b, form)})" for b in branches]
    if len(texts) == 1:
        return texts[0]
    return "".join(texts) if kind == "(?<!" else f"(?:{'|'.join(texts)})"


def _times(low: int, high: int) -> str:
    if (low, high) == (0, 1):
        return "?"
    if high == UNLIMITED:
        return {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def _byte(of: frozenset[int]) -> str:
    if of in _NAMED:
        return _NAMED[of]
    if len(of) == 1:
        return _char(next(iter(of)), r".^$*+?{}[]\|()#")
    if not of:
        return "(?!)"
    negated = len(of) > 128
    members = ALL - of if negated else of
    if not members:
        return _NAMED[ALL]
    return f"[{'^' if negated else ''}{_ranges(members)}]"


def _ranges(members: frozenset[int]) -> str:
    out, rest = [], sorted(members)
    while rest:
        low = high = rest.pop(0)
        while rest and rest[0] == high + 1:
            high = rest.pop(0)
        ends = [_char(b, r"\]^-[&~|") for b in (low, high)]
        out.append(ends[0] if low == high else "".join(ends) if high == low + 1 else "-".join(ends))
    return "".join(out)


def _char(byte: int, special: str) -> str:
    known = {9: r"\t", 10: r"\n", 13: r"\r"}
    if byte in known:
        return known[byte]
    if not 0x20 <= byte < 0x7F:
        return f"\\x{byte:02x}"
    return f"\\{chr(byte)}" if chr(byte) in special else chr(byte)
