"""Making a plan: everything is computed and nothing is changed but the purge's own directory."""

from __future__ import annotations

import hashlib
import os
import re
import secrets as random
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from leakscan.git import run
from leakscan.git.entries import GITLINK
from leakscan.git.inventory import Inventory
from leakscan.git.objects import ObjectStore
from leakscan.git.pack import Pack, make_index
from leakscan.model.errors import UsageError
from leakscan.model.secret import mask
from leakscan.model.text import escape

from . import checks, files
from . import facts as facts_room
from .invariants import check
from .model import (
    SELF_CHECK,
    TOKEN,
    Counts,
    Plan,
    PreconditionError,
    PurgeError,
    RefMove,
    Refusal,
    SecretRef,
    digest,
    dumps,
    shown,
)
from .names import Names
from .objects import Reader, search
from .pack_writer import PackWriter
from .recover import seal
from .refs import main_where
from .replace import Matcher
from .rewrite import Decisions, Rewriter
from .rewrite_index import index_work
from .state import State, Work, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakscan.git.repository import Repository

    from .facts import Facts
    from .model import Span
    from .objects import Homes

REPLACE = b"refs/replace/"
_OID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_PULLS = ("pull", "merge-requests", "pull-requests", "changes", "keep-around", "pipelines", "environments")
_SHOWN = 200  # of a kind that the plan lists


class Given(NamedTuple):
    """A secret to take out, and where it comes from."""

    secret: bytes
    rule: str = ""
    fingerprint: str = ""


class Request(NamedTuple):
    """What is asked for."""

    secrets: tuple[Given, ...] = ()
    decisions: Decisions = Decisions()
    token: bytes = TOKEN
    acks: tuple[str, ...] = ()
    include_worktrees: bool = False


class Made(NamedTuple):
    """A plan, what it takes to carry it out, and what could not be looked into."""

    plan: Plan
    work: Work
    state: State


def make(repo: Repository, request: Request) -> Made:
    """Plan. The result is kept in the git directory. Raises PreconditionError, UsageError, GitError."""
    if not request.secrets and not request.decisions.paths:
        raise UsageError("nothing to take out: give a secret, a finding, a rule or a path")
    facts = facts_room.gather(repo)
    checks.before_plan(facts, acks=request.acks, include_worktrees=request.include_worktrees)
    return _make(repo, facts, request, tuple(_reference(given) for given in request.secrets))


def again(repo: Repository, plan: Plan, secrets: Sequence[bytes]) -> Made:
    """The same plan computed anew: in another clone, or where the new objects were lost. Raises as `make`."""
    facts = facts_room.gather(repo)
    checks.before_plan(facts, acks=plan.acks, include_worktrees=plan.include_worktrees)
    decisions = Decisions(
        {question.id: question.answer for question in plan.questions if question.answer},
        tuple(path.encode("utf-8", "surrogateescape") for path in plan.remove_paths),
        plan.prune_empty,
        plan.map_hashes,
        plan.hashes,
        plan.gitlinks,
        plan.normalise,
    )
    given = tuple(Given(s, r.rule, r.fingerprint) for s, r in zip(secrets, plan.secrets, strict=True))
    request = Request(given, decisions, plan.token.encode(), plan.acks, plan.include_worktrees)
    return _make(repo, facts, request, plan.secrets)


def refs_digest(facts: Facts) -> str:
    """A digest over every ref and HEAD: whatever is committed, fetched or switched to changes it."""
    lines = [b"%s %s" % (ref.name, ref.oid.encode()) for ref in facts.refs]
    lines += [b"%s %s" % (t.head_name.encode(), t.ref or t.head.encode()) for t in facts.worktrees]
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()


def _make(repo: Repository, facts: Facts, request: Request, known: tuple[SecretRef, ...]) -> Made:
    matcher = Matcher([given.secret for given in request.secrets], request.token)
    held = Inventory(repo)
    reader = Reader(held.store)
    lfs = _lfs_hits(facts, matcher)
    homes = search(held, matcher, lfs)
    draft = State(repo, f".draft-{random.token_hex(4)}")
    draft.create()
    writer = PackWriter(draft.file("new.pack"), repo.oid_size)
    try:
        rewriter = Rewriter(held, reader, writer, homes, matcher, request.decisions)
        _refuse_unreadable(homes, request.acks)
        tips = _tips(facts)
        notes = [bytes.fromhex(ref.oid) for ref in facts.refs if ref.name.startswith(b"refs/notes/")]
        rewriter.tips(tips, notes)
        rewriter.count_quotes()
        names = Names(facts, matcher)
        work = _work(facts, rewriter, names, matcher, lfs)
        rewriter.store()
        writer.close()
        plan = _plan(repo, facts, request, known, homes, rewriter, names, work, writer)
        state = _keep(repo, draft, plan, work, rewriter, writer)
        seal(repo, plan, [given.secret for given in request.secrets], every=False)
    except BaseException:
        draft.discard()
        raise
    return Made(plan, work, state)


def _reference(given: Given) -> SecretRef:
    salt = random.token_hex(16)
    return SecretRef(
        label=mask(given.secret),
        length=len(given.secret),
        salt=salt,
        digest=digest(given.secret, salt),
        rule=given.rule,
        fingerprint=given.fingerprint,
    )


def _tips(facts: Facts) -> dict[bytes, str]:
    """Everything that holds history: refs, HEADs, stash entries. Reflogs do not; they are expired."""
    tips = {bytes.fromhex(ref.oid): "ref" for ref in facts.refs}
    tips |= {bytes.fromhex(tree.head): "head" for tree in facts.worktrees if tree.head}
    tips |= {bytes.fromhex(entry.new): "stash" for entry in facts.stash}
    return tips


def _lfs_hits(facts: Facts, matcher: Matcher) -> dict[bytes, str]:
    found = {}
    for path in facts.lfs:
        with open(path, "rb") as file:
            if matcher.spans(file.read()):
                name = os.path.basename(path)
                found[name] = name.decode("ascii", "replace")
    return found


def _refuse_unreadable(homes: Homes, acks: Sequence[str]) -> None:
    bad = [text for text in homes.unlooked if text.endswith((": missing", ": corrupt", ": unreadable"))]
    if bad and "unreadable" not in acks:
        reason = f"{len(bad)} objects cannot be read, so nobody knows what is in them: " + ", ".join(bad[:5])
        way = "repair them (git fsck names them all; fetch them from another clone), or pass --ack unreadable"
        raise PreconditionError((Refusal("unreadable", reason, way, True),))


def _work(
    facts: Facts, rewriter: Rewriter, names: Names, matcher: Matcher, lfs: dict[bytes, str]
) -> Work:  # fmt: skip
    work = Work()

    def new(oid: str) -> str:
        mapped = rewriter.map(bytes.fromhex(oid))
        return mapped.hex() if mapped is not None else ""

    for ref in facts.refs:
        name, after = names.ref(ref.name), new(ref.oid)
        if ref.name.startswith(REPLACE):  # its name is the id of what it stands for
            name = REPLACE + _replaced(ref.name.removeprefix(REPLACE), new)
        if name != ref.name or after != ref.oid:
            work.refs.append((shown(ref.name), shown(name), ref.oid, after))
    for tree in facts.worktrees:
        if tree.ref is None and tree.head:
            after = new(tree.head)
            if after != tree.head:
                work.heads.append((tree.head_name, tree.head, after))
        elif tree.ref is not None and names.ref(tree.ref) != tree.ref:
            work.symbolic.append((tree.head_name, shown(tree.ref), shown(names.ref(tree.ref))))
        edits = index_work(tree, rewriter, names, matcher)
        if edits:
            work.index[tree.id] = edits
    for name, target in facts.symbolic.items():
        if names.ref(target) != target:
            work.symbolic.append((shown(name), shown(target), shown(names.ref(target))))
    entries = [(entry.new, new(entry.new)) for entry in facts.stash]
    dirty = any(matcher.spans(entry.rest) for entry in facts.stash)
    if dirty or any(old != after for old, after in entries):
        work.stash = entries
    work.lfs = [
        shown(os.path.relpath(path, facts.repo.common_dir))
        for path in facts.lfs
        if os.path.basename(path) in lfs
    ]
    return work


def _replaced(name: bytes, new: Callable[[str], str]) -> bytes:
    """The id that a replace ref is called after, as it will be."""
    oid = name.decode("ascii", "replace")
    return new(oid).encode() or name if _OID.fullmatch(oid) else name


def _plan(
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
        repository=repository_digest(rewriter),
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
        leakscan=_version(),
        git=repo.git("version").decode().split()[-1],
    )


def repository_digest(rewriter: Rewriter) -> str:
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


def _keep(
    repo: Repository, draft: State, plan: Plan, work: Work, rewriter: Rewriter, writer: PackWriter
) -> State:
    """Check the new objects, and put the draft in its place."""
    problem = _checked(repo, draft, plan, rewriter, writer) if rewriter.stored else ""
    write(draft.file("plan.json"), dumps(plan).encode())
    write(draft.file("commit-map"), rewriter.commit_map.encode())
    draft.save_work(work)
    draft.note(phase="planned", strict=problem, objects=rewriter.stored, checked=writer.trailer)
    state = State(repo, plan.plan_id)
    if state.phase in (None, "planned", "undone"):
        state.discard()
        os.rename(draft.path, state.path)
    else:
        draft.discard()
    return state


def _checked(repo: Repository, draft: State, plan: Plan, rewriter: Rewriter, writer: PackWriter) -> str:
    """Have git check the new objects, and compare them with the old ones meanwhile. What git's stricter checks say."""
    index = run.start(
        main_where(repo), "index-pack", "--strict", "-o", draft.file("new.idx"), draft.file("new.pack")
    )
    store = ObjectStore.of(repo)
    try:
        rows = list(writer.offsets.items())
        new = Pack(draft.file("new.pack"), repo.oid_size, make_index(rows, repo.oid_size))
        store.packs = (*store.packs, new)
        reader = _Known(rewriter, Reader(store))
        check(repo, plan, rewriter.result.commits, reader, rewriter.matcher, rewriter.compared)
    finally:
        store.close()
        _, err = index.communicate()
    said: list[bytes] = []
    if index.returncode:
        said = err.strip().splitlines() or [b"index-pack failed"]
        run.output(main_where(repo), "index-pack", "-o", draft.file("new.idx"), draft.file("new.pack"))
    made = Pack(draft.file("new.pack"), repo.oid_size)
    if bytes(made.names()) != b"".join(sorted(writer.offsets)):
        raise PurgeError("the new objects are not those that were planned", SELF_CHECK)
    made.close()
    return escape(next((line for line in said if line.startswith(b"error:")), said[-1])) if said else ""


class _Known(NamedTuple):
    """Objects, from memory where they were made or read there: git has checked that they are what their ids say."""

    rewriter: Rewriter
    reader: Reader

    def read(self, oid: bytes, /) -> bytes:
        return self.rewriter.commit(oid) or self.reader.read(oid)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("leakscan")
    except PackageNotFoundError:  # run from a directory that was never installed
        return "0"
