"""Is the new history the old one but for what was planned? Asked of the objects themselves, not of the code that made them.

For every rewritten commit: as many parents, in the same order, each the new form of the old; the same header lines but for
tree, parents and signatures; author, dates and message alike but for secrets and quoted ids; trees that differ in nothing
but planned blobs, removed paths and names without secrets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from leakscan.git import kernel
from leakscan.git.entries import GITLINK, Entry

from . import normalise, rewrite_text
from .model import SELF_CHECK, PurgeError
from .tree_rows import tree_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leakscan.git.repository import Repository

    from .model import Plan
    from .replace import Matcher
    from .rewrite_families import Exchanged
    from .tree_store import Differences

_FREE = (b"tree", b"parent", b"gpgsig", b"gpgsig-sha256", b"mergetag")
_QUOTED = re.compile(rb"(?<![0-9A-Za-z_])[0-9a-f]{7,64}(?![0-9A-Za-z_])")
_SIGNED = re.compile(rb"^(?:gpgsig|gpgsig-sha256|mergetag) .*\n(?: .*\n)*", re.MULTILINE)
_SHOWN = 20


def violations(
    plan: Plan, commits: dict[bytes, bytes], reader: Objects, matcher: Matcher, notes: set[bytes],
    compared: Differences, exchanged: Exchanged | None = None,
) -> list[str]:  # fmt: skip
    """What is not as it should be, in words; the first few. `notes` are old commits whose trees' names are ids."""
    check = _Check(plan, commits, reader, matcher, compared, exchanged)
    found: list[str] = []
    for old, new in commits.items():
        found += (f"commit {old.hex()}: {what}" for what in check.commit(old, new, old in notes))
        if len(found) >= _SHOWN:
            break
    return found


def check(
    repo: Repository, plan: Plan, commits: dict[bytes, bytes], reader: Objects, matcher: Matcher,
    compared: Differences | None = None, exchanged: Exchanged | None = None,
) -> None:  # fmt: skip
    """Compare the new history with the old. Raises PurgeError (SELF_CHECK).

    `compared` is in what trees were found to differ already, and `exchanged` which ids are all that some differ in; all
    others are read.
    """
    notes = _notes(repo, plan, commits, reader)
    problems = violations(plan, commits, reader, matcher, notes, compared or {}, exchanged)
    if problems:
        raise PurgeError("the new history is not the planned one:\n  " + "\n  ".join(problems), SELF_CHECK)


def _notes(repo: Repository, plan: Plan, commits: dict[bytes, bytes], reader: Objects) -> set[bytes]:
    """The old commits of notes."""
    found: set[bytes] = set()
    todo = [bytes.fromhex(move.old) for move in plan.refs if move.kind == "notes"]
    while todo:
        oid = todo.pop()
        if oid in commits and oid not in found:
            found.add(oid)
            todo += rewrite_text.links(reader.read(oid), repo.oid_size).parents
    return found


class Objects(Protocol):
    """Where objects are read from."""

    def read(self, oid: bytes, /) -> bytes:
        """An object's content."""


class _Check:
    def __init__(
        self, plan: Plan, commits: dict[bytes, bytes], reader: Objects, matcher: Matcher,
        compared: Differences, exchanged: Exchanged | None,
    ) -> None:  # fmt: skip
        self.plan, self.commits, self.reader, self.matcher = plan, commits, reader, matcher
        self.size = 20 if plan.object_format == "sha1" else 32
        self.blobs = {edit.old: edit.new for edit in plan.blobs}
        self.removed = [path.encode("utf-8", "surrogateescape").strip(b"/") for path in plan.remove_paths]
        self.parts = {part for path in self.removed for part in path.split(b"/")}
        self.alike: set[tuple[bytes, bytes]] = set()
        if exchanged is not None and not plan.remove_paths and self._planned(exchanged.blobs):
            self.alike.update(exchanged.trees.items())
        self._settle(compared)

    def _planned(self, blobs: Mapping[bytes, bytes]) -> bool:
        return all(self.blobs.get(old.hex()) == new.hex() for old, new in blobs.items())

    def _settle(self, compared: Differences) -> None:
        """Note those trees that differ, at whatever depth, in nothing but what was planned."""
        waiting: dict[tuple[bytes, bytes], list[tuple[bytes, bytes]]] = {}
        for pair, rows in compared.items():
            sound, below = True, []
            for mode, name, old, new in rows:
                entry = Entry(mode, name, old)
                if self._on_removed(name):
                    sound = False
                elif entry.is_tree:
                    below.append((old, new))
                else:
                    sound = sound and not any(self._entry(entry, Entry(mode, name, new), b""))
            if sound:
                waiting[pair] = below
        settled = [pair for pair, below in waiting.items() if not below]
        while settled:
            self.alike.update(settled)
            for pair in settled:
                del waiting[pair]
            settled = [pair for pair, below in waiting.items() if self.alike.issuperset(below)]

    def commit(self, old: bytes, new: bytes, notes: bool) -> Iterator[str]:
        before, after = self.reader.read(old), self.reader.read(new)
        size = len(old)
        links, new_links = rewrite_text.links(before, size), rewrite_text.links(after, size)
        if self.plan.prune_empty and old.hex() in self.plan.emptied:
            return
        if tuple(self.commits.get(parent, parent) for parent in links.parents) != new_links.parents:
            yield "its parents are not those of before"
        yield from self._text(before, after, links, new_links)
        if not notes:
            yield from self.tree(links.tree, new_links.tree, b"")

    def _text(
        self, before: bytes, after: bytes, links: rewrite_text.Links, new_links: rewrite_text.Links
    ) -> Iterator[str]:
        own = before[rewrite_text.text_start(before, len(links.tree), len(links.parents)) :]
        new_own = after[rewrite_text.text_start(after, len(links.tree), len(new_links.parents)) :]
        signed = own.startswith((b"gpgsig", b"mergetag")) or b"\ngpgsig" in own or b"\nmergetag " in own
        if own == new_own and not signed:
            return  # as nearly all are: not one byte is different, and whether a secret is in it is for a search to say
        end = own.find(b"\n\n") + 1
        if signed and end and _SIGNED.sub(b"", own[:end]) + own[end:] == new_own:
            return
        head, rest = rewrite_text.headers(before)
        new_head, new_rest = rewrite_text.headers(after)
        clean = not self.matcher.maybe(before)
        kept = [line if clean else self.matcher.replaced(line) for key, line in head if key not in _FREE]
        if self.plan.normalise:
            kept = [normalise.ident(line) for line in kept]
        if kept != [line for key, line in new_head if key not in _FREE]:
            yield "a header line has changed"
        if any(key in (b"gpgsig", b"gpgsig-sha256", b"mergetag") for key, _ in new_head):
            yield "a signature that no longer holds was kept"
        if self._message(rest if clean else self.matcher.replaced(rest)) != new_rest:
            yield "its message has changed"

    def _message(self, rest: bytes) -> bytes:
        hashes = self.plan.hashes
        if not hashes:
            return rest
        return _QUOTED.sub(lambda m: hashes.get(m[0].decode(), m[0].decode()).encode(), rest)

    def tree(self, old: bytes, new: bytes, path: bytes) -> Iterator[str]:
        if old == new or (old, new) in self.alike:
            return
        raw, new_raw = self.reader.read(old), self.reader.read(new)
        try:
            pairs = kernel.differing(raw, new_raw, len(old))
        except ValueError:
            yield "a tree is malformed"
            return
        if pairs is not None:  # nearly always: nothing but ids differs
            before = {name: Entry(mode, name, oid) for mode, name, oid, _ in pairs}
            left = {name: Entry(mode, name, oid) for mode, name, _, oid in pairs}
        else:
            mine, others = set(self._rows(raw)), set(self._rows(new_raw))
            before = {row[1]: Entry(*row) for row in mine - others}
            left = {row[1]: Entry(*row) for row in others - mine}
        clean = True
        moved: list[Entry] = []
        for name, entry in before.items():
            other = left.pop(name, None)
            if other is None:
                moved.append(entry)
                continue
            clean &= not self._on_removed(name)
            for problem in self._entry(entry, other, path):
                clean = False
                yield problem
        for entry in moved:
            here = path + entry.name
            if self._is_removed(here) or (not entry.is_tree and self.blobs.get(entry.oid.hex(), "-") == ""):
                clean &= not self._on_removed(entry.name)
                continue
            renamed = self.matcher.name(entry.name)
            names = [name for name in left if name == renamed or name.startswith(renamed + b"-")]
            fits = next((n for n in sorted(names) if not list(self._entry(entry, left[n], path))), None)
            if renamed != entry.name and fits is not None:
                del left[fits]
            elif not (entry.is_tree and self._empties(entry.oid, here)):
                clean = False
                yield "an entry is gone that was not to go"
        if left:
            clean = False
            yield f"{len(left)} entries have come that were not there"
        if clean:
            self.alike.add((old, new))

    def _entry(self, entry: Entry, other: Entry, path: bytes) -> Iterator[str]:
        mode = entry.mode.lstrip(b"0") if self.plan.normalise else entry.mode
        if mode != other.mode != entry.mode:
            yield "a mode has changed"
        elif entry.mode == GITLINK:
            if self.plan.gitlinks.get(entry.oid.hex(), entry.oid.hex()) != other.oid.hex():
                yield "a submodule has changed"
        elif entry.is_tree:
            yield from self.tree(entry.oid, other.oid, path + entry.name + b"/")
        elif self.blobs.get(entry.oid.hex(), entry.oid.hex()) != other.oid.hex():
            yield "a blob has changed that was not to change"

    def _empties(self, oid: bytes, path: bytes) -> bool:
        """Whether all below a tree goes."""
        return all(
            self._is_removed(path + b"/" + entry.name)
            or (entry.is_tree and self._empties(entry.oid, path + b"/" + entry.name))
            or (not entry.is_tree and self.blobs.get(entry.oid.hex(), "-") == "")
            for entry in (Entry(*row) for row in self._rows(self.reader.read(oid)))
        )

    def _is_removed(self, path: bytes) -> bool:
        return any(path == gone or path.startswith(gone + b"/") for gone in self.removed)

    def _on_removed(self, name: bytes) -> bool:
        """Whether what becomes of an entry may depend on where its tree is."""
        return name in self.parts

    def _rows(self, raw: bytes) -> list[tuple[bytes, bytes, bytes]]:
        return tree_rows(raw, self.size) or []
