"""Rewritten trees stored as the old ones are: as deltas of one another.

Rewriting exchanges ids and moves nothing, so where an old tree copies from its base, the new one copies the same from the
new base.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.model.record import NamedTuple

from .families import walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakscan.git.inventory import Inventory

    from .pack_writer import PackWriter
    from .reader import Reader

Differences = dict[tuple[bytes, bytes], "list[tuple[bytes, bytes, bytes, bytes]]"]
"""By old and new tree: the entries in which they differ, as `kernel.differing` gives them."""


class Patched(NamedTuple):
    """A new tree: the old one, and which ids stand where in it from now on."""

    old: bytes
    edits: tuple[tuple[int, bytes], ...]


def patch(raw: bytes, edits: Sequence[tuple[int, bytes]], oid_size: int) -> bytes:
    """A tree with other ids at some places; `edits` are sorted."""
    if len(edits) == 1:
        ((start, oid),) = edits
        return raw[:start] + oid + raw[start + oid_size :]
    parts: list[bytes] = []
    at = 0
    for start, oid in edits:
        parts += (raw[at:start], oid)
        at = start + oid_size
    return b"".join((*parts, raw[at:]))


def store_trees(
    held: Inventory, reader: Reader, writer: PackWriter, promised: Mapping[bytes, Patched]
) -> Differences:  # fmt: skip
    """Store trees whose new ids were given out already; returns in what each was found to differ from the old one."""
    new = {tree.old: oid for oid, tree in promised.items()}
    found: Differences = {}
    size = held.repo.oid_size

    def store(
        old: bytes, before: bytes, base: tuple[bytes, bytes] | None, copies: bytes
    ) -> tuple[bytes, bytes]:
        oid = new[old]
        raw = patch(before, promised[oid].edits, size)
        rows = kernel.differing(before, raw, size)
        if rows is not None:
            found[old, oid] = rows
        if base is not None:
            delta = kernel.along(base[1], raw, copies)
            if 2 * len(delta) < len(raw):
                writer.put("tree", oid, raw, (base[0], delta))
                return oid, raw
        writer.put("tree", oid, raw, place="tree")
        return oid, raw

    done = walk(held, "trees", new, store)
    for old in sorted(new.keys() - done):
        store(old, reader.read(old), None, b"")
    return found
