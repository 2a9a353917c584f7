"""Removing the old history from this clone, and saying "clean" only after everything was looked at once more."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.errors import UsageError

from . import act, checks, gitdir
from . import facts as facts_room
from .compact import OF_PACKS, SETTINGS, compact
from .model import CHANGED, SURVIVES, PurgeError
from .recover import recover, seal
from .refs import main_where
from .replace import Matcher
from .state import State, drafts
from .verify import Verdict, after, fingerprint, look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.repository import Repository

    from .compact import Kept
    from .facts import Facts
    from .model import Plan

_KEPT_UNTIL_CLEAN = ("originals", "work", "new.pack", "new.idx", "sealed", "searched", "gone")
_STALE = (
    b"ORIG_HEAD", b"FETCH_HEAD", b"AUTO_MERGE", b"COMMIT_EDITMSG", b"MERGE_MSG", b"SQUASH_MSG", b"TAG_EDITMSG",
    b"NOTES_EDITMSG", b"EDIT_DESCRIPTION", b"gitk.cache",
)  # fmt: skip
_STALE_COMMON = (b"rr-cache", b"lost-found", b"filter-repo", b"info/refs", b"objects/info/packs")


def cleanup(
    repo: Repository, plan: Plan, *, secrets: Sequence[bytes] = (), aggressive: bool = False
) -> Verdict:
    """Make the old objects go. Undo is not possible afterwards.

    Raises PreconditionError (something pins old objects), PurgeError (CHANGED: not run yet), UsageError (the secret
    has to be given again). The verdict says what is left; nothing should be.
    """
    state = State(repo, plan.plan_id)
    phase = state.phase
    if phase not in ("moved", "cleaning", "clean") and not (plan.is_empty and phase != "moving"):
        raise PurgeError("the plan has not been carried out in this clone: run it first", CHANGED)
    facts = facts_room.gather(repo)
    checks.before_cleanup(facts, acks=plan.acks)
    try:
        found = recover(repo, plan, secrets)
        matcher = Matcher(found, plan.token.encode())
    except UsageError:
        if phase != "clean" or state.facts().get("certificate") != fingerprint(repo):
            raise
        state.remove(*_KEPT_UNTIL_CLEAN)
        return Verdict(objects=state.facts().get("objects_searched", 0), files=0, certified=True)
    if phase != "clean":
        state.create()
        seal(repo, plan, found, every=True)
        state.note(phase="cleaning")
    work = state.work()
    if work is not None:
        for name in work.lfs:
            path = os.path.join(repo.common_dir, name.encode("utf-8", "surrogateescape"))
            if os.path.exists(path):
                os.unlink(path)
    for draft in drafts(repo):
        draft.discard()
    _expire(repo, facts)
    _stale(repo, facts, matcher)
    _forget_conflicts(repo, facts)
    act.unpin(repo)
    for path in facts.keeps:
        os.unlink(path)
    kept = _collect(repo, state, facts, matcher)
    _others(facts, matcher)
    verdict = look(repo, plan, matcher) if kept is None else after(repo, plan, matcher, kept)
    if verdict.clean:
        # In this order: interrupted in between, the next cleanup knows that there is nothing left to look for.
        state.note(phase="clean", certificate=fingerprint(repo), objects_searched=verdict.objects)
        state.remove(*_KEPT_UNTIL_CLEAN)
    return verdict


def exit_code(verdict: Verdict) -> int:
    """0 where nothing is left."""
    return 0 if verdict.clean else SURVIVES


def _expire(repo: Repository, facts: Facts) -> None:
    """Empty all reflogs but the stash's, which is a list of what somebody wants to keep."""
    kept = os.path.join(repo.common_dir, b"logs", b"refs", b"stash")
    for directory in {repo.common_dir, *(tree.git_dir for tree in facts.worktrees)}:
        for parent, _, names in os.walk(os.path.join(directory, b"logs")):
            for name in names:
                path = os.path.join(parent, name)
                if path != kept and os.path.isfile(path) and not os.path.islink(path):
                    os.truncate(path, 0)


def _forget_conflicts(repo: Repository, facts: Facts) -> None:
    """An index remembers the sides of conflicts that were resolved, for `git checkout -m`, and keeps their blobs."""
    for tree in facts.worktrees:
        where = facts_room.worktree_where(repo, tree)
        if tree.path is not None and os.path.exists(os.path.join(tree.git_dir, b"index")):
            run.output(where, "update-index", "--clear-resolve-undo")


def _stale(repo: Repository, facts: Facts, matcher: Matcher) -> None:
    """Files that only say what was, or that are made again when they are needed."""
    for tree in facts.worktrees:
        for name in _STALE:
            _remove(os.path.join(tree.git_dir, name))
        shared = [name for name in _names(tree.git_dir) if name.startswith(b"sharedindex.")]
        if shared:
            run.output(facts_room.worktree_where(repo, tree), "update-index", "--no-split-index")
            for name in shared:
                _remove(os.path.join(tree.git_dir, name))
    for name in _STALE:
        _remove(os.path.join(repo.common_dir, name))
    for name in _STALE_COMMON:
        _remove(os.path.join(repo.common_dir, name))
    objects = repo.objects_dir
    for name in _names(os.path.join(objects, b"pack")):
        if name.startswith((b"tmp_", b".tmp-", b"multi-pack-index-")) or name == b"multi-pack-index":
            _remove(os.path.join(objects, b"pack", name))
    packs = set(_names(os.path.join(objects, b"pack")))
    for name in packs:  # what an interruption has left of a pack that was removed
        stem, suffix = os.path.splitext(name)
        if suffix in OF_PACKS and stem + b".pack" not in packs:
            _remove(os.path.join(objects, b"pack", name))
    for name in _names(objects):
        if name.startswith((b"tmp_", b"incoming-")):
            _remove(os.path.join(objects, name))


def _collect(repo: Repository, state: State, facts: Facts, matcher: Matcher) -> Kept | None:
    """One pack of what stays, and nothing else. What `compact` says, where it knew what that is."""
    where = main_where(repo)._replace(settings=SETTINGS)
    graphs = [os.path.join(repo.objects_dir, b"info", name) for name in (b"commit-graph", b"commit-graphs")]
    graph = any(map(os.path.exists, graphs))
    for path in graphs:
        _remove(path)
    run.output(where, "pack-refs", "--all", "--prune")
    kept = compact(repo, state, facts, matcher)
    if kept is None:
        run.output(where, "repack", "-a", "-d", "-q", "--no-write-bitmap-index")
        run.output(where, "prune", "--expire=now")
    if graph:
        run.output(where, "commit-graph", "write", "--reachable")
    return kept


def _others(facts: Facts, matcher: Matcher) -> None:
    """Empty directories of refs and logs are named after what was in them."""
    for name in (b"refs", b"logs"):
        top = os.path.join(facts.repo.common_dir, name)
        for parent, _, _ in os.walk(top, topdown=False):
            if matcher.spans(parent.removeprefix(top)) and not _names(parent):
                os.rmdir(parent)
    for path in gitdir.search(facts, matcher).hits:
        relative = os.path.relpath(path, facts.repo.common_dir)
        if relative.startswith(b"logs/") and relative != b"logs/refs/stash":
            _remove(path)


def _remove(path: bytes) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _names(directory: bytes) -> list[bytes]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
