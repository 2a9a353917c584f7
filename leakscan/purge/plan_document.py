"""The plan as a document: what a person is shown, and what every clone must agree on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from leakscan import __version__
from leakscan.git.entries import GITLINK

from . import files
from .facts import refs_digest
from .model import Counts, Plan, RefMove, shown
from .plan_work import REPLACE

if TYPE_CHECKING:
    from leakscan.git.repository import Repository

    from .facts import Facts
    from .model import SecretRef, Span
    from .names import Names
    from .objects import Homes
    from .pack_writer import PackWriter
    from .plan import Request
    from .rewrite import Rewriter
    from .state import Work

_PULLS = ("pull", "merge-requests", "pull-requests", "changes", "keep-around", "pipelines", "environments")
_SHOWN = 200  # of a kind that the plan lists


def document(
    repo: Repository, facts: Facts, request: Request, known: tuple[SecretRef, ...], homes: Homes,
    rewriter: Rewriter, names: Names, work: Work, writer: PackWriter,
) -> Plan:  # fmt: skip
    result, blobs, trees = rewriter.result, rewriter.blobs, rewriter.trees
    refs = tuple(
        RefMove(
            name=new_name,
            old=old,
            new=new,
            renamed=name != new_name and not name.startswith(REPLACE.decode()),
        )
        for name, new_name, old, new in work.refs
    )
    hashes = rewriter.quotes()
    tally = result.tally
    text = rewriter.commit_map
    hidden = rewriter.matcher_name
    edits = tuple(
        replace(edit, paths=tuple(sorted(shown(hidden(path)) for path in blobs.paths.get(oid, ()) if path)))
        for oid, edit in sorted(blobs.edits.items())
    )
    questions = tuple(question for _, question in sorted(blobs.questions.items()))
    lfs = tuple(sorted({homes.lfs[oid] for oid in homes.lfs if oid in blobs.questions}))
    return Plan(
        object_format=repo.object_format,
        repository=_repository_digest(rewriter),
        token=request.token.decode("utf-8", "replace"),
        secrets=tuple(_located(ref, n, homes, rewriter) for n, ref in enumerate(known)),
        remove_paths=tuple(shown(path) for path in request.decisions.paths),
        acks=tuple(sorted(request.acks)),
        prune_empty=request.decisions.prune_empty,
        map_hashes=request.decisions.map_hashes,
        gitlinks=dict(request.decisions.gitlinks),
        include_worktrees=request.include_worktrees,
        normalise=request.decisions.normalise,
        pushed=any(move.kind in ("remotes", *_PULLS) for move in refs),
        blobs=edits,
        names=tuple(sorted({shown(name) for _, name in trees.renamed})),
        refs=refs,
        all_refs=refs_digest(facts),
        heads=tuple(RefMove(name=name, old=old, new=new) for name, old, new in work.heads),
        stash=tuple(
            RefMove(name=f"stash@{{{n}}}", old=old, new=new)
            for n, (old, new) in enumerate(reversed(work.stash))
        ),
        first_changed=tuple(oid.hex() for oid in result.first_changed),
        first_changed_new=tuple(result.commits[oid].hex() for oid in result.first_changed),
        tags={old.hex(): new.hex() if new else "" for old, new in sorted(result.tags.items())},
        hashes=dict(sorted(hashes.mapped.items())) if hashes else {},
        unmapped=_unmapped(rewriter),
        notes=tuple(move.name for move in refs if move.kind == "notes"),
        emptied=tuple(oid.hex() for oid in result.emptied),
        lfs=lfs,
        submodules=tuple(sorted(shown(hidden(path)) for path in _submodules(facts))),
        questions=questions,
        warnings=_warnings(facts, homes, rewriter, names),
        counts=Counts(
            commits=tally.commits,
            commits_rewritten=len(result.commits),
            trees_rewritten=sum(new != key[0] for key, new in trees.new.items()),
            blobs_rewritten=len(edits),
            tags=tally.tags,
            tags_rewritten=len(result.tags),
            refs=len(facts.refs),
            refs_moved=len(refs),
            signatures=tally.all_signatures,
            signatures_lost=tally.signatures,
            mergetags_lost=tally.mergetags,
            messages_edited=tally.messages,
            idents_edited=tally.idents,
            hashes_mapped=len(hashes.mapped) if hashes else 0,
            emptied=len(result.emptied),
            pull_refs=sum(move.kind in _PULLS for move in refs),
        ),
        commit_map=hashlib.sha256(text.encode()).hexdigest(),
        rewritten=hashlib.sha256(b"".join(sorted(writer.offsets))).hexdigest(),
        leakscan=__version__,
        git=repo.git("version").decode().split()[-1],
    )


def _repository_digest(rewriter: Rewriter) -> str:
    """The same in every clone of a repository, before and after."""
    roots = sorted(rewriter.root_commits())
    return hashlib.sha256(b"".join(roots)).hexdigest()[:32]


def _located(ref: SecretRef, number: int, homes: Homes, rewriter: Rewriter) -> SecretRef:
    """With an object in which the secret stands, and how often it was found where."""
    counts: dict[str, int] = {}
    place: tuple[str, int, str] | None = None
    for oid, hit in sorted(homes.blobs.items()):
        mine = [span for span in hit.spans if span.secret == number]
        for span in mine:
            key = "blobs" if span.form == "raw" else f"blobs, {span.form.split('/')[0]}"
            counts[key] = counts.get(key, 0) + 1
            if _is_itself(span, ref) and place is None and oid not in homes.large:
                place = (oid.hex(), span.start, "raw")
    for key, oids, raws in (
        ("commits", homes.commit_hits, homes.commits),
        ("tags", homes.tag_hits, homes.tags),
    ):
        for oid in sorted(oids):
            mine = [span for span in rewriter.spans(raws[oid]) if span.secret == number]
            counts[key] = counts.get(key, 0) + len(mine)
            if place is None:
                place = next(((oid.hex(), span.start, "raw") for span in mine if _is_itself(span, ref)), None)
    named = sum(any(s.secret == number for s in rewriter.spans(name)) for name in homes.names)
    if named:
        counts["names"] = named
    if place is None:
        return replace(ref, homes=counts)
    return replace(ref, homes=counts, object=place[0], start=place[1], form=place[2])


def _is_itself(span: Span, ref: SecretRef) -> bool:
    """Whether the bytes of a span are the secret, with its own line ends."""
    return span.form == "raw" and span.end - span.start == ref.length


def _submodules(facts: Facts) -> set[bytes]:
    return {entry.path for tree in facts.worktrees for entry in tree.staged if entry.mode == GITLINK}


def _unmapped(rewriter: Rewriter) -> tuple[str, ...]:
    hashes = rewriter.quotes()
    if hashes is None:
        return ()
    found = [f"{token}: ambiguous" for token in sorted(hashes.ambiguous)]
    found += [
        f"quoted by {oid.hex()}, which stays as it is" for oid in sorted(rewriter.result.untouched_quotes)
    ]
    return tuple(found[:_SHOWN])


def _warnings(facts: Facts, homes: Homes, rewriter: Rewriter, names: Names) -> tuple[str, ...]:
    found = [f"could not be looked into: {text}" for text in homes.unlooked[:_SHOWN]]
    if len(homes.unlooked) > _SHOWN:
        found.append(f"{len(homes.unlooked) - _SHOWN} more could not be looked into")
    if any(text.startswith("blob ") for text in homes.unlooked):
        found.append("which files these blobs are: git log --all --name-only --find-object=BLOB")
    dropped = [tag.hex() for tag, new in rewriter.result.tags.items() if new is None]
    if dropped:
        found.append(f"{len(dropped)} tags of a dropped blob go with it: {', '.join(dropped[:5])}")
    if facts.modules:
        found.append("submodules are repositories of their own: purge those that have the secret as well")
    if names.renamed:
        found.append(
            f"{len(names.renamed)} refs had the secret in their names; the old ones are to be deleted remotely"
        )
    keys = files.settings(facts, rewriter.matcher)
    if keys:
        found.append(
            f"the configuration has the secret in {', '.join(map(shown, keys))}: `run` replaces it there by "
            "REMOVED, so give those settings their new values afterwards"
        )
    if facts.reflogs:
        found.append(
            f"`cleanup` empties the reflogs ({facts.reflogs}), but for the stash's, which is rewritten"
        )
    if rewriter.decisions.paths:
        found.append("removed files stay in the work tree, no longer tracked")
    return tuple(found)
