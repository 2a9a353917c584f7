"""One pack of what stays, made from a list, where nothing has come since all was searched but what the plan has made.

`plan` has searched every object and knows which have to go (`gone`). As long as the packs are the files that were searched
then, all that stays is their other objects, which have no secret, and the plan's own, which are searched now. Git copies
these into one pack; its ids are compared with those that were wanted, one by one, before anything else is removed. So
neither a walk of the whole history nor another search of it is needed to know what is in the pack.

Wherever that does not hold, `cleanup` lets git find out what is reachable and searches everything again. What nothing leads
to and has no secret stays here: that is for git's own garbage collection.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.git import kernel, run
from leakscan.git.inventory import Inventory
from leakscan.git.objects import ObjectStore, loose_files
from leakscan.git.pack import Pack
from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple

from .objects import search
from .objects_trees import TreeIndex
from .refs import main_where
from .state import write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from leakscan.git.repository import Repository

    from .facts import Facts
    from .objects import Homes
    from .replace import Matcher
    from .state import State

_WINDOW = "--window=4"  # only what was a delta of something that goes is looked at: the pack grows by less than 0.1 %
OF_PACKS = (b".pack", b".idx", b".rev", b".keep", b".bitmap", b".mtimes")  # first what has content
# Whatever would keep objects, or leave other copies of them, is overridden
# (https://git-scm.com/docs/git-gc#_configuration, https://git-scm.com/docs/git-repack).
SETTINGS = (
    "gc.bigPackThreshold=0",
    "gc.recentObjectsHook=",
    "gc.cruftPacks=false",
    "repack.updateServerInfo=false",
    "repack.writeBitmaps=false",
    "pack.writeBitmapHashCache=false",
    "pack.packSizeLimit=0",
)


class _Seen(NamedTuple):
    """What `plan` has searched, as `Inventory` takes it."""

    packs: frozenset[bytes]
    loose: frozenset[bytes]

    def seen(self, ids: bytes, id_size: int) -> bytes:
        return bytes(ids[at : at + id_size] in self.loose for at in range(0, len(ids), id_size))


class Kept(NamedTuple):
    """What is left."""

    objects: int
    unlooked: tuple[str, ...]  # what of it nobody could look into


def note(state: State, held: Inventory, homes: Homes, gone: Collection[bytes] | None) -> None:
    """Remember what was searched, and what of it has to go."""
    if gone is None:
        return
    packs = {os.fsdecode(os.path.basename(pack.path)): _mark(pack) for pack in held.store.packs}
    closed = sorted(text for text in homes.unlooked if text.startswith("blob "))
    state.save("searched", {"packs": packs, "loose": [oid.hex() for oid in held.loose], "closed": closed})
    write(state.file("gone"), b"".join(sorted(gone)))


def compact(repo: Repository, state: State, facts: Facts, matcher: Matcher) -> Kept | None:
    """Put what stays into one pack and remove everything else; None where that is not to be done, and nothing was.

    Raises GitError.
    """
    searched = state.load("searched")
    if searched is None or facts.alternates or repo.alternates:
        return None
    try:
        with open(state.file("gone"), "rb") as file:
            gone = file.read()
    except OSError:
        return None
    loose = frozenset(bytes.fromhex(oid) for oid in searched["loose"])
    store = ObjectStore.of(repo)
    try:
        names = _known(state, searched["packs"], store.packs)
        here, broken = store.loose()
        if names is None or broken or store.problems or not loose.issuperset(item.oid for item in here):
            return None
        if not _all_new(state, store.packs):
            return None
        tips = _tips(facts)
        if not tips.isdisjoint(_split(gone, repo.oid_size)):
            return None
        own = state.facts().get("pack")
        wanted = _wanted(store, f"{own}.pack".encode() if own else None, [item.oid for item in here], gone)
        if not wanted:
            return None
        packing = _Packing(repo, state, wanted)
        homes = _new(repo, _Seen(names, loose), matcher, gone)
        made = packing.done()
        if homes is None:
            made.close()
            return None
        return Kept(_replace(repo, store, made, wanted, tips, gone), tuple(searched["closed"]))
    finally:
        store.close()


def _mark(pack: Pack) -> str:
    """What tells one pack file from any other: its checksum and that of its index, hex."""
    return bytes(pack.data[-pack.id_size :]).hex() + bytes(pack.index[-2 * pack.id_size :]).hex()


def _known(state: State, searched: dict[str, str], packs: Iterable[Pack]) -> frozenset[bytes] | None:
    """The packs of which all was searched; None where there are others than these and the new one."""
    noted = state.facts()
    found = set()
    for pack in packs:
        name = os.path.basename(pack.path)
        if noted.get("pack") and os.fsdecode(name) == f"{noted['pack']}.pack":
            continue
        # Loose objects are put into a pack by `run`.
        pinned = os.fsdecode(name) in [f"pack-{checksum}.pack" for checksum in noted.get("pinned", ())]
        if not pinned and searched.get(os.fsdecode(name)) != _mark(pack):
            return None
        found.add(name)
    return frozenset(found)


def _all_new(state: State, packs: Iterable[Pack]) -> bool:
    """Whether the plan's own pack is there and whole, as it was checked."""
    noted = state.facts()
    if not noted.get("objects"):
        return True
    return any(
        os.fsdecode(os.path.basename(pack.path)) == f"{noted.get('pack')}.pack"
        and bytes(pack.data[-pack.id_size :]).hex() == noted.get("checked")
        and pack.count == noted["objects"]
        for pack in packs
    )


def _new(repo: Repository, seen: _Seen, matcher: Matcher, gone: bytes) -> Homes | None:
    """The search of the plan's own objects; None where it finds anything, or one names what is to go."""
    held = Inventory(repo, seen)
    homes = search(held, matcher)
    index = TreeIndex(held)
    size = repo.oid_size
    if homes.found or homes.unlooked or index.problems or any(matcher.spans(name) for name in index.names):
        return None
    return None if index.leading(_split(gone, size), lambda _: False) else homes


def _tips(facts: Facts) -> set[bytes]:
    """Whatever keeps objects: refs, HEADs, stashes, indexes."""
    ids = {ref.oid for ref in facts.refs}
    for entry in facts.stash:
        ids |= {entry.old, entry.new}
    for tree in facts.worktrees:
        ids |= {tree.head, *(entry.oid for entry in tree.staged if entry.mode != b"160000")}
    return {bytes.fromhex(oid) for oid in ids if oid.strip("0")}


def _wanted(store: ObjectStore, own: bytes | None, loose: list[bytes], gone: bytes) -> bytes:
    """The ids of all that stays, each once, in the order in which git is to lay them out."""
    parts: list[bytes] = []
    for pack in sorted(store.packs, key=lambda pack: os.path.basename(pack.path) != own):
        ids = kernel.ordered(pack.index, b"".join((gone, *parts)), store.id_size)
        # As git lays packs out, from the youngest to the oldest: ours is the other way round.
        parts.append(b"".join(reversed(_split(ids, store.id_size))) if not parts and own is not None else ids)
    removed = set(_split(gone, store.id_size))
    return b"".join((*parts, *(oid for oid in loose if oid not in removed)))


class _Packing:
    """Git at work on a pack of `wanted`."""

    def __init__(self, repo: Repository, state: State, wanted: bytes) -> None:
        self.repo = repo
        self.where = main_where(repo)._replace(settings=SETTINGS)
        self.directory = os.path.join(repo.objects_dir, b"pack")
        asked = ("pack-objects", "-q", "--delta-base-offset", _WINDOW, os.path.join(self.directory, b"pack"))
        write(state.file("wanted"), wanted.hex("\n", repo.oid_size).encode() + b"\n")
        with open(state.file("wanted"), "rb") as file:
            self.process = run.start(self.where, *asked, stdin=file)
        state.remove("wanted")

    def done(self) -> Pack:
        """The pack."""
        out, err = self.process.communicate()
        if self.process.returncode:
            raise run.failure(self.where, err)
        name = f"pack-{out.decode().strip()}.pack".encode()
        return Pack(os.path.join(self.directory, name), self.repo.oid_size)


def _replace(
    repo: Repository, store: ObjectStore, made: Pack, wanted: bytes, tips: set[bytes], gone: bytes
) -> int:
    """Remove what is in a new pack and what is to go, if the pack is what it is to be; how many objects it has."""
    count, size = made.count, repo.oid_size
    if count * size != len(wanted) or not all(_has(made, ids) for ids in (wanted, b"".join(tips))):
        raise GitError("git has not packed what it was told to pack; nothing was removed")
    paths = [pack.path for pack in store.packs if pack.path != made.path]
    store.close()
    for path in paths:
        for suffix in OF_PACKS:
            if os.path.lexists(path[:-5] + suffix):
                os.unlink(path[:-5] + suffix)
    removed = set(_split(gone, size))
    for oid, path in loose_files(repo.objects_dir, size):
        if oid in removed or _has(made, oid):
            os.unlink(path)
    made.close()
    return count


def _has(pack: Pack, ids: bytes) -> bool:
    """Whether a pack has all of some objects."""
    places = memoryview(kernel.find(pack.index, ids, pack.id_size)).cast("i")
    return min(places, default=0) >= 0


def _split(ids: bytes, size: int) -> list[bytes]:
    return [ids[at : at + size] for at in range(0, len(ids), size)]
