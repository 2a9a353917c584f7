"""What has to go: every object with the secret, and every object that leads to one, reachable or not.

The set is closed upwards: whatever names one of its members is a member. So all other objects can stay without missing
anything, and history that is reachable afterwards needs none of the set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rewrite_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .objects import Homes
    from .rewrite import Rewriter

_FEW = 8  # blobs that are followed up to commits, one by one


def gone(homes: Homes, rewriter: Rewriter) -> set[bytes] | None:
    """The objects that a purge removes, by binary id.

    None where that is for git's own reachability to say: where something could not be read, where paths are removed (what
    they held may stand elsewhere), where the names of notes follow what they are about, where a blob that nothing leads to
    could not be looked into, or where an object that seems to lead to the secret stays.
    """
    result, trees = rewriter.result, rewriter.trees
    if homes.unread or rewriter.decisions.paths or rewriter.renoted:
        return None
    closed = homes.closed - homes.blobs.keys()
    if len(closed) > _FEW or not all(map(rewriter.leads_to, closed)):
        return None
    if any(new == key[0] for key, new in trees.new.items()):
        return None
    found = rewriter.blobs.concerned() | trees.leading
    for oid, tree in rewriter.roots.items():  # parents first
        links = rewriter.links[oid]
        leads = links.tree in found or oid in homes.commit_hits or not found.isdisjoint(links.parents)
        if leads != (oid in result.commits) or tree in found:
            return None
        if leads:
            found.add(oid)
    try:
        found |= _unreachable(homes, rewriter.roots, found, rewriter.oid_size)
        found |= _tags(homes, found)
    except ValueError:
        return None
    kept = {*result.commits.values(), *result.tags.values(), *(new for new in trees.new.values() if new)}
    changed = result.commits.keys() | result.tags.keys() | rewriter.blobs.edits.keys()
    return found if found.isdisjoint(kept) and changed <= found else None


def _unreachable(
    homes: Homes, reachable: Mapping[bytes, bytes], found: set[bytes], oid_size: int
) -> set[bytes]:
    """The commits that nothing leads to and that lead to the secret. ValueError: one is malformed."""
    links = {
        oid: rewrite_text.links(raw, oid_size) for oid, raw in homes.commits.items() if oid not in reachable
    }
    more = {oid for oid, (tree, _) in links.items() if tree in found or oid in homes.commit_hits}
    children: dict[bytes, list[bytes]] = {}
    for oid, (_, parents) in links.items():
        for parent in parents:
            children.setdefault(parent, []).append(oid)
            if parent in found:
                more.add(oid)
    return _spread(more, children)


def _tags(homes: Homes, found: set[bytes]) -> set[bytes]:
    targets = {oid: rewrite_text.tag_target(raw)[0] for oid, raw in homes.tags.items()}
    above: dict[bytes, list[bytes]] = {}
    for oid, target in targets.items():
        above.setdefault(target, []).append(oid)
    return _spread(
        {oid for oid, target in targets.items() if target in found or oid in homes.tag_hits}, above
    )


def _spread(some: Iterable[bytes], above: Mapping[bytes, list[bytes]]) -> set[bytes]:
    """`some`, and all above them."""
    done: set[bytes] = set()
    todo = list(some)
    while todo:
        oid = todo.pop()
        if oid not in done:
            done.add(oid)
            todo += above.get(oid, ())
    return done
