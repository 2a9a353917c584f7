"""Blobs and trees without secrets. A tree is rewritten entry by entry, and only where something below it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.git.entries import GITLINK, Entry
from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple
from leakscan.sources.gate import encoding

from . import normalise, replace_archive
from .model import Action, BlobEdit, Question
from .objects_large import exchanged
from .rewrite_blobs import store_blobs
from .tree_rows import tree_rows
from .tree_store import Patched, patch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakscan.git.inventory import Inventory

    from .objects import Homes
    from .pack_writer import PackWriter
    from .reader import Reader
    from .replace import Matcher

_PATHS = 20  # of one blob, that the plan shows
_CHOICES: dict[str, tuple[Action, ...]] = {
    "archive": ("drop", "placeholder"),
    "lfs": ("drop", "placeholder"),
    "binary": ("same-length", "drop", "placeholder"),
}
_DEFAULTS: dict[str, Action] = {"binary": "same-length"}


class Node(NamedTuple):
    """Where removed paths lead: `ends` says that the path up to here is to be removed."""

    below: dict[bytes, Node]
    ends: bool


def path_tree(paths: tuple[bytes, ...]) -> Node | None:
    """Paths to remove, by component; None where there are none."""
    if not paths:
        return None

    def build(rests: list[tuple[bytes, ...]]) -> Node:
        groups: dict[bytes, list[tuple[bytes, ...]]] = {}
        for rest in rests:
            if rest:
                groups.setdefault(rest[0], []).append(rest[1:])
        return Node({name: build(some) for name, some in groups.items()}, () in rests)

    return build([tuple(part for part in path.split(b"/") if part) for path in paths])


class Blobs:
    """What becomes of each blob that has a secret."""

    def __init__(
        self, held: Inventory, reader: Reader, writer: PackWriter, homes: Homes, matcher: Matcher,
        answers: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._held, self._reader, self._writer = held, reader, writer
        self._homes, self._matcher, self._answers = homes, matcher, answers
        self.edits: dict[bytes, BlobEdit] = {}
        self.questions: dict[bytes, Question] = {}
        self.paths: dict[bytes, set[bytes]] = {}
        self._new: dict[bytes, bytes | None] = {}
        self._promised: dict[bytes, bytes] = {}

    def store(self) -> None:
        """Store the blobs whose ids were given out by `map`."""
        store_blobs(self._held, self._reader, self._writer, self._matcher, self._promised, self._homes.blobs)
        self._promised.clear()

    def concerned(self) -> set[bytes]:
        """The blobs that may change."""
        return self._homes.blobs.keys() | self._homes.lfs.keys()

    def map(self, oid: bytes, path: bytes) -> bytes | None:
        """A blob's new id: its own where it stays; None where it is dropped."""
        if oid not in self._homes.blobs and oid not in self._homes.lfs:
            return oid
        seen = self.paths.setdefault(oid, set())
        if len(seen) < _PATHS:
            seen.add(path)
        if oid not in self._new:
            self._new[oid] = self._make(oid)
        return self._new[oid]

    def _make(self, oid: bytes) -> bytes | None:
        hit = self._homes.blobs.get(oid)
        raw = b"" if oid in self._homes.large else self._reader.read(oid)
        action: Action | None = "replace"
        if hit is None:
            action = self._ask(
                "lfs", oid, f"points to LFS object {self._homes.lfs[oid]}, which has the secret"
            )
        elif hit.member:
            action = self._ask("archive", oid, f"compressed; the secret is in member {hit.member}")
        elif replace_archive.is_checked(raw):
            action = self._ask("archive", oid, "an archive with the secret in it as it is, under a checksum")
        elif oid in self._homes.large or raw.startswith(b"%PDF-") or (b"\0" in raw and encoding(raw) is None):
            action = self._ask("binary", oid, "binary; by default its bytes are exchanged, its size is kept")
        if action is None:
            return oid
        new = self._apply(oid, raw, action)
        spans = hit.spans if hit is not None else ()
        self.edits[oid] = BlobEdit(
            old=oid.hex(), new=new.hex() if new else "", action=action, spans=spans
        )  # fmt: skip
        return new

    def _apply(self, oid: bytes, raw: bytes, action: Action) -> bytes | None:
        match action:
            case "drop":
                return None
            case "placeholder":
                return self._writer.add("blob", self._matcher.token + b"\n")
            case "same-length" | "replace" if oid in self._homes.large:
                parts = self._homes.large[oid]
                size = int(self._held.repo.git("cat-file", "-s", oid.hex()))
                return self._writer.add_large(size, lambda: exchanged(self._held.repo, oid.hex(), parts))
            case "same-length":
                return self._writer.add("blob", self._matcher.replaced(raw, "same"))
            case "replace":
                new = self._writer.oid(
                    "blob", self._matcher.replaced(raw, spans=self._homes.blobs[oid].spans)
                )
                self._promised[oid] = new
                return new

    def _ask(self, kind: str, oid: bytes, what: str) -> Action | None:
        name = f"{kind}:{oid.hex()[:12]}"
        answer = self._answers.get(name) or self._answers.get(kind) or _DEFAULTS.get(kind, "")
        choices = _CHOICES[kind]
        self.questions[oid] = Question(
            id=name, kind=kind, what=what, choices=choices, answer=answer if answer in choices else ""
        )
        return next((choice for choice in choices if choice == answer), None)


class Trees:
    """Rewrites trees."""

    def __init__(
        self, reader: Reader, writer: PackWriter, blobs: Blobs, matcher: Matcher, leading: set[bytes],
        names: set[bytes], removed: Node | None, gitlinks: Mapping[bytes, bytes], seed: int, *, mend: bool = False,
    ) -> None:  # fmt: skip
        """`seed` keys the hashes that entries are found by; `mend` is for `normalise`."""
        self._mend = mend
        self._reader, self._writer, self._blobs, self._matcher = reader, writer, blobs, matcher
        self.leading = leading
        self._names = names
        self._gitlinks = gitlinks
        self.removed = removed
        self.new: dict[tuple[bytes, int], bytes | None] = {}
        self.renamed: set[tuple[bytes, bytes]] = set()  # (old path, new name)
        self.promised: dict[bytes, Patched] = {}  # by new id: trees that are yet to be stored
        size = writer.oid_size
        named = tuple({*names, *(_names(removed) if removed is not None else ())})
        wanted = b"".join(leading | blobs.concerned() | gitlinks.keys())
        self._seed, self._named = seed, bool(named)
        self._table = kernel.table(wanted, size, named, seed)

    def root(self, oid: bytes) -> bytes:
        """The new id of a root tree, which may be empty."""
        new = self.map(oid, self.removed, b"")
        return self._writer.add("tree", b"") if new is None else new

    def map(self, oid: bytes, node: Node | None, path: bytes) -> bytes | None:
        """A tree's new id; its own where nothing changes; None where nothing is left of it."""
        if oid not in self.leading:
            return oid
        key = (oid, id(node) if node is not None else 0)
        if key not in self.new:
            self.new[key] = self._make(oid, node, path)
        return self.new[key]

    def _make(self, oid: bytes, node: Node | None, path: bytes) -> bytes | None:
        raw = self._reader.read(oid)
        size = len(oid)
        try:
            hits = kernel.entries(raw, size, self._table, self._seed, self._named)
        except ValueError:
            raise GitError(f"tree {oid.hex()} is malformed; `git fsck` says more") from None
        edits: list[tuple[int, bytes]] = []
        dropped: set[int] = set()
        renamed: dict[int, bytes] = {}
        for mode, name, old, at in hits:
            new = self._entry(Entry(mode, name, old), node, path)
            if new is None:
                dropped.add(at)
                continue
            if name in self._names:
                renamed[at] = self._matcher.name(name)
                self.renamed.add((path + name, renamed[at]))
            if new != old:
                edits.append((at, new))
        if not (edits or dropped or renamed):
            return oid if raw else None
        patched = patch(raw, edits, size)
        if dropped or renamed:
            at, left = 0, []
            for row in tree_rows(patched, size) or ():
                at += len(row[0]) + len(row[1]) + 2
                if at not in dropped:
                    left.append((Entry(*row), renamed.get(at, row[1]), row[2]))
                at += size
            patched = _sorted(left)
            if not patched:
                return None
            patched = normalise.tree(patched, size) if self._mend else patched
            return oid if patched == raw else self._writer.add("tree", patched, ("tree", path))
        if self._mend:
            patched = normalise.tree(patched, size)
        if self._writer.remember or len(patched) != len(raw):
            return self._writer.add("tree", patched, ("tree", path))
        new = self._writer.oid("tree", patched)
        self.promised.setdefault(new, Patched(oid, tuple(edits)))
        return new

    def _entry(self, entry: Entry, node: Node | None, path: bytes) -> bytes | None:
        """What an entry names from now on; None where it is removed."""
        below = node.below.get(entry.name) if node is not None else None
        if below is not None and below.ends:
            return None
        if entry.mode == GITLINK:
            return self._gitlinks.get(entry.oid, entry.oid)
        if entry.is_tree:
            return self.map(entry.oid, below, path + entry.name + b"/")
        return self._blobs.map(entry.oid, path + entry.name)


def _names(node: Node) -> set[bytes]:
    """All components of the paths of a tree of paths."""
    return {*node.below, *(name for below in node.below.values() for name in _names(below))}


def _sorted(rows: list[tuple[Entry, bytes, bytes]]) -> bytes:
    """Entries in git's order (directories as if their names ended in a slash); names that meet get a number."""
    taken = {name for entry, name, _ in rows if name == entry.name}
    named = []
    for entry, name, oid in sorted(rows, key=lambda row: row[0].name):
        if name != entry.name:
            free, number = name, 2
            while free in taken:
                free, number = b"%s-%d" % (name, number), number + 1
            taken.add(free)
            name = free
        named.append((name + b"/" if entry.is_tree else name, entry.mode + b" " + name + b"\0" + oid))
    return b"".join(raw for _, raw in sorted(named))
