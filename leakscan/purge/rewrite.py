"""History without secrets: new objects from old ones, and where refs go. Nothing of the repository is changed.

A pure function of the old objects and what was decided (secrets, token, answers, paths): every clone gets the same new
ids. Commits, trees and tags that lead to nothing that changes keep their bytes, ids and signatures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple

from . import normalise, rewrite_text
from .objects_trees import TreeIndex
from .rewrite_families import Exchanged, rewrite_families
from .rewrite_hashes import Hashes
from .rewrite_notes import remapped
from .rewrite_trees import Blobs, Trees, path_tree
from .tree_store import store_trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from leakscan.git.inventory import Inventory

    from .model import Span
    from .objects import Homes
    from .objects_trees import Read
    from .pack_writer import PackWriter
    from .reader import Reader
    from .replace import Matcher
    from .tree_store import Differences

_SHOWN = 50  # of a kind that the plan lists


class Decisions(NamedTuple):
    """What was decided beside the secrets."""

    answers: Mapping[str, str] = {}
    paths: tuple[bytes, ...] = ()  # to remove, from the root
    prune_empty: bool = False
    map_hashes: bool = True
    hashes: Mapping[str, str] = {}  # quoted ids, as another clone has mapped them
    gitlinks: Mapping[str, str] = {}  # commits of submodules: what they became
    normalise: bool = False  # mend what a server may refuse


@dataclass(slots=True)
class Tally:
    """What a rewrite did, counted."""

    signatures: int = 0
    mergetags: int = 0
    messages: int = 0
    idents: int = 0
    commits: int = 0
    tags: int = 0
    all_signatures: int = 0


@dataclass(slots=True)
class Rewritten:
    """Old ids to new ones, of what changes; None is dropped."""

    commits: dict[bytes, bytes] = field(default_factory=dict)
    tags: dict[bytes, bytes | None] = field(default_factory=dict)
    first_changed: list[bytes] = field(default_factory=list)
    emptied: list[bytes] = field(default_factory=list)
    untouched_quotes: list[bytes] = field(default_factory=list)  # commits that stay and quote ids that go
    tally: Tally = field(default_factory=Tally)


class Rewriter:
    """Rewrites what tips lead to."""

    def __init__(
        self, held: Inventory, reader: Reader, writer: PackWriter, homes: Homes, matcher: Matcher,
        decisions: Decisions, read: Read | None = None,
    ) -> None:  # fmt: skip
        """`read` is what `read_trees` gave, if it was done before."""
        self._homes, self._matcher, self._writer, self._reader = homes, matcher, writer, reader
        self._decisions = decisions
        self.oid_size = held.repo.oid_size
        self.result = Rewritten()
        self.blobs = Blobs(held, reader, writer, homes, matcher, decisions.answers)
        index = TreeIndex(held, read)
        homes.names |= {name for name in index.names if matcher.spans(name)}
        homes.unlooked += index.problems
        homes.unread += len(index.problems)
        self._index = index
        removed = path_tree(decisions.paths)
        gitlinks = {bytes.fromhex(k): bytes.fromhex(v) for k, v in decisions.gitlinks.items()}
        named = {path.rstrip(b"/").rsplit(b"/", 1)[-1] for path in decisions.paths}
        named |= homes.names | index.submodules(gitlinks)
        leading = index.leading(self.blobs.concerned(), named.__contains__)
        self.trees = Trees(
            reader,
            writer,
            self.blobs,
            matcher,
            leading,
            homes.names,
            removed,
            gitlinks,
            held.seed,
            mend=decisions.normalise,
        )
        self._held = held
        plain = not (removed or gitlinks or homes.names or decisions.normalise)
        self._wanted = index.wanted() if plain and leading else None
        self.exchanged = Exchanged({}, {})
        self.compared: Differences = {}  # in what stored trees were found to differ from the old ones
        self._quotes: set[bytes] = set()  # commits whose messages have something that looks like an id
        self._made: dict[bytes, bytes] = {}  # new commits
        self.renoted = False  # whether notes have come to be about other objects
        self.links: dict[bytes, rewrite_text.Links] = {}
        self.roots: dict[bytes, bytes] = {}  # by commit, parents first: its new root tree
        self._hashes: Hashes | None = None

    def tips(self, tips: Mapping[bytes, str], notes: Iterable[bytes]) -> None:
        """Rewrite all that is behind `tips` (binary id: kind). `notes` are those whose trees' names are ids."""
        noted = set(notes)
        self._writer.remember = bool(noted)
        commits = [oid for oid in tips if self._peeled(oid) in self._homes.commits]
        plain = self._behind(self._peeled(oid) for oid in commits if oid not in noted)
        if self._decisions.map_hashes:
            self._hashes = Hashes(plain, self.oid_size, self._decisions.hashes)
        self._families(plain)
        self._commits(plain, None)
        of_notes = [oid for oid in self._behind(self._peeled(oid) for oid in noted) if oid not in self.roots]
        self._commits(of_notes, self._annotated)
        self.renoted = any(oid in self.result.commits for oid in of_notes)
        for oid in sorted(tips):
            self.map(oid)
        tally = self.result.tally
        tally.commits = len(self.roots)
        tally.tags = len(self._seen_tags(tips))
        tally.all_signatures += sum(
            rewrite_text.is_signed(self._homes.commits[c], "commit") for c in self.roots
        )
        tally.all_signatures += sum(
            rewrite_text.is_signed(self._homes.tags[t], "tag") for t in self._seen_tags(tips)
        )

    def _families(self, order: Sequence[bytes]) -> None:
        """Rewrite the trees of commits together, where that can be done: what is left is rewritten one by one."""
        roots = dict.fromkeys(tree for oid in order if (tree := self.links[oid].tree) in self.trees.leading)
        if self._wanted is None or self._writer.remember or not roots:
            return
        found = rewrite_families(
            self._held, self._reader, self._writer, self.blobs, self.trees.leading, list(roots), self._wanted
        )
        if found is not None:
            self.exchanged = found
            self.trees.new.update(((old, 0), new) for old, new in found.trees.items())

    def map(self, oid: bytes) -> bytes | None:
        """The new id of a commit, tag, tree or blob that a ref may point to; None where it is dropped."""
        if oid in self.roots:
            return self.result.commits.get(oid, oid)
        if oid in self._homes.tags:
            return self._tag(oid)
        if oid in self.trees.leading:
            return self.trees.root(oid)
        return self.blobs.map(oid, b"")

    def leads_to(self, blob: bytes) -> bool:
        """Whether a commit behind the tips has a blob, in its old tree."""
        leading = self._index.leading([blob], lambda _: False)
        return any(self.links[oid].tree in leading for oid in self.roots)

    def store(self) -> None:
        """Store what only ids were given out of so far: trees and blobs."""
        self.compared = store_trees(self._held, self._reader, self._writer, self.trees.promised)
        self.trees.promised.clear()
        self.blobs.store()

    def commit(self, oid: bytes) -> bytes | None:
        """A commit, old or new; None for any other object."""
        return self._homes.commits.get(oid) or self._made.get(oid)

    def _annotated(self, oid: bytes) -> bytes:
        """The new id of whatever a note is about, as far as it was rewritten."""
        new = self.result.commits.get(oid)
        if new is None and oid in self._homes.tags:
            new = self._tag(oid)
        if new is None:
            new = self.trees.new.get((oid, id(self.trees.removed) if self.trees.removed else 0))
        if new is None and oid in self.blobs.edits and self.blobs.edits[oid].new:
            new = bytes.fromhex(self.blobs.edits[oid].new)
        return new or oid

    def _commits(self, order: Sequence[bytes], annotated: Callable[[bytes], bytes] | None) -> None:
        """Rewrite commits that are in `order`, parents first."""
        concerned: set[bytes] = set()
        for oid in order:
            links = self.links[oid]
            if (
                links.tree in self.trees.leading
                or oid in self._homes.commit_hits
                or annotated is not None
                or any(parent in concerned or parent in self.result.commits for parent in links.parents)
            ):
                concerned.add(oid)
        done: set[bytes] = set()
        entered: set[bytes] = set()
        for first in order:
            if first not in concerned:
                self.roots[first] = self.links[first].tree
                continue
            stack = [first]
            while stack:
                oid = stack[-1]
                if oid in done:
                    stack.pop()
                    continue
                if oid not in entered:
                    entered.add(oid)
                    waiting = [dep for dep in self._needed(oid, concerned) if dep not in entered]
                    stack += waiting
                    if waiting:
                        continue
                stack.pop()
                if any(p in concerned and p not in done for p in self.links[oid].parents):
                    # A message that seems to quote a commit's own descendant led here: not before its parents.
                    entered.discard(oid)
                    continue
                done.add(oid)
                self._commit(oid, annotated)

    def _needed(self, oid: bytes, concerned: set[bytes]) -> list[bytes]:
        """What must be rewritten before a commit: its parents, and those that its message quotes."""
        needed = [parent for parent in self.links[oid].parents if parent in concerned]
        if self._hashes is not None:
            raw = self._homes.commits[oid]
            quoted = self._hashes.quoted(rewrite_text.message(raw)) if kernel.quotes(raw) else None
            if quoted is None:
                return needed
            self._quotes.add(oid)
            needed += [other for other in quoted if other in concerned and other != oid]
        return needed

    def _commit(self, oid: bytes, annotated: Callable[[bytes], bytes] | None) -> None:
        raw, links, result = self._homes.commits[oid], self.links[oid], self.result
        tree = self.trees.root(links.tree) if links.tree in self.trees.leading else links.tree
        if annotated is not None:
            tree = remapped(tree, self._reader, self._writer, annotated)
        self.roots[oid] = tree
        moved = any(parent in result.commits for parent in links.parents)
        hit = oid in self._homes.commit_hits
        if tree == links.tree and not moved and not hit:
            return
        if len(links.parents) == 1 and links.tree != self.links[links.parents[0]].tree:
            parent = links.parents[0]
            if tree == self.roots[parent]:
                result.emptied.append(oid)
                if self._decisions.prune_empty:
                    result.commits[oid] = result.commits.get(parent, parent)
                    return
        plain = (
            None if hit or oid in self._quotes else kernel.relinked(raw, tree, result.commits, self.oid_size)
        )
        if plain is not None:
            edited = rewrite_text.Edited(plain[0], plain[1] > 0, plain[2])
        else:
            quoting = self._quoting if hit or oid in self._quotes else _as_it_is
            edited = rewrite_text.edit_commit(
                raw, tree, result.commits, self._matcher if hit else None, quoting
            )
        if self._decisions.normalise:
            edited = edited._replace(raw=normalise.text(edited.raw))
        new = self._writer.add("commit", edited.raw)
        self._made[new] = edited.raw
        if not moved:
            result.first_changed.append(oid)
        result.commits[oid] = new
        if self._hashes is not None:
            self._hashes.learn(new)
        tally = result.tally
        tally.signatures += edited.signature
        tally.mergetags += edited.mergetags
        tally.messages += edited.message
        tally.idents += edited.ident

    def _quoting(self, message: bytes) -> bytes:
        return message if self._hashes is None else self._hashes.replaced(message, self.result.commits)

    def _tag(self, oid: bytes) -> bytes | None:
        if oid in self.result.tags:
            return self.result.tags[oid]
        raw = self._homes.tags[oid]
        target, _ = rewrite_text.tag_target(raw)
        new_target = self.map(target)
        new: bytes | None = oid
        if new_target is None:
            new = None
        else:
            matcher = self._matcher if oid in self._homes.tag_hits else None
            edited = rewrite_text.edit_tag(raw, new_target, matcher, self._quoting)
            if edited is not None:
                raw = normalise.text(edited.raw) if self._decisions.normalise else edited.raw
                new = self._writer.add("tag", raw)
                self.result.tally.signatures += edited.signature
                self.result.tally.messages += edited.message
                self.result.tally.idents += edited.ident
        if new != oid:
            self.result.tags[oid] = new
        return new

    def path(self, path: bytes) -> bytes | None:
        """A path from now on; None where it is removed."""
        node = self.trees.removed
        for part in path.split(b"/"):
            node = node.below.get(part) if node is not None else None
            if node is not None and node.ends:
                return None
        return self.matcher_name(path)

    def matcher_name(self, path: bytes) -> bytes:
        """A path without secrets."""
        return b"/".join(map(self._matcher.name, path.split(b"/")))

    def gitlink(self, oid: bytes) -> bytes:
        """What a submodule's commit became."""
        new = self._decisions.gitlinks.get(oid.hex())
        return bytes.fromhex(new) if new else oid

    def spans(self, data: bytes) -> tuple[Span, ...]:
        return self._matcher.spans(data)

    @cached_property
    def commit_map(self) -> str:
        """ "OLD NEW" a line, sorted. Asked for when all is rewritten."""
        return "".join(f"{old.hex()} {new.hex()}\n" for old, new in sorted(self.result.commits.items()))

    @property
    def matcher(self) -> Matcher:
        return self._matcher

    @property
    def decisions(self) -> Decisions:
        return self._decisions

    @property
    def stored(self) -> int:
        """How many new objects there are."""
        return len(self._writer.offsets)

    def root_commits(self) -> list[bytes]:
        """The commits without parents, as they will be."""
        return [self.result.commits.get(oid, oid) for oid in self.roots if not self.links[oid].parents]

    def quotes(self) -> Hashes | None:
        """What was found out about quoted ids."""
        return self._hashes

    def count_quotes(self) -> None:
        """Find the commits that stay as they are and quote ids that go."""
        if self._hashes is None or not self.result.commits:
            return
        for oid in self.roots:
            if oid not in self.result.commits:
                rest = rewrite_text.message(self._homes.commits[oid])
                if any(other in self.result.commits for other in self._hashes.quoted(rest) or ()):
                    self.result.untouched_quotes.append(oid)

    def _peeled(self, oid: bytes) -> bytes:
        seen = set()
        while oid in self._homes.tags and oid not in seen:
            seen.add(oid)
            oid = rewrite_text.tag_target(self._homes.tags[oid])[0]
        return oid

    def _seen_tags(self, tips: Iterable[bytes]) -> set[bytes]:
        seen: set[bytes] = set()
        for tip in tips:
            oid = tip
            while oid in self._homes.tags and oid not in seen:
                seen.add(oid)
                oid = rewrite_text.tag_target(self._homes.tags[oid])[0]
        return seen

    def _behind(self, tips: Iterable[bytes]) -> list[bytes]:
        """The commits that tips lead to, parents first, in an order that depends on ids alone."""
        order: list[bytes] = []
        done: set[bytes] = set()
        entered: set[bytes] = set()
        for tip in sorted(set(tips)):
            stack = [tip]
            while stack:
                oid = stack[-1]
                if oid in done:
                    stack.pop()
                    continue
                if oid not in entered:
                    entered.add(oid)
                    links = self.links.get(oid) or self._read_links(oid)
                    waiting = [parent for parent in links.parents if parent not in entered]
                    if waiting:
                        stack += reversed(waiting)
                        continue
                stack.pop()
                done.add(oid)
                order.append(oid)
        return order

    def _read_links(self, oid: bytes) -> rewrite_text.Links:
        raw = self._homes.commits.get(oid)
        if raw is None:
            raise GitError(f"commit {oid.hex()} is missing or broken; `git fsck` says more")
        try:
            links = rewrite_text.links(raw, self.oid_size)
        except ValueError:
            raise GitError(f"commit {oid.hex()} is malformed; `git fsck` says more") from None
        self.links[oid] = links
        return links


def _as_it_is(message: bytes) -> bytes:
    return message
