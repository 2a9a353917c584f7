"""Where in history something is, and from when to when: the plain way, with which faster ones have to agree.

Every origin of a history scan is *contained* in some commits:

- a blob, in a commit whose tree has it at any path (a submodule's entry is no blob);
- a name (`NameOrigin`, a bare name), in a commit whose tree has an entry of that name, file or directory;
- the text of a commit, in that commit and in all that descend from it: it goes away only when history is
  rewritten;
- a tag's text, a ref's name and a reflog's message, in none.

Trees and parents are read from the objects: replace refs and grafts do not count. A parent or a tree that
is not there (shallow, partial, damaged) contains nothing.

**Loci** of a blob or name: for each path that it ever had, the earliest commit that has it at that path
while none of its parents has (all of them, so that what only a merge brought in is the merge's). What no
commit contains is looked for in the index, else in trees that refs point to, else in trees that nothing
points to: path without commit; and as the last resort neither path nor commit. The locus of a commit's text
is that commit. Tags, refs and reflogs have none. Loci are sorted by path. In one tree the first 1000
paths of a thing count (a tree can name one blob a billion times).

**Life** of a group, where "contains" means any origin of the group:

- introduced: the earliest commit that contains it while none of its parents does;
- removed: of the commits reachable from HEAD that do not contain it while a parent does, the latest by
  (committer time, id); None while HEAD contains it, or where HEAD's history never did;
- in_head: HEAD's commit contains it;
- refs: the full names of the refs (symbolic ones aside) whose tip contains it, or is or leads through tags
  to a tree or blob or tag text of the group, or whose own name is in it; sorted;
- reachable: some commit that a ref, a HEAD or a reflog leads to contains it, or `refs` is not empty, or a
  ref's name or a reflog's message is in the group.

**Earliest** is the minimum by (how it is held, committer time, id), where what refs or HEADs lead to comes
before what only reflogs lead to, and that before the unreachable: the commit that a reader can still look
at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from leakscan.git import catfile, commits, graph
from leakscan.git.entries import entries
from leakscan.git.masks import members, union
from leakscan.git.tree_search import NONE, Key, TreeSearch
from leakscan.model.finding import Commit, Life, Locus
from leakscan.model.origin import (
    BlobOrigin,
    CommitOrigin,
    FileOrigin,
    NameOrigin,
    Origin,
    ReflogOrigin,
    RefOrigin,
    StagedOrigin,
    StdinOrigin,
    TagOrigin,
)
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from leakscan.git.repository import Repository


class Log(NamedTuple):
    """The answer: loci by origin, and one life for each group."""

    loci: dict[Origin, tuple[Locus, ...]]
    lives: tuple[Life, ...]


def attribute(repo: Repository, groups: Sequence[Collection[Origin]]) -> Log:
    """Loci and lives of the origins in `groups`, as the module says. Raises GitError."""
    return _Attribution(repo, groups).answer()


class _Attribution:
    def __init__(self, repo: Repository, groups: Sequence[Collection[Origin]]) -> None:
        self.repo = repo
        self.groups = groups
        self.graph = graph.load(repo)
        self.origins = {origin for group in groups for origin in group}
        self.keys = {key for origin in self.origins if (key := _key(origin)) is not None}
        self.trees = TreeSearch(repo, self.graph.kinds, self.keys)
        self.commits: dict[str, Commit] = {}

    def answer(self) -> Log:
        with catfile.CatFile(self.repo) as cat:
            if self.keys:
                self.trees.search(cat, (node.tree for node in self.graph.nodes.values()))
                self.trees.search(cat, (chain[-1] for chain in self.graph.tips.values()))
            introduced = self._introductions()
            homeless = self._homeless(cat, self.keys - {key for key, _ in introduced})
            lives = self._lives()
            needed = set(introduced.values())
            needed |= {o.commit for o in self.origins if isinstance(o, CommitOrigin)}
            needed |= {oid for life in lives for oid in (life.introduced, life.removed) if oid}
            self._describe(cat, needed)
        paths: dict[Key, list[Locus]] = {}
        for (key, path), oid in introduced.items():
            paths.setdefault(key, []).append(Locus(path, self.commits.get(oid)))
        for key, found in homeless.items():
            paths[key] = [Locus(path) for path in found]
        loci = {}
        for origin in self.origins:
            what = _key(origin)
            if what is not None:
                loci[origin] = tuple(sorted(paths[what], key=lambda locus: locus.path or b""))
            elif isinstance(origin, CommitOrigin) and origin.commit in self.commits:
                loci[origin] = (Locus(None, self.commits[origin.commit]),)
        return Log(loci, tuple(self._life(life) for life in lives))

    def _introductions(self) -> dict[tuple[Key, bytes], str]:
        """The earliest commit of every (what, path)."""
        found: dict[tuple[Key, bytes], str] = {}
        for oid, node in self.graph.nodes.items():
            here = self.trees.hits.get(node.tree, NONE)
            before = [self.trees.hits.get(self.graph.nodes[p].tree, NONE) for p in node.parents]
            if any(here is hits for hits in before):
                continue
            for hit in here.difference(*before):
                if hit not in found or self.graph.key(oid) < self.graph.key(found[hit]):
                    found[hit] = oid
        return found

    def _homeless(self, cat: catfile.CatFile, keys: set[Key]) -> dict[Key, list[bytes | None]]:
        """The paths of what no commit contains."""
        found: dict[Key, set[bytes]] = {}
        if keys:
            for path, oid in _index(self.repo):
                for key in (oid, *path.split(b"/")):
                    if key in keys:
                        found.setdefault(key, set()).add(path)
        for roots in (self._tip_trees, self._loose_trees):
            left = keys - found.keys()
            if left:
                trees = roots()
                self.trees.search(cat, trees)
                for key, path in (hit for tree in trees for hit in self.trees.hits[tree]):
                    if key in left:
                        found.setdefault(key, set()).add(path)
        return {key: [*sorted(found.get(key, ()))] or [None] for key in keys}

    def _tip_trees(self) -> list[str]:
        tips = {chain[-1] for chain in self.graph.tips.values()}
        return sorted(oid for oid in tips if self.graph.kinds.get(oid) == "tree")

    def _loose_trees(self) -> list[str]:
        """Trees that no commit and no ref leads to, and that are in no other such tree."""
        lost = [
            oid for oid, kind in self.graph.kinds.items() if kind == "tree" and oid not in self.trees.hits
        ]
        inner = set()
        for found in catfile.stream(self.repo, lost):
            if isinstance(found, catfile.Object):
                parsed = entries(found.data, self.repo.oid_size)
                inner |= {entry.oid.hex() for entry in parsed or () if entry.is_tree}
        return sorted(set(lost) - inner)

    def _lives(self) -> list[_RawLife]:
        """A life for each group. A commit's groups are the bits of one number."""
        by_key: dict[Key, int] = {}
        by_commit: dict[str, int] = {}
        for number, group in enumerate(self.groups):
            for origin in group:
                key = _key(origin)
                if key is not None:
                    by_key[key] = by_key.get(key, 0) | 1 << number
                elif isinstance(origin, CommitOrigin):
                    by_commit[origin.commit] = by_commit.get(origin.commit, 0) | 1 << number
        by_tree = {
            tree: union(by_key[key] for key, _ in hits) for tree, hits in self.trees.hits.items() if hits
        }
        texts: dict[str, int] = {}
        holds: dict[str, int] = {}
        lives = [_RawLife() for _ in self.groups]
        for oid in self.graph.order:
            node = self.graph.nodes[oid]
            texts[oid] = by_commit.get(oid, 0) | union(texts[parent] for parent in node.parents)
            holds[oid] = texts[oid] | by_tree.get(node.tree, 0)
            before = union(holds[parent] for parent in node.parents)
            for number in members(holds[oid] & ~before):
                first = lives[number].introduced
                if first is None or self.graph.key(oid) < self.graph.key(first):
                    lives[number].introduced = oid
            if oid in self.graph.of_head:
                for number in members(before & ~holds[oid]):
                    last = lives[number].removed
                    if last is None or self._late(oid) > self._late(last):
                        lives[number].removed = oid
        reachable = union(bits for oid, bits in holds.items() if self.graph.ranks[oid] != graph.UNREACHABLE)
        for number, life in enumerate(lives):
            life.in_head = self.graph.head is not None and bool(holds[self.graph.head] >> number & 1)
            life.removed = None if life.in_head else life.removed
            life.reachable = bool(reachable >> number & 1)
        self._refs(lives, holds, by_tree, by_key)
        return lives

    def _late(self, oid: str) -> tuple[int, str]:
        return self.graph.nodes[oid].time, oid

    def _refs(
        self,
        lives: list[_RawLife],
        holds: Mapping[str, int],
        by_tree: Mapping[str, int],
        by_key: Mapping[Key, int],
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
        for name in sorted(self.graph.tips.keys() | names.keys()):
            chain = self.graph.tips.get(name, ())
            bits = names.get(name, 0) | union(tags.get(oid, 0) for oid in chain)
            for tip in chain[-1:]:
                bits |= holds.get(tip, 0) | by_tree.get(tip, 0) | by_key.get(tip, 0)
            for number in members(bits):
                lives[number].refs.append(name)
                lives[number].reachable = True

    def _describe(self, cat: catfile.CatFile, oids: Iterable[str]) -> None:
        for oid in oids:
            found = cat.read(oid) if oid in self.graph.nodes else None
            if isinstance(found, catfile.Object):
                self.commits[oid] = commits.describe(oid, commits.parse_commit(found.data))

    def _life(self, raw: _RawLife) -> Life:
        return Life(
            introduced=self.commits.get(raw.introduced or ""),
            removed=self.commits.get(raw.removed or ""),
            in_head=raw.in_head,
            refs=tuple(raw.refs),
            reachable=raw.reachable,
        )


class _RawLife:
    def __init__(
        self,
        introduced: str | None = None,
        removed: str | None = None,
        *,
        in_head: bool = False,
        reachable: bool = False,
    ) -> None:
        self.introduced = introduced
        self.removed = removed
        self.in_head = in_head
        self.refs: list[bytes] = []
        self.reachable = reachable


def _key(origin: Origin) -> Key | None:
    match origin:
        case BlobOrigin(blob=oid):
            return oid
        case NameOrigin(path=name):
            return name
        case CommitOrigin() | TagOrigin() | RefOrigin() | ReflogOrigin():
            return None
        case FileOrigin() | StagedOrigin() | StdinOrigin():
            return None
        case _:
            assert_never(origin)


def _index(repo: Repository) -> list[tuple[bytes, str]]:
    """What the index holds: (path, blob). Empty where there is no index."""
    if repo.work_tree is None:
        return []
    found = []
    for line in repo.git("ls-files", "-z", "--stage").split(b"\0"):
        if line:
            facts, _, path = line.partition(b"\t")
            found.append((path, facts.split()[1].decode()))
    return found
