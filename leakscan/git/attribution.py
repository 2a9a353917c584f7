"""Where in history something is, and from when to when: the fast way. `history_log` says what that means, and is its oracle.

Commits and trees come from the packs, or from what a scan has written down of them. Trees that hold the same of what is
asked for have one number, so most commits are dealt with by comparing their tree's with their parents', and the others by
looking only where these differ.
"""

from __future__ import annotations

import gc
from collections import Counter
from itertools import compress
from typing import TYPE_CHECKING

from leakscan.git import commits, graph, kernel, refs
from leakscan.git.ancestry import Ancestry
from leakscan.git.catfile import Broken
from leakscan.git.history_log import Log, _bits, _index, _key, _RawLife, _union
from leakscan.git.pruned import EMPTY, Pruning, outermost
from leakscan.git.steps import LARGEST
from leakscan.git.tree_items import MOST, TREE_ITEM
from leakscan.git.tree_search import PATHS, Key
from leakscan.git.trees import all_batches
from leakscan.model.finding import Commit, Life, Locus
from leakscan.model.origin import CommitOrigin, Origin, ReflogOrigin, RefOrigin, TagOrigin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from leakscan.git.inventory import Inventory

COUNTED = 1_000_000  # where a tree has so many paths, they are not followed one by one


def attribute(held: Inventory, groups: Sequence[Collection[Origin]]) -> Log:
    """Loci and lives of the origins in `groups`. Raises GitError."""
    # Hundreds of thousands of small objects, none of them in a circle: looking for circles costs a fifth.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _Attribution(held, groups).answer()
    finally:
        if collecting:
            gc.enable()


class _Attribution:
    def __init__(self, held: Inventory, groups: Sequence[Collection[Origin]]) -> None:
        self.held = held
        self.groups = groups
        self.origins = {origin for group in groups for origin in group}
        self.keys = {key for origin in self.origins if (key := _key(origin)) is not None}
        asked = refs.tips_asked_for(held.repo)
        self.commits = Ancestry(held)
        self.described: dict[str, Commit] = {}
        self._load_refs(asked())
        self.batches = all_batches(held) if self.keys else []
        count = len(self.commits.oids)
        roots = self._keys_of([*self.commits.trees, *(chain[-1] for chain in self.tips.values())])
        self.trees = Pruning(self.batches, held.repo.oid_size, held.seed, self.keys, roots)
        self.here = self.trees.roots[:count]  # each commit's tree
        self.tip_trees = dict(
            zip(self.tips, self.trees.roots[count:], strict=True)
        )  # where refs lead to a tree
        self.changed = self._changed()

    def answer(self) -> Log:
        introduced = self._introductions()
        homeless = self._homeless(self.keys - {key for key, _ in introduced})
        lives = self._lives()
        needed = set(introduced.values())
        needed |= {o.commit for o in self.origins if isinstance(o, CommitOrigin)}
        needed |= {oid for life in lives for oid in (life.introduced, life.removed) if oid}
        self._describe(needed)
        paths: dict[Key, list[Locus]] = {}
        for (key, path), oid in introduced.items():
            paths.setdefault(key, []).append(Locus(path, self.described.get(oid)))
        for key, found in homeless.items():
            paths[key] = [Locus(path) for path in found]
        loci: dict[Origin, tuple[Locus, ...]] = {}
        for origin in self.origins:
            what = _key(origin)
            if what is not None:
                loci[origin] = tuple(sorted(paths[what], key=lambda locus: locus.path or b""))
            elif isinstance(origin, CommitOrigin) and origin.commit in self.described:
                loci[origin] = (Locus(None, self.described[origin.commit]),)
        return Log(loci, tuple(self._life(life) for life in lives))

    def _load_refs(self, found: refs.Tips) -> None:
        held, every, head = self.held, found.refs, found.head
        logged, _ = refs.reflogs(held.repo)
        targets: dict[str, str] = {}
        pointed = {ref.oid for ref in every} | {oid for entry in logged for oid in (entry.new, entry.old)}
        if not pointed <= self.commits.number.keys():
            for tag in held.tags():
                if not isinstance(tag, Broken):
                    targets[tag.oid] = commits.parse_tag(tag.data).target
        self.tips = {ref.name: graph._chain(ref.oid, targets) for ref in every}
        tips = [chain[-1] for chain in self.tips.values()] + [*found.heads] + ([head] if head else [])
        by_ref = self.commits.ancestors(tips)
        reflog = [graph._chain(oid, targets)[-1] for entry in logged for oid in (entry.new, entry.old)]
        by_reflog = self.commits.ancestors(reflog)
        choices = (graph.UNREACHABLE, graph.BY_REFLOG, graph.BY_REF)
        self.ranks = [choices[2 if a else 1 if b else 0] for a, b in zip(by_ref, by_reflog, strict=True)]
        self.head = self.commits.number.get(head or "")
        self.of_head = self.commits.ancestors([head] if head else [])

    def _keys_of(self, trees: Sequence[str]) -> list[int]:
        """The keys of trees by id. What is no id has one that is no tree's."""
        size = self.held.repo.oid_size
        digits = "".join(tree if len(tree) == 2 * size else "00" * size for tree in trees)
        packed = kernel.keys(bytes.fromhex(digits), size, self.held.seed)
        return memoryview(packed).cast("Q").tolist()

    def _key_of_commit(self, i: int) -> tuple[int, int, str]:
        return self.ranks[i], self.commits.times[i], self.commits.oids[i]

    def _changed(self) -> list[int]:
        """The commits whose tree is not that of every parent, or that are the first to have one."""
        here = self.here
        found = []
        for i, above in enumerate(self.commits.parents):
            mine = here[i]
            if above:
                for parent in above:
                    if here[parent] != mine:
                        found.append(i)
                        break
            elif mine != EMPTY:
                found.append(i)
        return found

    def _introductions(self) -> dict[tuple[Key, bytes], str]:
        """The earliest commit of every (what, path)."""
        found: dict[tuple[Key, bytes], int] = {}
        compared = sorted(self._compared(), key=lambda one: self._key_of_commit(one[0]))
        limited = set(self.keys)  # what can be at more paths than are told
        if self.trees.paths() < COUNTED:
            came = self.trees.introduced(one[1:] for one in compared)
            found = {(key, path): compared[step][0] for key, path, step in came}
            paths = Counter(key for key, _ in found)
            limited = {key for key, count in paths.items() if count > PATHS}
            found = {hit: i for hit, i in found.items() if hit[0] not in limited}
        if limited:
            flat = self.trees.flat(limited)
            for i, mine, before in compared:
                for hit in flat[mine].difference(*(flat[tree] for tree in before)):
                    found.setdefault(hit, i)
        return {hit: self.commits.oids[i] for hit, i in found.items()}

    def _compared(self) -> Iterator[tuple[int, int, list[int]]]:
        """The commits whose trees are none of their parents', with these."""
        for i in self.changed:
            before = [self.here[parent] for parent in self.commits.parents[i]]
            if self.here[i] not in before:
                yield i, self.here[i], before

    def _homeless(self, keys: set[Key]) -> dict[Key, list[bytes | None]]:
        """The paths of what no commit contains."""
        found: dict[Key, set[bytes]] = {}
        if keys:
            for path, oid in _index(self.held.repo):
                for key in (oid, *path.split(b"/")):
                    if key in keys:
                        found.setdefault(key, set()).add(path)
        for pruning in (self._of_tips, self._of_loose_trees):
            left = keys - found.keys()
            if left:
                trees, numbers = pruning(left)
                flat = trees.flat(left)
                for key, path in (hit for number in set(numbers) for hit in flat[number]):
                    found.setdefault(key, set()).add(path)
        return {key: [*sorted(found.get(key, ()))] or [None] for key in keys}

    def _of_tips(self, _: set[Key]) -> tuple[Pruning, Iterable[int]]:
        return self.trees, self.tip_trees.values()

    def _of_loose_trees(self, keys: set[Key]) -> tuple[Pruning, Iterable[int]]:
        """Trees that no commit and no ref leads to, and that are in no other such tree: `keys` are in no others."""
        size, seed = self.held.repo.oid_size, self.held.seed
        trees = Pruning(self.batches, size, seed, keys, outermost(self.batches, size, seed, keys))
        return trees, trees.roots

    def _lives(self) -> list[_RawLife]:
        """A life for each group. A commit's groups are the bits of one number."""
        by_key: dict[Key, int] = {}
        by_commit: dict[int, int] = {}
        for number, group in enumerate(self.groups):
            for origin in group:
                key = _key(origin)
                if key is not None:
                    by_key[key] = by_key.get(key, 0) | 1 << number
                elif isinstance(origin, CommitOrigin) and origin.commit in self.commits.number:
                    i = self.commits.number[origin.commit]
                    by_commit[i] = by_commit.get(i, 0) | 1 << number
        bits = self._bits_of_trees(by_key)
        holds = [bits[tree] for tree in self.here]
        changed: Iterable[int] = self.changed
        if by_commit:  # a text is in all that descends from its commit
            changed = self.commits.order()
            texts = [0] * len(holds)
            for i in changed:
                texts[i] = by_commit.get(i, 0) | _union(texts[parent] for parent in self.commits.parents[i])
                holds[i] |= texts[i]
        lives = [_RawLife() for _ in self.groups]
        introduced: dict[int, int] = {}
        removed: dict[int, int] = {}
        for i in changed:
            before = _union(holds[parent] for parent in self.commits.parents[i])
            if before == holds[i]:
                continue
            for number in _bits(holds[i] & ~before):
                first = introduced.get(number)
                if first is None or self._key_of_commit(i) < self._key_of_commit(first):
                    introduced[number] = i
            if self.of_head[i]:
                for number in _bits(before & ~holds[i]):
                    last = removed.get(number)
                    if last is None or self._late(i) > self._late(last):
                        removed[number] = i
        reachable = _union(set(compress(holds, (rank != graph.UNREACHABLE for rank in self.ranks))))
        for number, life in enumerate(lives):
            life.in_head = self.head is not None and bool(holds[self.head] >> number & 1)
            if number in introduced:
                life.introduced = self.commits.oids[introduced[number]]
            if number in removed and not life.in_head:
                life.removed = self.commits.oids[removed[number]]
            life.reachable = bool(reachable >> number & 1)
        self._refs(lives, holds, by_key, bits)
        return lives

    def _late(self, i: int) -> tuple[int, str]:
        return self.commits.times[i], self.commits.oids[i]

    def _bits_of_trees(self, by_key: dict[Key, int]) -> list[int]:
        bits: list[int] = []
        for items in self.trees.trees():
            total = 0
            for item in items:
                total |= (
                    bits[item >> 2 & MOST]
                    if item & 3 == TREE_ITEM
                    else by_key[self.trees.key(item & 0xFFFFFFFF)]
                )
            bits.append(total)
        return bits

    def _refs(
        self,
        lives: list[_RawLife],
        holds: list[int],
        by_key: dict[Key, int],
        by_tree: Sequence[int],
    ) -> None:
        tags: dict[str, int] = {}
        names: dict[bytes, int] = {}
        for number, group in enumerate(self.groups):
            for origin in group:
                if isinstance(origin, TagOrigin):
                    tags[origin.tag] = tags.get(origin.tag, 0) | 1 << number
                elif isinstance(origin, RefOrigin):
                    names[origin.ref] = names.get(origin.ref, 0) | 1 << number
                elif isinstance(origin, ReflogOrigin):
                    lives[number].reachable = True
        for name in sorted(self.tips.keys() | names.keys()):
            chain = self.tips.get(name, ())
            bits = names.get(name, 0) | _union(tags.get(oid, 0) for oid in chain)
            for tip in chain[-1:]:
                commit = self.commits.number.get(tip)
                if commit is not None:
                    bits |= holds[commit]
                elif tip in by_key:
                    bits |= by_key[tip]
                else:
                    bits |= by_tree[self.tip_trees[name]]
            for number in _bits(bits):
                lives[number].refs.append(name)
                lives[number].reachable = True

    def _describe(self, oids: Iterable[str]) -> None:
        for oid in oids:
            if oid in self.commits.number:
                found = self.held.store.read(bytes.fromhex(oid), LARGEST)
                if not isinstance(found, Broken):
                    self.described[oid] = commits.describe(oid, commits.parse_commit(found.data))

    def _life(self, raw: _RawLife) -> Life:
        return Life(
            introduced=self.described.get(raw.introduced or ""),
            removed=self.described.get(raw.removed or ""),
            in_head=raw.in_head,
            refs=tuple(raw.refs),
            reachable=raw.reachable,
        )
