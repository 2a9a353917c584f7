"""What the secret of a pattern looks like, wherever it stands: cheaper to look for than the whole pattern."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import _constants as c  # type: ignore[attr-defined]
from typing import Any

from leakscan.rulepack.groups import secret_parts
from leakscan.rulepack.tree import alphabet_of, children, parse

_EVERY = frozenset(range(256))
_REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT)
_FLAGS = re.IGNORECASE | re.DOTALL | re.VERBOSE
_LOOKS = (c.AT, c.ASSERT, c.ASSERT_NOT)


def core(
    pattern: str, compile: Callable[[bytes], re.Pattern[bytes]] = re.compile
) -> re.Pattern[bytes] | None:
    """Matches wherever a secret of `pattern` begins, and in more places; None where a secret means nothing by itself."""
    parts = secret_parts(pattern)
    flags = parse(pattern).state.flags
    if not parts or not all(alone for _, alone in parts) or flags & _FLAGS:
        return None
    mode = "(?m)" if flags & re.MULTILINE else ""
    if len(parts) > 1:
        return compile((mode + "|".join(f"(?:{part})" for part, _ in parts)).encode("latin-1"))
    part = parts[0][0]
    head, group, tail = pattern.partition(f"(?P<secret>{part})")
    if group and _only_looks(head) and _only_looks(tail):
        return compile(pattern.encode("latin-1"))
    before = _before(head) if group else frozenset()
    some = "".join(f"\\x{byte:02x}" for byte in sorted(before))
    behind = f"(?<=[{some}])" if some else ""
    ahead = tail if group and _only_looks(tail) else ""
    return compile(f"{mode}{behind}(?:{part}){ahead}".encode("latin-1"))


def _before(head: str) -> frozenset[int]:
    """The bytes one of which stands in front of what follows `head`; empty where nobody knows."""
    try:
        found, empty = _last(parse(head))
    except re.error:  # it ends inside a group
        return frozenset()
    return frozenset() if empty or found == _EVERY else found


def _only_looks(tail: str) -> bool:
    """Whether this end of a pattern takes nothing, and is no end of one alternative among others."""
    try:
        return all(op in _LOOKS for op, _ in parse(tail))
    except re.error:
        return False


def _last(tree: Any) -> tuple[frozenset[int], bool]:
    """The bytes that a match can end with, in either case, and whether it can be empty."""
    found: frozenset[int] = frozenset()
    for op, arg in reversed(list(tree)):
        if op in _LOOKS:
            continue
        own, empty = _last_of(op, arg)
        found |= own
        if not empty:
            return found | frozenset(bytes(found).swapcase()), False
    return found | frozenset(bytes(found).swapcase()), True


def _last_of(op: Any, arg: Any) -> tuple[frozenset[int], bool]:
    if op in (c.GROUPREF, c.GROUPREF_EXISTS, c.GROUPREF_IGNORE):
        return _EVERY, True
    inner = [_last(tree) for tree in children(op, arg)]
    if not inner:
        return alphabet_of([(op, arg)]), False
    empty = any(empty for _, empty in inner) or (op in _REPEATS and int(arg[0]) == 0)
    return frozenset().union(*(found for found, _ in inner)), empty
