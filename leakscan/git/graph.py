"""All commits of a repository, as their objects have it: replace refs and grafts count for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leakscan.git import catfile, commits, refs
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leakscan.git.repository import Repository

# How well a commit is held: what the earliest commit is chosen by first, because the others may vanish any
# day.
BY_REF, BY_REFLOG, UNREACHABLE = 0, 1, 2


class Node(NamedTuple):
    """A commit. `parents` are those that the repository has: behind a shallow boundary there are none."""

    tree: str
    parents: tuple[str, ...]
    time: int  # committer date, seconds since the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The commits, reachable or not, and what holds them."""

    nodes: Mapping[str, Node]
    order: tuple[str, ...]  # parents before children
    ranks: Mapping[str, int]  # BY_REF, BY_REFLOG or UNREACHABLE
    head: str | None
    of_head: frozenset[str]  # reachable from HEAD
    tips: Mapping[bytes, tuple[str, ...]]  # ref: what it points to, through tags, to the last thing there is
    kinds: Mapping[str, catfile.Kind]  # of every object that is there

    def key(self, oid: str) -> tuple[int, int, str]:
        """What the earliest commit is the minimum of."""
        return self.ranks[oid], self.nodes[oid].time, oid


def load(repo: Repository) -> Graph:
    """Read all commits and tags. Raises GitError."""
    listed, _ = catfile.listing(repo)
    kinds = {item.oid: item.kind for item in listed}
    raw: dict[str, commits.CommitText] = {}
    targets: dict[str, str] = {}
    asked = [item.oid for item in listed if item.kind in ("commit", "tag")]
    for found in catfile.stream(repo, asked):
        if isinstance(found, catfile.Broken):
            continue
        if found.kind == "commit":
            raw[found.oid] = commits.parse_commit(found.data)
        else:
            targets[found.oid] = commits.parse_tag(found.data).target
    nodes = {
        oid: Node(text.tree, tuple(p for p in dict.fromkeys(text.parents) if p in raw), text.committer.time)
        for oid, text in raw.items()
    }
    head = refs.head(repo)
    tips = {ref.name: _chain(ref.oid, targets) for ref in refs.refs(repo)}
    entries, _ = refs.reflogs(repo)
    held = [chain[-1] for chain in tips.values()] + list(refs.heads(repo)) + ([head] if head else [])
    logged = [oid for entry in entries for oid in (entry.new, entry.old)]
    by_ref = ancestors(nodes, held)
    by_reflog = ancestors(nodes, [_chain(oid, targets)[-1] for oid in logged])
    ranks = {
        oid: BY_REF if oid in by_ref else BY_REFLOG if oid in by_reflog else UNREACHABLE for oid in nodes
    }
    return Graph(
        nodes=nodes,
        order=_order(nodes),
        ranks=ranks,
        head=head if head in nodes else None,
        of_head=frozenset(ancestors(nodes, [head] if head else [])),
        tips=tips,
        kinds=kinds,
    )


def ancestors(nodes: Mapping[str, Node], tips: Iterable[str]) -> set[str]:
    """The commits reachable from `tips`, these included. What is no commit here is passed over."""
    seen: set[str] = set()
    todo = [oid for oid in tips if oid in nodes]
    while todo:
        oid = todo.pop()
        if oid not in seen:
            seen.add(oid)
            todo += nodes[oid].parents
    return seen


def _chain(oid: str, targets: Mapping[str, str]) -> tuple[str, ...]:
    chain = [oid]
    while chain[-1] in targets and targets[chain[-1]] not in chain:
        chain.append(targets[chain[-1]])
    return tuple(chain)


def _order(nodes: Mapping[str, Node]) -> tuple[str, ...]:
    children: dict[str, list[str]] = {}
    waiting = {oid: len(node.parents) for oid, node in nodes.items()}
    for oid, node in nodes.items():
        for parent in node.parents:
            children.setdefault(parent, []).append(oid)
    order = [oid for oid, count in waiting.items() if not count]
    for oid in order:  # grows while it is walked
        for child in children.get(oid, ()):
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    return tuple(order)
