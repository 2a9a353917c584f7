"""Rewritten trees stored as the old ones are: as deltas of one another.

Rewriting exchanges ids and moves nothing, so where an old tree copies from its base, the new one copies the same from the
new base.
"""

from __future__ import annotations

import struct
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from leakscan.git import kernel
from leakscan.git.inventory import LARGEST, column
from leakscan.git.kernel_twin import STEP

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from leakscan.git.inventory import Inventory

    from .objects import Reader
    from .pack_writer import PackWriter


class Patched(NamedTuple):
    """A new tree: the old one, and which ids stand where in it from now on."""

    old: bytes
    edits: tuple[tuple[int, bytes], ...]


class _Made(NamedTuple):
    """A tree on the way down a family."""

    raw: bytes
    new: tuple[bytes, bytes] | None  # id and content, where it is stored


def patch(raw: bytes, edits: Sequence[tuple[int, bytes]], oid_size: int) -> bytes:
    """A tree with other ids at some places; `edits` are sorted."""
    parts: list[bytes] = []
    at = 0
    for start, oid in edits:
        parts += (raw[at:start], oid)
        at = start + oid_size
    return b"".join((*parts, raw[at:]))


Differences = dict[tuple[bytes, bytes], "list[tuple[bytes, bytes, bytes, bytes]]"]
"""By old and new tree: the entries in which they differ, as `kernel.differing` gives them."""


def store_trees(
    held: Inventory, reader: Reader, writer: PackWriter, promised: Mapping[bytes, Patched]
) -> Differences:  # fmt: skip
    """Store trees whose new ids were given out already; returns in what each was found to differ from the old one."""
    new = {tree.old: oid for oid, tree in promised.items()}
    left = set(new)
    found: Differences = {}
    for number in range(len(held.plans)):
        left -= _packed(held, number, writer, promised, {oid: new[oid] for oid in left}, found)
    for old in sorted(left):
        before = reader.read(old)
        raw = patch(before, promised[new[old]].edits, len(old))
        _store(writer, new[old], raw, None, b"")
        _compare(found, old, new[old], before, raw)
    return found


def _compare(found: Differences, old: bytes, new: bytes, before: bytes, after: bytes) -> None:
    rows = kernel.differing(before, after, len(old))
    if rows is not None:
        found[old, new] = rows


def _packed(
    held: Inventory, number: int, writer: PackWriter, promised: Mapping[bytes, Patched], new: Mapping[bytes, bytes],
    found: Differences,
) -> set[bytes]:  # fmt: skip
    """Store those of `new` (old id: new id) that one pack has; returns which."""
    pack, steps, size = held.store.packs[number], held.plans[number].trees, held.repo.oid_size
    here = {
        position: old
        for old, (position,) in zip(
            new, struct.iter_unpack("=i", kernel.find(pack.index, b"".join(new), size)), strict=True
        )
        if position >= 0
    }
    done: set[bytes] = set()
    line: list[_Made | None] = []
    for data, length, position, _, depth, _ in _needed(steps, here) if here else ():
        base = line[depth - 1] if depth else None
        copies = b""
        try:
            if not depth:
                raw = kernel.inflate(pack.data, data, length)
            elif base is not None:
                raw, copies, _ = kernel.unpack(pack.data, data, length, base.raw, 0, LARGEST)
            else:
                raise ValueError("without a base")
        except (ValueError, OverflowError):
            line[depth:] = [None]
            continue
        old = here.get(position)
        stored: tuple[bytes, bytes] | None = None
        if old is not None and old not in done:
            stored = new[old], patch(raw, promised[new[old]].edits, size)
            _store(writer, *stored, base.new if base is not None else None, copies)
            _compare(found, old, stored[0], raw, stored[1])
            done.add(old)
        line[depth:] = [_Made(raw, stored)]
    pack.forget()
    return done


def _store(
    writer: PackWriter, oid: bytes, raw: bytes, base: tuple[bytes, bytes] | None, copies: bytes
) -> None:  # fmt: skip
    if base is not None and base[0] != oid:
        delta = kernel.along(base[1], raw, copies)
        if 2 * len(delta) < len(raw):
            writer.put("tree", oid, raw, (base[0], delta))
            return
    writer.put("tree", oid, raw, place="tree")


def _needed(steps: bytes, wanted: Container[int]) -> Iterator[tuple[int, int, int, int, int, int]]:
    """The steps whose positions are `wanted`, and those that they rest on."""
    marks = bytearray(len(steps) // STEP.size)
    line: list[int] = []
    for number, (position, depth) in enumerate(
        zip(column(steps, "I", 4), column(steps, "I", 6), strict=True)
    ):
        if depth == len(line):
            line.append(number)
        else:
            line[depth] = number
        if position in wanted:
            while depth >= 0 and not marks[line[depth]]:
                marks[line[depth]] = 1
                depth -= 1
    return compress(STEP.iter_unpack(steps), marks)
