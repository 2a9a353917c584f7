"""Commits rewritten: with new trees, parents and messages where they have any, and byte for byte as they were else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import kernel

from . import normalise, rewrite_text
from .rewrite_hashes import Hashes
from .rewrite_notes import remapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .objects import Homes
    from .pack_writer import PackWriter
    from .reader import Reader
    from .replace import Matcher
    from .rewrite_model import Decisions, Rewritten
    from .rewrite_trees import Trees


class Commits:
    """Rewrites commits, and notes in `result` what became of them. Ids are binary."""

    def __init__(
        self, homes: Homes, reader: Reader, writer: PackWriter, matcher: Matcher, decisions: Decisions,
        trees: Trees, links: Mapping[bytes, rewrite_text.Links], oid_size: int, result: Rewritten,
    ) -> None:  # fmt: skip
        """`links` is what the commits name (`Lineage.links`)."""
        self._homes, self._reader, self._writer, self._matcher = homes, reader, writer, matcher
        self._decisions, self._trees, self._links, self._oid_size = decisions, trees, links, oid_size
        self._result = result
        self.hashes: Hashes | None = None  # what was found out about quoted ids
        self._quotes: set[bytes] = set()  # commits whose messages have something that looks like an id
        self.made: dict[bytes, bytes] = {}  # new commits
        self.roots: dict[bytes, bytes] = {}  # by commit, parents first: its new root tree

    def resolve_quotes(self, among: Sequence[bytes]) -> None:
        """From now on ids in messages that mean one of these commits follow it, if that is wanted."""
        if self._decisions.map_hashes:
            self.hashes = Hashes(among, self._oid_size, self._decisions.hashes)

    def rewrite(self, order: Sequence[bytes], annotated: Callable[[bytes], bytes] | None = None) -> None:
        """Rewrite the commits of `order`, parents first.

        `annotated` is for commits of notes: their trees' names are ids, and it gives what each became.
        """
        concerned: set[bytes] = set()
        for oid in order:
            links = self._links[oid]
            if (
                links.tree in self._trees.leading
                or oid in self._homes.commit_hits
                or annotated is not None
                or any(parent in concerned or parent in self._result.commits for parent in links.parents)
            ):
                concerned.add(oid)
        done: set[bytes] = set()
        entered: set[bytes] = set()
        for first in order:
            if first not in concerned:
                self.roots[first] = self._links[first].tree
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
                if any(p in concerned and p not in done for p in self._links[oid].parents):
                    # A message that seems to quote a commit's own descendant led here: not before its parents.
                    entered.discard(oid)
                    continue
                done.add(oid)
                self._rewrite(oid, annotated)

    def _needed(self, oid: bytes, concerned: set[bytes]) -> list[bytes]:
        """What must be rewritten before a commit: its parents, and those that its message quotes."""
        needed = [parent for parent in self._links[oid].parents if parent in concerned]
        if self.hashes is not None:
            raw = self._homes.commits[oid]
            quoted = self.hashes.quoted(rewrite_text.message(raw)) if kernel.quotes(raw) else None
            if quoted is None:
                return needed
            self._quotes.add(oid)
            needed += [other for other in quoted if other in concerned and other != oid]
        return needed

    def _rewrite(self, oid: bytes, annotated: Callable[[bytes], bytes] | None) -> None:
        raw, links, result = self._homes.commits[oid], self._links[oid], self._result
        tree = self._trees.root(links.tree) if links.tree in self._trees.leading else links.tree
        if annotated is not None:
            tree = remapped(tree, self._reader, self._writer, annotated)
        self.roots[oid] = tree
        moved = any(parent in result.commits for parent in links.parents)
        hit = oid in self._homes.commit_hits
        if tree == links.tree and not moved and not hit:
            return
        if len(links.parents) == 1 and links.tree != self._links[links.parents[0]].tree:
            parent = links.parents[0]
            if tree == self.roots[parent]:
                result.emptied.append(oid)
                if self._decisions.prune_empty:
                    result.commits[oid] = result.commits.get(parent, parent)
                    return
        plain = (
            None if hit or oid in self._quotes else kernel.relinked(raw, tree, result.commits, self._oid_size)
        )
        if plain is not None:
            edited = rewrite_text.Edited(plain[0], plain[1] > 0, plain[2])
        else:
            quoting = self.quoting if hit or oid in self._quotes else _as_it_is
            edited = rewrite_text.edit_commit(
                raw, tree, result.commits, self._matcher if hit else None, quoting
            )
        if self._decisions.normalise:
            edited = edited._replace(raw=normalise.text(edited.raw))
        new = self._writer.add("commit", edited.raw)
        self.made[new] = edited.raw
        if not moved:
            result.first_changed.append(oid)
        result.commits[oid] = new
        if self.hashes is not None:
            self.hashes.learn(new)
        tally = result.tally
        tally.signatures += edited.signature
        tally.mergetags += edited.mergetags
        tally.messages += edited.message
        tally.idents += edited.ident

    def quoting(self, message: bytes) -> bytes:
        """A message with the new ids of commits that it quotes."""
        return message if self.hashes is None else self.hashes.replaced(message, self._result.commits)

    def count_quotes(self) -> None:
        """Find the commits that stay as they are and quote ids that go."""
        if self.hashes is None or not self._result.commits:
            return
        for oid in self.roots:
            if oid not in self._result.commits:
                rest = rewrite_text.message(self._homes.commits[oid])
                if any(other in self._result.commits for other in self.hashes.quoted(rest) or ()):
                    self._result.untouched_quotes.append(oid)


def _as_it_is(message: bytes) -> bytes:
    return message
