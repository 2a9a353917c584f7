"""Refs whose names have a secret, and what they are called instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .facts import Facts
    from .replace import Matcher


class Names:
    """New names: valid, unique, and in no other ref's way (`a` and `a/b` cannot both be)."""

    def __init__(self, facts: Facts, matcher: Matcher) -> None:
        self.renamed: dict[bytes, bytes] = {}
        every = [ref.name for ref in facts.refs]
        every += [tree.ref for tree in facts.worktrees if tree.ref is not None]
        every += facts.symbolic.keys()
        dirty = sorted({name for name in every if matcher.spans(name)})
        taken = set(every) - set(dirty)
        for name in dirty:
            wanted = new = matcher.name(name)
            number = 2
            while any(_clash(new, other) for other in taken):
                new, number = b"%s-%d" % (wanted, number), number + 1
            taken.add(new)
            self.renamed[name] = new

    def ref(self, name: bytes) -> bytes:
        """What a ref is called from now on."""
        return self.renamed.get(name, name)


def _clash(a: bytes, b: bytes) -> bool:
    # Upper and lower case are one on some file systems.
    a, b = a.lower(), b.lower()
    return a == b or a.startswith(b + b"/") or b.startswith(a + b"/")
