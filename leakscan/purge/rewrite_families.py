"""Trees rewritten as they are stored: family by family, where nothing but ids is exchanged in them.

A tree's new id depends on those of what is in it. So trees go in layers, from those that have nothing but blobs with a
secret up to the root trees, and each layer in the order in which the packs have it: every tree is unpacked once, and its new
form is stored as a delta of the new form of its base.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.git.steps import DEPTH, POSITION, STEP, column
from leakscan.git.tree_heads import TREE_ENTRY
from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple

from .meanwhile import meanwhile
from .tree_store import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from leakscan.git.buffer import Buffer
    from leakscan.git.inventory import Inventory

    from .objects_trees import Found, Wanted
    from .pack_writer import Make, PackWriter
    from .reader import Reader
    from .rewrite_trees import Blobs

_VISIT, _REWRITE = 1, 2
_MUCH = 4000  # trees for which another process pays


class Exchanged(NamedTuple):
    """Old ids and new ones, of blobs and of trees that differ in nothing but such ids: each has been compared."""

    blobs: dict[bytes, bytes]
    trees: dict[bytes, bytes]


class _Layers(NamedTuple):
    blobs: dict[bytes, bytes]
    trees: list[set[bytes]]  # from the bottom up


def rewrite_families(
    held: Inventory, reader: Reader, writer: PackWriter, blobs: Blobs, leading: Iterable[bytes],
    roots: Sequence[bytes], wanted: Wanted,
) -> Exchanged | None:  # fmt: skip
    """Rewrite `roots`, in an order that depends on ids alone, and all trees below that are `leading`.

    None where more than ids is to change: nothing has been written then. Raises GitError.
    """
    found = _layers(held, blobs, leading, roots, wanted)
    if found is None:
        return None
    ids = dict(found.blobs)
    size = held.repo.oid_size
    # Root trees are in no other tree.
    inner = (oid for layer in found.trees[:-1] for oid in layer)
    table = kernel.table(b"".join((*ids, *inner)), size, (), held.seed)
    packs = [_Family(held, number) for number in range(len(held.plans))]
    for layer in found.trees:
        left = set(layer)
        for pack in packs:
            left -= pack.rewrite(left, writer, table, ids)
        for oid in sorted(left):
            _single(oid, reader, writer, table, held.seed, ids)
    return Exchanged(found.blobs, {old: new for old, new in ids.items() if old not in found.blobs})


def _layers(
    held: Inventory, blobs: Blobs, leading: Iterable[bytes], roots: Sequence[bytes], wanted: Wanted
) -> _Layers | None:
    size, seed = held.repo.oid_size, held.seed
    trees = _by_key(leading, size, seed)
    by_key = _by_key(blobs.concerned(), size, seed)
    tops = [key for key, oid in _by_key(roots, size, seed).items()]
    new: dict[bytes, bytes] = {}
    inner: set[int] = set()  # trees that are in others
    seen: set[tuple[tuple[Found, ...], bytes]] = set()
    stack = [(wanted.of.get(key, ()), b"") for key in reversed(tops)]
    while stack:
        content, prefix = stack.pop()
        if (content, prefix) in seen:
            continue
        seen.add((content, prefix))
        for name, kind, key in content:
            if kind == TREE_ENTRY:
                inner.add(key)
                stack.append((wanted.of.get(key, ()), prefix + name + b"/"))
            else:
                oid = by_key[key]
                after = blobs.map(oid, prefix + name)
                if after is None:
                    return None
                if after != oid:
                    new[oid] = after
    heights = _heights(wanted, [*inner, *tops])
    top = max(heights.values(), default=0) + 1
    layers: list[set[bytes]] = [set() for _ in range(top + 1)]
    for key in inner:
        layers[heights[wanted.of.get(key, ())]].add(trees[key])
    for key in tops:
        if key not in inner:
            layers[top].add(trees[key])  # together, as they rest on one another
    return _Layers(new, layers)


def _heights(wanted: Wanted, keys: Iterable[int]) -> dict[tuple[Found, ...], int]:
    """How many trees there are at most from a list of entries down to a blob."""
    heights: dict[tuple[Found, ...], int] = {}
    stack = [wanted.of.get(key, ()) for key in keys]
    while stack:
        content = stack[-1]
        if content in heights:
            stack.pop()
            continue
        below = [wanted.of.get(entry.key, ()) for entry in content if entry.kind == TREE_ENTRY]
        waiting = [some for some in below if some not in heights]
        if waiting:
            stack += waiting
            continue
        heights[content] = 1 + max((heights[some] for some in below), default=-1)
        stack.pop()
    return heights


def _by_key(oids: Iterable[bytes], size: int, seed: int) -> dict[int, bytes]:
    listed = list(oids)
    return dict(zip(memoryview(kernel.keys(b"".join(listed), size, seed)).cast("Q"), listed, strict=True))


class _Family:
    """The trees of one pack, each after what it is stored as a delta of."""

    def __init__(self, held: Inventory, number: int) -> None:
        self.held, self.pack = held, held.store.packs[number]
        self.steps = self.pack.steps(held.plans[number].trees)
        self.bases: list[int] = []  # by step: the step that it rests on; -1 for none
        line: list[int] = []
        for step, depth in enumerate(column(self.steps, DEPTH)):
            line[depth:] = [step]
            self.bases.append(line[depth - 1] if depth else -1)
        self.step_of = {position: step for step, position in enumerate(column(self.steps, POSITION))}

    def rewrite(
        self, wanted: set[bytes], writer: PackWriter, table: bytes, ids: dict[bytes, bytes]
    ) -> set[bytes]:
        """Rewrite those of some trees that are here, and return which these are."""
        size = self.held.repo.oid_size
        asked = sorted(wanted)
        places = memoryview(kernel.find(self.pack.index, b"".join(asked), size)).cast("i")
        marks = bytearray(len(self.bases))
        done = set()
        for oid, place in zip(asked, places, strict=True):
            step = self.step_of.get(place, -1)
            if step >= 0:
                done.add(oid)
                marks[step] |= _REWRITE
                while step >= 0 and not marks[step] & _VISIT:
                    marks[step] |= _VISIT
                    step = self.bases[step]
        if done:
            self._write(writer, marks, table, ids)
        return done

    def _write(self, writer: PackWriter, marks: bytearray, table: bytes, ids: dict[bytes, bytes]) -> None:
        """Write what is marked; where it is much, another process does half of it."""
        cut = self._middle(marks)
        if cut:
            other = meanwhile(lambda: self._apart(writer, marks, cut, table, ids))
            writer.extend(self._maker(marks[:cut], self.steps[: cut * STEP.size], table, ids))
            made = other()
            if not writer.append(*made[:2]):
                writer.extend(self._maker(marks[cut:], self.steps[cut * STEP.size :], table, ids))
            ids.update(made[2])
        else:
            writer.extend(self._maker(marks, self.steps, table, ids))
        self.pack.forget()

    def _middle(self, marks: bytearray) -> int:
        """The first step of a family with half of what is marked behind it; 0 where it is little."""
        left = sum(mark & _REWRITE for mark in marks) // 2
        if left < _MUCH:
            return 0
        half = left // 2
        for step, mark in enumerate(marks):
            if half <= 0 and self.bases[step] < 0:
                return step
            half -= (mark & _REWRITE) // 2
        return 0

    def _apart(
        self, writer: PackWriter, marks: bytearray, cut: int, table: bytes, ids: dict[bytes, bytes]
    ) -> tuple[bytes, dict[bytes, int], dict[bytes, bytes]]:
        """What is behind `cut`, wherever it will stand: entries, where in them objects are, and what was exchanged."""
        offsets: dict[bytes, int] = {}
        before = len(ids)
        make = self._maker(marks[cut:], self.steps[cut * STEP.size :], table, ids)
        entries = writer.make(make, offsets, 0)
        return entries, offsets, dict(islice(ids.items(), before, None))

    def _maker(self, marks: bytearray, steps: bytes, table: bytes, ids: dict[bytes, bytes]) -> Make:
        def make(
            offsets: dict[bytes, int], at: int, digest: Callable[[Buffer], bytes],
            compress: Callable[[Buffer], bytes],
        ) -> bytes:  # fmt: skip
            try:
                return kernel.patched(
                    self.pack.data, self.pack.index, steps, marks, self.held.repo.oid_size, table, self.held.seed,
                    ids, offsets, at, digest, compress,
                )  # fmt: skip
            except (ValueError, OverflowError):
                raise GitError("a tree is malformed; `git fsck` says more") from None

        return make


def _single(
    oid: bytes, reader: Reader, writer: PackWriter, table: bytes, seed: int, ids: dict[bytes, bytes]
) -> None:
    """A tree that no plan of a pack has."""
    raw = reader.read(oid)
    try:
        rows = kernel.entries(raw, len(oid), table, seed)
    except ValueError:
        raise GitError(f"tree {oid.hex()} is malformed; `git fsck` says more") from None
    edits = tuple((at, ids[old]) for mode, _, old, at in rows if old in ids and mode != b"160000")
    ids[oid] = writer.add("tree", patch(raw, edits, len(oid)), "tree") if edits else oid
