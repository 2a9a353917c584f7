"""History without secrets: new objects from old ones, and where refs go. Nothing of the repository is changed.

A pure function of the old objects and what was decided (secrets, token, answers, paths): every clone gets the same new
ids. Commits, trees and tags that lead to nothing that changes keep their bytes, ids and signatures.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from . import normalise, rewrite_text
from .lineage import Lineage
from .objects_trees import TreeIndex
from .rewrite_commits import Commits
from .rewrite_families import Exchanged, rewrite_families
from .rewrite_model import Decisions, Rewritten
from .rewrite_trees import Blobs, Trees, path_tree
from .tree_store import store_trees

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leakscan.git.inventory import Inventory

    from .model import Span
    from .objects import Homes
    from .objects_trees import Read
    from .pack_writer import PackWriter
    from .reader import Reader
    from .replace import Matcher
    from .rewrite_hashes import Hashes
    from .tree_store import Differences


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
        self.renoted = False  # whether notes have come to be about other objects
        self._lineage = Lineage(homes, self.oid_size)
        self.links = self._lineage.links
        self._commits = Commits(
            homes, reader, writer, matcher, decisions, self.trees, self.links, self.oid_size, self.result
        )
        self.roots = self._commits.roots

    def tips(self, tips: Mapping[bytes, str], notes: Iterable[bytes]) -> None:
        """Rewrite all that is behind `tips` (binary id: kind). `notes` are those whose trees' names are ids."""
        noted = set(notes)
        self._writer.remember = bool(noted)
        commits = [oid for oid in tips if self._lineage.peeled(oid) in self._homes.commits]
        plain = self._lineage.behind(self._lineage.peeled(oid) for oid in commits if oid not in noted)
        self._commits.resolve_quotes(plain)
        self._families(plain)
        self._commits.rewrite(plain)
        behind_notes = self._lineage.behind(map(self._lineage.peeled, noted))
        of_notes = [oid for oid in behind_notes if oid not in self.roots]
        self._commits.rewrite(of_notes, self._annotated)
        self.renoted = any(oid in self.result.commits for oid in of_notes)
        for oid in sorted(tips):
            self.map(oid)
        tally = self.result.tally
        tally.commits = len(self.roots)
        tags = self._lineage.tags(tips)
        tally.tags = len(tags)
        tally.all_signatures += sum(
            rewrite_text.is_signed(self._homes.commits[c], "commit") for c in self.roots
        )
        tally.all_signatures += sum(rewrite_text.is_signed(self._homes.tags[t], "tag") for t in tags)

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
        return self._homes.commits.get(oid) or self._commits.made.get(oid)

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
            edited = rewrite_text.edit_tag(raw, new_target, matcher, self._commits.quoting)
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
        return self._commits.hashes

    def count_quotes(self) -> None:
        """Find the commits that stay as they are and quote ids that go."""
        self._commits.count_quotes()
