"""Tree objects, parsed: `<mode> <name>\\0<binary id>`, again and again (git's tree-walk.c)."""

from __future__ import annotations

import re

from leakscan.model.record import NamedTuple

_PATTERNS = {size: re.compile(rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}

TREE = b"40000"
GITLINK = b"160000"


class Entry(NamedTuple):
    """One line of a tree. `mode` as written, in octal digits."""

    mode: bytes
    name: bytes
    oid: bytes  # binary

    @property
    def is_tree(self) -> bool:
        return self.mode.lstrip(b"0") == TREE

    @property
    def is_blob(self) -> bool:
        return not self.is_tree and self.mode != GITLINK


def entries(raw: bytes, oid_size: int) -> list[Entry] | None:
    """The entries of a tree's content, `oid_size` being 20 or 32; None when it is malformed."""
    found = [Entry(*parts) for parts in _PATTERNS[oid_size].findall(raw)]
    length = sum(len(e.mode) + len(e.name) + oid_size + 2 for e in found)
    return found if length == len(raw) else None
