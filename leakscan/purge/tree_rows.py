"""A tree's entries at once, where all of them are wanted."""

from __future__ import annotations

import re

_ROW = {size: rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % size for size in (20, 32)}
_ROWS = {size: re.compile(row, re.DOTALL) for size, row in _ROW.items()}
_WHOLE = {
    size: re.compile(rb"(?:[0-7]{1,7} [^\0]+\0.{%d})*" % size, re.DOTALL).fullmatch for size in (20, 32)
}


def tree_rows(raw: bytes, oid_size: int) -> list[tuple[bytes, bytes, bytes]] | None:
    """(mode, name, id) of all entries; None where the tree is malformed."""
    return _ROWS[oid_size].findall(raw) if _WHOLE[oid_size](raw) else None
