r"""Where a pattern ends in the middle of an alphabet.

`\b` separates letters, digits and `_` from everything else. Behind a class that also holds `-`, it asks for a boundary
in the wrong place: a token that ends in `-` is missed, and one that goes on behind a `-` is cut short.
"""

from __future__ import annotations

from re import _constants as c  # type: ignore[attr-defined]
from typing import Any

from .tree import WORD, alphabet_of, children, parse
from .width import measure_tree


def blunt_edges(pattern: str) -> list[str]:
    r"""What is doubtful about the ends of a valid `pattern`: `\b` next to a class that is not of words, an open end."""
    found = []
    tree = list(_flat(parse(pattern)))
    for first, second, side in ((tree, "begins", "in front of"), (tree[::-1], "ends", "behind")):
        edge = next((item for item in first if not _only_looks(item)), None)
        looks = first[: first.index(edge)] if edge is not None else []
        if edge is None:
            continue
        chars = _edge_alphabet(edge)
        if any(op is c.AT and arg is c.AT_BOUNDARY for op, arg in looks) and chars & WORD and chars - WORD:
            odd = "".join(sorted(chr(b) for b in chars - WORD if 0x20 < b < 0x7F))
            found.append(f"`\\b` {side} a class with {odd}: use a lookaround with the same class")
        elif not looks and len(chars & WORD) >= 10 and _is_class(edge):
            found.append(f"it {second} with a class and no boundary, so it can match inside a longer run")
    return found


def _flat(tree: Any) -> list[Any]:
    """The items of a sequence, those of groups among them."""
    items: list[Any] = []
    for op, arg in tree:
        items += _flat(arg[3]) if op is c.SUBPATTERN else [(op, arg)]
    return items


def _only_looks(item: Any) -> bool:
    return item[0] in (c.AT, c.ASSERT, c.ASSERT_NOT)


def _is_class(item: Any) -> bool:
    op, arg = item
    if op is c.IN:
        return True
    repeated = op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT)
    return repeated and len(arg[2]) == 1 and arg[2][0][0] is c.IN and measure_tree(arg[2]).min_len == 1


def _edge_alphabet(item: Any) -> frozenset[int]:
    """The bytes at the edge, for a class or a repeated class; none for what is more complicated."""
    if not _is_class(item):
        return frozenset()
    op, arg = item
    return alphabet_of(children(op, arg)[0] if op is not c.IN else [item])
