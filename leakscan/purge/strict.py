"""The new pack, read back before anything rests on it: every object is what its id says, names only what there is, and is
formed as git's strict check (`index-pack --strict`) wants it.

What is plainly so is seen to here, tree by tree only where one differs from what it is stored against. Whatever is not
plainly so, a file called .gitmodules as much as a malformed date, is put before git itself, in a small pack that holds one
sample of each; and where git objects to that, all of the new pack. So no less is found than git would find.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from leakscan.git import kernel, run
from leakscan.git.catfile import Broken
from leakscan.git.header import BLOB, COMMIT, TAG, TREE
from leakscan.git.pack import Pack, make_index
from leakscan.git.steps import LARGEST, STEP, batches, positions
from leakscan.model.text import escape

from . import rewrite_text
from .meanwhile import meanwhile
from .model import SELF_CHECK, PurgeError
from .pack_writer import PackWriter, digester
from .refs import main_where
from .state import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakscan.git.catfile import Kind
    from leakscan.git.inventory import Inventory
    from leakscan.git.pack import Plan

    from .reader import Reader
    from .state import State

_BATCH = 1 << 20  # bytes of objects that are unpacked at a time
_KINDS: dict[int, Kind] = {COMMIT: "commit", TREE: "tree", BLOB: "blob", TAG: "tag"}


_Trees: TypeAlias = tuple[bytes, bytes, bytes, bytes]  # see `purge_twin.unsound`


class _Unsure(Exception):
    """Something is for git to judge, in full."""


def write_index(writer: PackWriter, path: bytes) -> None:
    """The index of a pack that was written, as git makes it. https://git-scm.com/docs/gitformat-pack"""
    rows = list(writer.offsets.items())  # in the order in which they were written
    checksums = []
    with open(writer.path, "rb") as file:
        end = file.seek(0, 2) - writer.oid_size
        file.seek(12)
        for (_, start), (_, stop) in pairwise([*rows, (b"", end)]):
            checksums.append(zlib.crc32(file.read(stop - start)))
        trailer = file.read()
    index = make_index(rows, writer.oid_size, checksums)[: -2 * writer.oid_size] + trailer
    digest = hashlib.sha1(index) if writer.oid_size == 20 else hashlib.sha256(index)
    write(path, index + digest.digest())


def begin_strict(held: Inventory, new: Pack, draft: State, reader: Reader) -> Callable[[], str]:
    """Begin to check the new pack. What is returned gives what git's stricter checks say of it; "" where that is nothing.

    It raises PurgeError (SELF_CHECK): an object is not what its id says.
    """
    check = _Check(held, new)
    trees = meanwhile(check.read_trees)
    return lambda: _strict(held, new, draft, reader, check, trees)


def _strict(
    held: Inventory, new: Pack, draft: State, reader: Reader, check: _Check, trees: Callable[[], _Trees]
) -> str:
    try:
        check.others()
        check.trees(trees())
        return _judged(held, draft, new, reader, check.odd) if check.odd else ""
    except _Unsure:
        pass
    return _full(held, draft)


class _Check:
    def __init__(self, held: Inventory, new: Pack) -> None:
        self.held, self.new, self.size = held, new, held.repo.oid_size
        plan = new.plan()
        packs = (new, *held.store.packs)
        self.indexes = tuple(pack.index for pack in packs)
        self.kinds = tuple(_kinds(pack, of) for pack, of in zip(packs, (plan, *held.plans), strict=True))
        if plan.foreign or plan.broken:
            raise PurgeError("the new objects cannot be read back", SELF_CHECK)
        self.plan = plan
        self.odd: dict[tuple[Kind, bytes], bytes] = {}
        """Kind and content of what git is to judge, and the object that it is, or that it is in."""

        self._loose: dict[Kind, set[bytes]] = {kind: set(oids) for kind, oids in held.singles.items()}

    def others(self) -> None:
        """Check all but trees. Raises _Unsure, PurgeError."""
        wanted: list[set[bytes]] = [set(), set()]  # trees, commits
        for oid, raw in self._objects("commit", self.plan.commits):
            packed = kernel.links(raw, self.size, True)
            if packed is None:
                self.odd["commit", raw] = oid
                packed = kernel.links(raw, self.size)
            if packed is None:
                raise _Unsure
            wanted[0].add(packed[: self.size])
            wanted[1].update(packed[at : at + self.size] for at in range(self.size, len(packed), self.size))
        for oid, raw in self._objects("tag", self.plan.tags):
            self.odd["tag", raw] = oid
            target, kind = rewrite_text.tag_target(raw)
            self._known({target}, kind)
        for _ in self._objects("blob", self.plan.blobs):
            pass
        self._known(wanted[0], "tree")
        self._known(wanted[1], "commit")

    def _objects(self, kind: Kind, planned: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All new objects of a kind, each of which has been found to be what its id says."""
        digest = digester(kind, self.size)
        for part in batches(self.new, planned, _BATCH):
            made = kernel.unpack_all(self.new.data, part, LARGEST)
            for step, raw in zip(STEP.iter_unpack(part), made, strict=True):
                if raw is None:
                    raise _Unsure
                oid = self.new.oid(step[2])
                if digest(raw) != oid:
                    raise PurgeError(f"new object {oid.hex()} is not what its id says", SELF_CHECK)
                yield oid, raw

    def read_trees(self) -> _Trees:
        """What the kernel says of all new trees."""
        return kernel.unsound(
            self.new.data, self.new.steps(self.plan.trees), self.size, self.indexes, self.kinds, digester("tree", self.size),
            self.held.seed, LARGEST,
        )  # fmt: skip

    def trees(self, said: _Trees) -> None:
        """Check trees. Raises _Unsure, PurgeError."""
        wrong, unsound, odd, unknown = said
        if wrong:
            oid = self.new.oid(struct.unpack_from("=I", wrong)[0]).hex()
            raise PurgeError(f"new tree {oid} is not what its id says", SELF_CHECK)
        if unsound:
            raise _Unsure
        at = 0
        while at < len(odd):
            length, position = struct.unpack_from("=II", odd, at)
            self.odd.setdefault(("tree", odd[at + 8 : at + 8 + length]), self.new.oid(position))
            at += 8 + length
        width = 1 + self.size
        for at in range(0, len(unknown), width):
            self._known({unknown[at + 1 : at + width]}, _KINDS[unknown[at]])

    def _known(self, oids: set[bytes], kind: str) -> None:
        """Raises _Unsure where one of some objects is missing, or of another kind."""
        code = next(code for code, name in _KINDS.items() if name == kind)
        left = sorted(oids)
        for index, kinds in zip(self.indexes, self.kinds, strict=True):
            places = memoryview(kernel.find(index, b"".join(left), self.size)).cast("i")
            left = [oid for oid, place in zip(left, places, strict=True) if place < 0 or kinds[place] != code]
        for oid in left:
            if oid not in self._loose[_KINDS[code]]:
                found = self.held.store.read(oid, LARGEST)
                if isinstance(found, Broken) or found.kind != kind:
                    raise _Unsure


def _kinds(pack: Pack, plan: Plan) -> bytes:
    """By position in the index; 0 where it would take reading."""
    found = bytearray(pack.count)
    for kind in (COMMIT, TREE, BLOB, TAG):
        for position in positions(plan[kind]):
            found[position] = kind
    return bytes(found)


def _judged(
    held: Inventory, draft: State, new: Pack, reader: Reader, odd: dict[tuple[Kind, bytes], bytes]
) -> str:
    """What git says of some commits, tags and entries of trees; "" where it has nothing to say. Raises _Unsure."""
    size = held.repo.oid_size
    writer = PackWriter(draft.file("odd.pack"), size)
    nothing = writer.add("tree", b"")
    meant: dict[str, str] = {}  # which object a sample stands for
    for (kind, raw), oid in odd.items():
        if kind == "commit":
            raw = raw[rewrite_text.text_start(raw, size, len(rewrite_text.links(raw, size).parents)) :]
            raw = b"tree %s\n" % nothing.hex().encode() + raw
        elif kind == "tag":
            raw = b"object %s\ntype tree\n" % nothing.hex().encode() + raw.split(b"\n", 2)[2]
        elif raw.lstrip(b"0").startswith(b"40000 ") and raw[-size:].strip(b"\0"):
            raw = raw[:-size] + nothing  # whether it is there has been looked at
        elif new.find(raw[-size:]) is not None:
            writer.add("blob", reader.read(raw[-size:]))
        meant[writer.add(kind, raw).hex()] = oid.hex()
    writer.close()
    where = main_where(held.repo)
    asked = ("index-pack", "--strict", "-o", draft.file("odd.idx"), draft.file("odd.pack"))
    status, _, err = run.attempt(where, *asked)
    draft.remove("odd.pack", "odd.idx", "odd.rev")
    if not status:
        return ""
    said = next((line for line in err.splitlines() if line.startswith(b"error: object ")), b"").decode()
    sample = said.split(" ")[2].rstrip(":") if said else ""
    if sample not in meant:
        raise _Unsure
    return escape(said.replace(sample, meant[sample]).encode())


def _full(held: Inventory, draft: State) -> str:
    """What git says of all new objects."""
    where = main_where(held.repo)
    index = draft.file("strict.idx")
    status, _, err = run.attempt(where, "index-pack", "--strict", "-o", index, draft.file("new.pack"))
    draft.remove("strict.idx", "strict.rev")
    if not status:
        return ""
    said = err.strip().splitlines() or [b"index-pack failed"]
    return escape(next((line for line in said if line.startswith(b"error:")), said[-1]))
