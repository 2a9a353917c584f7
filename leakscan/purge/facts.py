"""What a repository is like, as far as a purge cares: read, not judged, and nothing is changed."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leakscan.git import refs as git_refs
from leakscan.git import run
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.git.refs import Ref
    from leakscan.git.repository import Repository

OWN = b"leakscan"  # the directory in the git directory that purges keep their state in
_STATES = {
    b"rebase-merge": "a rebase", b"rebase-apply": "a rebase or `git am`", b"MERGE_HEAD": "a merge",
    b"CHERRY_PICK_HEAD": "a cherry-pick", b"REVERT_HEAD": "a revert", b"sequencer": "a sequence of picks",
    b"BISECT_LOG": "a bisection",
}  # fmt: skip
_LOG = re.compile(rb"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (.*)$", re.DOTALL)


class IndexEntry(NamedTuple):
    """One line of an index. `oid` is hex."""

    mode: bytes
    oid: str
    stage: int
    path: bytes


class Worktree(NamedTuple):
    """The main work tree (id ""), or a linked one. `path` is None for a bare repository."""

    id: str
    path: bytes | None
    git_dir: bytes
    ref: bytes | None  # what HEAD is attached to; None where it is detached
    head: str  # hex; "" before the first commit
    staged: tuple[IndexEntry, ...]  # all of its index
    changed: tuple[bytes, ...]  # paths with staged or unstaged changes
    in_progress: tuple[str, ...]

    @property
    def head_name(self) -> str:
        """HEAD's name in the main repository's ref store."""
        return f"worktrees/{self.id}/HEAD" if self.id else "HEAD"


class StashEntry(NamedTuple):
    """A line of the stash's reflog, oldest first in the file. `rest` is who, when and the message."""

    old: str
    new: str
    rest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """See the module."""

    repo: Repository
    refs: tuple[Ref, ...]
    symbolic: dict[bytes, bytes]
    worktrees: tuple[Worktree, ...]
    stash: tuple[StashEntry, ...]
    grafts: bool
    reftable: bool
    precious: bool
    promisor: bool
    alternates: tuple[str, ...]
    borrowers: tuple[str, ...]  # repositories nearby that use this one's objects
    keeps: tuple[bytes, ...]  # packs with a .keep that is not a purge's
    locks: tuple[str, ...]
    modules: tuple[bytes, ...]  # git directories of submodules
    lfs: tuple[bytes, ...]  # files of the LFS store
    remotes: tuple[str, ...]
    reflogs: int  # that are not empty, the stash's aside

    @property
    def ref_map(self) -> dict[bytes, str]:
        return {ref.name: ref.oid for ref in self.refs}


def gather(repo: Repository) -> Facts:
    """Look at a repository. Raises GitError."""
    common = repo.common_dir
    symbolic: dict[bytes, bytes] = {}
    for line in repo.git("for-each-ref", "--format=%(refname)%00%(symref)").splitlines():
        name, target = line.split(b"\0")
        if target:
            symbolic[name] = target
    pack_dir = os.path.join(repo.objects_dir, b"pack")
    return Facts(
        repo=repo,
        refs=git_refs.refs(repo),
        symbolic=symbolic,
        worktrees=tuple(_worktrees(repo)),
        stash=stash_entries(common),
        grafts=_has_text(os.path.join(common, b"info", b"grafts")),
        reftable=os.path.isdir(os.path.join(common, b"reftable")),
        precious=config(repo, "extensions.preciousObjects") == "true",
        promisor=repo.is_partial or bool(config(repo, "extensions.partialClone")),
        alternates=tuple(_alternates(repo)),
        borrowers=tuple(_borrowers(repo)),
        keeps=tuple(
            os.path.join(pack_dir, name)
            for name in _listed(pack_dir)
            if name.endswith(b".keep") and not own_keep(os.path.join(pack_dir, name))
        ),
        locks=tuple(
            os.fsdecode(name)
            for name in (b"index.lock", b"packed-refs.lock", b"HEAD.lock", b"shallow.lock", b"gc.pid")
            if os.path.exists(os.path.join(common, name))
        ),
        modules=tuple(_modules(os.path.join(common, b"modules"))),
        lfs=tuple(_files(os.path.join(common, b"lfs", b"objects"))),
        remotes=tuple(repo.git("remote").decode("utf-8", "replace").split()),
        reflogs=_reflogs(common),
    )


def refs_digest(facts: Facts) -> str:
    """A digest over every ref and HEAD: whatever is committed, fetched or switched to changes it."""
    lines = [b"%s %s" % (ref.name, ref.oid.encode()) for ref in facts.refs]
    lines += [b"%s %s" % (t.head_name.encode(), t.ref or t.head.encode()) for t in facts.worktrees]
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()


def config(repo: Repository, key: str) -> str:
    """A setting's last value; "" where it is not set."""
    _, out, _ = run.attempt(repo.where, "config", "--get", key)
    return out.decode("utf-8", "replace").strip().lower()


def own_keep(path: bytes) -> bool:
    """Whether a .keep file is a purge's."""
    try:
        with open(path, "rb") as file:
            return file.read(64).startswith(b"leakscan purge")
    except OSError:
        return False


def worktree_where(repo: Repository, tree: Worktree) -> run.Where:
    """How git finds one of a repository's work trees."""
    env = [("GIT_DIR", os.fsdecode(tree.git_dir))]
    if tree.path is not None:
        env.append(("GIT_WORK_TREE", os.fsdecode(tree.path)))
    return run.Where(cwd=tree.path or tree.git_dir, env=tuple(env))


def index_entries(where: run.Where) -> tuple[IndexEntry, ...]:
    """What an index holds."""
    found = []
    for line in run.output(where, "ls-files", "-z", "--stage").split(b"\0"):
        if line:
            facts, _, path = line.partition(b"\t")
            mode, oid, stage = facts.split(b" ")
            found.append(IndexEntry(mode, oid.decode(), int(stage), path))
    return tuple(found)


def _worktrees(repo: Repository) -> Iterator[Worktree]:
    out = repo.git("worktree", "list", "--porcelain", "-z")
    for number, block in enumerate(out.split(b"\0\0")):
        lines: dict[bytes, bytes] = {}
        for line in block.split(b"\0"):
            key, _, value = line.partition(b" ")
            lines[key] = value
        if b"worktree" not in lines or b"prunable" in lines:
            continue
        path: bytes | None = lines[b"worktree"]
        bare = b"bare" in lines
        if number == 0:
            git_dir, name = repo.common_dir, ""
            if not bare and repo.git_dir == repo.common_dir and repo.work_tree is not None:
                path = repo.work_tree
        else:
            assert path is not None
            git_dir = _linked(path)
            name = os.fsdecode(os.path.basename(git_dir))
        tree = Worktree(name, None if bare else path, git_dir, None, "", (), (), ())
        where = worktree_where(repo, tree)
        status, ref, _ = run.attempt(where, "symbolic-ref", "-q", "HEAD")
        found, head, _ = run.attempt(where, "rev-parse", "--verify", "-q", "HEAD")
        tree = tree._replace(
            ref=ref.strip() if status == 0 else None, head=head.decode().strip() if found == 0 else ""
        )
        if not bare:
            progress = tuple(
                what for file, what in _STATES.items() if os.path.exists(os.path.join(git_dir, file))
            )
            tree = tree._replace(staged=index_entries(where), changed=_changed(where), in_progress=progress)
        yield tree


def _linked(path: bytes) -> bytes:
    with open(os.path.join(path, b".git"), "rb") as file:
        named: bytes = file.read().removeprefix(b"gitdir: ").strip()
    return os.path.normpath(os.path.join(path, named))


def _changed(where: run.Where) -> tuple[bytes, ...]:
    quiet = run.silenced(where)
    out = run.output(quiet, "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames")
    return tuple(line[3:] for line in out.split(b"\0") if line)


def stash_entries(common: bytes) -> tuple[StashEntry, ...]:
    """The stash's reflog, oldest first."""
    try:
        with open(os.path.join(common, b"logs", b"refs", b"stash"), "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return ()
    parsed = [_LOG.match(line) for line in lines]
    return tuple(StashEntry(m[1].decode(), m[2].decode(), m[3]) for m in parsed if m)


def _reflogs(common: bytes) -> int:
    kept = os.path.join(common, b"logs", b"refs", b"stash")
    logs = (*_files(os.path.join(common, b"logs")), *_files(os.path.join(common, b"worktrees")))
    return sum(b"/logs/" in path and path != kept and os.path.getsize(path) > 0 for path in logs)


def _alternates(repo: Repository) -> Iterator[str]:
    try:
        with open(os.path.join(repo.objects_dir, b"info", b"alternates"), "rb") as file:
            yield from (os.fsdecode(line) for line in file.read().splitlines() if line.strip())
    except OSError:
        return


def _borrowers(repo: Repository) -> Iterator[str]:
    """Nobody notes who borrows objects; those that lie beside the repository are found."""
    own = os.path.realpath(repo.objects_dir)
    parent = os.path.dirname(os.path.realpath(repo.root))
    for name in _listed(parent):
        for inner in (b".git/objects", b"objects"):
            path = os.path.join(parent, name, inner, b"info", b"alternates")
            try:
                with open(path, "rb") as file:
                    lines = file.read(1 << 16).splitlines()
            except OSError:
                continue
            base = os.path.join(parent, name, inner)
            if any(os.path.realpath(os.path.join(base, line)) == own for line in lines if line):
                yield os.fsdecode(os.path.join(parent, name))


def _modules(directory: bytes) -> Iterator[bytes]:
    for parent, names, _ in os.walk(directory):
        if os.path.isfile(os.path.join(parent, b"HEAD")) and os.path.isdir(os.path.join(parent, b"objects")):
            names[:] = [b"modules"] if b"modules" in names else []
            yield parent


def _files(directory: bytes) -> Iterator[bytes]:
    for parent, _, names in os.walk(directory):
        yield from (os.path.join(parent, name) for name in sorted(names))


def _listed(directory: bytes) -> list[bytes]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _has_text(path: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return any(line.strip() and not line.startswith(b"#") for line in file)
    except OSError:
        return False
