"""What a rule's pattern must be: valid, bounded, in the syntax that all engines share."""

from __future__ import annotations

import re
from re import _constants as c  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

from .groups import SECRET_GROUP
from .shape import Shape
from .tree import children, parse, unbounded_at
from .width import ANCHOR, FAR, LOOK, NEAR, UNBOUNDED, anchors, measure

if TYPE_CHECKING:
    pass

_MAX_PATTERN = 4000  # characters
_NO_FLAGS = parse("").state.flags


def problems(pattern: str) -> list[str]:
    """What is wrong with a rule's pattern, each with the way out; [] if it is good."""
    if wrong := syntax(pattern):
        return [wrong]
    found = [*_bounds(pattern), *_forbidden(parse(pattern))]
    if not found:
        found += reach(pattern)
    return found


def syntax(pattern: str) -> str | None:
    """Why `pattern` is not a regular expression over ASCII text; None if it is one."""
    if len(pattern) > _MAX_PATTERN:
        return f"longer than {_MAX_PATTERN} characters"
    if not pattern.isascii():
        at = next(i for i, char in enumerate(pattern) if ord(char) > 127)
        return f"not ASCII at character {at + 1}; write other bytes as \\xNN"
    try:
        re.compile(pattern.encode())
    except re.error as e:
        where = f" at character {e.pos + 1}" if e.pos is not None else ""
        return f"not a regular expression{where}: {e.msg}"
    except (RecursionError, OverflowError):
        return "not a regular expression: too deeply nested, or a number in it is too large"
    return None


def bounded(pattern: str) -> list[str]:
    """What keeps a valid `pattern` from having a longest match."""
    return [*_bounds(pattern), *_forbidden(parse(pattern))]


def _bounds(pattern: str) -> list[str]:
    if measure(pattern).max_len < UNBOUNDED:
        return []
    where = unbounded_at(pattern)
    if not where:
        return []  # a back-reference, which is reported as one
    places = ", ".join(f'"{quantifier}" at character {at + 1}' for at, quantifier in where)
    return [f"can match without limit: {places}; give the quantifier an upper bound, such as {{0,40}}"]


def _forbidden(tree: Any) -> list[str]:
    found: list[str] = []
    for op, arg in tree:
        if op in (c.GROUPREF, c.GROUPREF_EXISTS, c.GROUPREF_IGNORE):
            found.append("refers back to a group; spell the alternatives out")
        for inner in children(op, arg):
            found += _forbidden(inner)
    return list(dict.fromkeys(found))


def reach(pattern: str) -> list[str]:
    """What is wrong with the widths of a valid, bounded `pattern`, and with its group `secret`."""
    shape = measure(pattern)
    found = []
    if shape.min_len == 0:
        found.append("can match nothing at all")
    found += looks(shape)
    if shape.max_len > FAR:
        found.append(f"can match {shape.max_len} bytes; at most {FAR} are allowed")
    elif shape.max_len > NEAR:
        starts = anchors(pattern)
        if not starts or min(map(len, starts)) < ANCHOR:
            found.append(
                f"can match {shape.max_len} bytes; over {NEAR} a pattern must begin with at least {ANCHOR} fixed bytes"
            )
    if "(?P<secret>" in pattern and not _captures(parse(pattern)):
        found.append("some match leaves the group `secret` empty; every alternative needs it")
    return found


def looks(shape: Shape) -> list[str]:
    """What is wrong with the lookarounds of a pattern of this `shape`."""
    sides = (("behind", shape.look_behind), ("ahead", shape.look_ahead))
    return [f"looks {n} bytes {side}; at most {LOOK} are allowed" for side, n in sides if n > LOOK]


def embeddable(pattern: str) -> list[str]:
    """What keeps a `pattern` from being a part of a larger one; [] if it is valid, bounded and affects nothing else."""
    if wrong := syntax(pattern):
        return [wrong]
    found = bounded(pattern)
    tree = parse(pattern)
    if tree.state.flags != _NO_FLAGS:
        found.append("sets flags for the whole pattern; write (?i:...) around what they are for")
    if tree.state.groupdict:
        found.append("must not name groups; the group `secret` is made around the value")
    return found


def _captures(tree: Any) -> bool:
    """Whether every match sets a group of the secret, and to something."""
    secrets = {number for name, number in tree.state.groupdict.items() if SECRET_GROUP.fullmatch(name)}

    def sets(tree: Any) -> bool:
        for op, arg in tree:
            if op is c.SUBPATTERN and (sets(arg[3]) or (arg[0] in secrets and arg[3].getwidth()[0] > 0)):
                return True
            if op is c.BRANCH and all(map(sets, arg[1])):
                return True
            if op is c.ATOMIC_GROUP and sets(arg):
                return True
            if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT) and int(arg[0]) > 0 and sets(arg[2]):
                return True
        return False

    return sets(tree)
