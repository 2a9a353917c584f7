"""Where in history something is, and from when to when: the fast way. `history_log` says what that means, and is its oracle.

Commits and trees come from the packs, or from what a scan has written down of them. Trees that hold the same of what is
asked for have one number, so most commits are dealt with by comparing their tree's with their parents', and the others by
looking only where these differ.
"""

from __future__ import annotations

import gc
from array import array
from collections import Counter
from typing import TYPE_CHECKING

from leakscan.git import commits, graph, kernel, refs
from leakscan.git.ancestry import Ancestry
from leakscan.git.ancestry_twin import NONE
from leakscan.git.catfile import Broken
from leakscan.git.history_log import Log, _index, _key, _RawLife
from leakscan.git.lives_twin import IN_HEAD, REACHABLE
from leakscan.git.pruned import Pruning, outermost
from leakscan.git.steps import LARGEST
from leakscan.git.tree_search import PATHS, Key
from leakscan.git.trees import all_batches, numbers_of
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
        size, seed = held.repo.oid_size, held.seed
        self.batches = all_batches(held) if self.keys else []
        roots = kernel.keys(self.commits.trees, size, seed) + self._keys_of(
            chain[-1] for chain in self.tips.values()
        )
        self.trees = Pruning(self.batches, size, seed, self.keys, roots)
        count = self.commits.count
        self.here = self.trees.roots[:count]  # each commit's tree
        self.tip_trees = dict(
            zip(self.tips, self.trees.roots[count:], strict=True)
        )  # where refs lead to a tree

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
        held, every, head, ancestors = self.held, found.refs, found.head, self.commits.ancestors
        logged, _ = refs.reflogs(held.repo)
        targets: dict[str, str] = {}
        pointed = {ref.oid for ref in every} | {oid for entry in logged for oid in (entry.new, entry.old)}
        if len(self.commits.numbers(pointed)) < len(pointed):
            for tag in held.tags():
                if not isinstance(tag, Broken):
                    targets[tag.oid] = commits.parse_tag(tag.data).target
        self.tips = {ref.name: graph._chain(ref.oid, targets) for ref in every}
        tips = {*(chain[-1] for chain in self.tips.values()), *found.heads, *([head] if head else [])}
        reflog = {graph._chain(oid, targets)[-1] for entry in logged for oid in (entry.new, entry.old)}
        asked = {origin.commit for origin in self.origins if isinstance(origin, CommitOrigin)}
        self.number = self.commits.numbers(tips | reflog | asked)
        by_ref = ancestors(self.number[oid] for oid in tips if oid in self.number)
        by_reflog = ancestors(self.number[oid] for oid in reflog if oid in self.number)
        choices = (graph.UNREACHABLE, graph.BY_REFLOG, graph.BY_REF)
        self.ranks = bytes(
            [choices[2 if a else 1 if b else 0] for a, b in zip(by_ref, by_reflog, strict=True)]
        )
        self.head = self.number.get(head or "", NONE)
        self.of_head = ancestors([] if self.head == NONE else [self.head])

    def _keys_of(self, trees: Iterable[str]) -> bytes:
        """The keys of trees by id. What is no id has one that is no tree's."""
        size = self.held.repo.oid_size
        digits = "".join(tree if len(tree) == 2 * size else "00" * size for tree in trees)
        return kernel.keys(bytes.fromhex(digits), size, self.held.seed)

    def _key_of_commit(self, i: int) -> tuple[int, int, bytes]:
        return self.ranks[i], self.commits.time(i), self.commits.raw(i)

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
        return {hit: self.commits.oid(i) for hit, i in found.items()}

    def _compared(self) -> Iterator[tuple[int, int, list[int]]]:
        """The commits whose trees are none of their parents', with these."""
        trees = self.trees.numbers[: 4 * self.commits.count]
        for i in self.commits.changed(trees):
            before = [self.here[parent] for parent in self.commits.above(i)]
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
        """A life for each group."""
        whats = self.trees.whats()
        by_key: dict[Key, list[int]] = {}
        wanted, texts = array("I"), array("I")
        for group, origins in enumerate(self.groups):
            for origin in origins:
                key = _key(origin)
                if key is not None:
                    by_key.setdefault(key, []).append(group)
                    if key in whats:
                        wanted.extend((whats[key], group))
                elif isinstance(origin, CommitOrigin) and origin.commit in self.number:
                    texts.extend((self.number[origin.commit], group))
        tips = array("I")  # what refs lead to that is a commit or a tree
        named: list[bytes] = []  # these refs
        for name, chain in self.tips.items():
            commit = self.number.get(chain[-1])
            if commit is not None or chain[-1] not in by_key:
                tips.extend((0, commit) if commit is not None else (1, self.tip_trees[name]))
                named.append(name)
        known, size = self.commits, self.held.repo.oid_size
        trees = self.trees.numbers[: 4 * known.count]
        introduced, removed, flags, held = self.trees.lives(
            (known.ends, known.parents, self.ranks, known.oids, self.of_head, known.times, trees),
            (wanted.tobytes(), texts.tobytes(), tips.tobytes()),
            size,
            self.head,
            len(self.groups),
        )
        lives = [
            _RawLife(
                known.oid(first) if first != NONE else None,
                known.oid(last) if last != NONE else None,
                in_head=bool(flag & IN_HEAD),
                reachable=bool(flag & REACHABLE),
            )
            for first, last, flag in zip(
                numbers_of(introduced, "I"), numbers_of(removed, "I"), flags, strict=True
            )
        ]
        of_ref: dict[bytes, set[int]] = {name: set() for name in self.tips}
        pairs = iter(numbers_of(held, "I"))
        for tip, group in zip(pairs, pairs, strict=True):
            of_ref[named[tip]].add(group)
        for name, chain in self.tips.items():
            if chain[-1] not in self.number:
                of_ref[name].update(by_key.get(chain[-1], ()))
        self._refs(lives, of_ref)
        return lives

    def _refs(self, lives: list[_RawLife], of_ref: dict[bytes, set[int]]) -> None:
        """Note which refs hold which groups, who are told so far what their tips hold."""
        tags: dict[str, list[int]] = {}
        for group, origins in enumerate(self.groups):
            for origin in origins:
                if isinstance(origin, TagOrigin):
                    tags.setdefault(origin.tag, []).append(group)
                elif isinstance(origin, RefOrigin):
                    of_ref.setdefault(origin.ref, set()).add(group)
                elif isinstance(origin, ReflogOrigin):
                    lives[group].reachable = True
        for name in sorted(of_ref):
            for oid in self.tips.get(name, ()):
                of_ref[name].update(tags.get(oid, ()))
            for group in of_ref[name]:
                lives[group].refs.append(name)
                lives[group].reachable = True

    def _describe(self, oids: Iterable[str]) -> None:
        for oid in self.commits.numbers({*oids}):
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
