"""What `run` is to do, found from what became of the objects: where refs, HEADs, stashes and indexes go."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from .model import shown
from .rewrite_index import index_work
from .state import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .facts import Facts
    from .names import Names
    from .replace import Matcher
    from .rewrite import Rewriter

REPLACE = b"refs/replace/"
_OID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def tips(facts: Facts) -> dict[bytes, str]:
    """Everything that holds history: refs, HEADs, stash entries. Reflogs do not; they are expired."""
    tips = {bytes.fromhex(ref.oid): "ref" for ref in facts.refs}
    tips |= {bytes.fromhex(tree.head): "head" for tree in facts.worktrees if tree.head}
    tips |= {bytes.fromhex(entry.new): "stash" for entry in facts.stash}
    return tips


def work_of(
    facts: Facts, rewriter: Rewriter, names: Names, matcher: Matcher, lfs: Collection[bytes]
) -> Work:  # fmt: skip
    work = Work()

    def new(oid: str) -> str:
        mapped = rewriter.map(bytes.fromhex(oid))
        return mapped.hex() if mapped is not None else ""

    for ref in facts.refs:
        name, after = names.ref(ref.name), new(ref.oid)
        if ref.name.startswith(REPLACE):  # its name is the id of what it stands for
            name = REPLACE + _replaced(ref.name.removeprefix(REPLACE), new)
        if name != ref.name or after != ref.oid:
            work.refs.append((shown(ref.name), shown(name), ref.oid, after))
    for tree in facts.worktrees:
        if tree.ref is None and tree.head:
            after = new(tree.head)
            if after != tree.head:
                work.heads.append((tree.head_name, tree.head, after))
        elif tree.ref is not None and names.ref(tree.ref) != tree.ref:
            work.symbolic.append((tree.head_name, shown(tree.ref), shown(names.ref(tree.ref))))
        edits = index_work(tree, rewriter, names, matcher)
        if edits:
            work.index[tree.id] = edits
    for name, target in facts.symbolic.items():
        if names.ref(target) != target:
            work.symbolic.append((shown(name), shown(target), shown(names.ref(target))))
    entries = [(entry.new, new(entry.new)) for entry in facts.stash]
    dirty = any(matcher.spans(entry.rest) for entry in facts.stash)
    if dirty or any(old != after for old, after in entries):
        work.stash = entries
    work.lfs = [
        shown(os.path.relpath(path, facts.repo.common_dir))
        for path in facts.lfs
        if os.path.basename(path) in lfs
    ]
    return work


def _replaced(name: bytes, new: Callable[[str], str]) -> bytes:
    """The id that a replace ref is called after, as it will be."""
    oid = name.decode("ascii", "replace")
    return new(oid).encode() or name if _OID.fullmatch(oid) else name
