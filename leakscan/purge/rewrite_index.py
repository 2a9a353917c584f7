"""Indexes without secrets: a staged old blob would pin it, and bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git.entries import GITLINK

from .model import shown

if TYPE_CHECKING:
    from .facts import Worktree
    from .names import Names
    from .replace import Matcher
    from .rewrite import Rewriter


def index_work(
    tree: Worktree, rewriter: Rewriter, names: Names, matcher: Matcher
) -> list[tuple[str, str, str, str, str]]:
    """What changes in an index: (path, new path or "", mode, old id, new id or "")."""
    found = []
    taken = {entry.path for entry in tree.staged}
    for entry in tree.staged:
        path = rewriter.path(entry.path)
        if path is not None and path != entry.path:
            wanted, number = path, 2
            while path in taken:
                path, number = b"%s-%d" % (wanted, number), number + 1
            taken.add(path)
        oid = bytes.fromhex(entry.oid)
        new = rewriter.gitlink(oid) if entry.mode == GITLINK else rewriter.blobs.map(oid, entry.path)
        if path is None or new is None:
            found.append((shown(entry.path), "", entry.mode.decode(), entry.oid, ""))
        elif path != entry.path or new.hex() != entry.oid:
            found.append((shown(entry.path), shown(path), entry.mode.decode(), entry.oid, new.hex()))
    return found
