"""A copy of the whole git directory, tried before anything is changed.

Packs are linked where the file system can, so that it takes little room. A bundle would not do: it has no reflogs, no stash
entries, no indexes. The copy holds the live secret.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from leakscan.git import refs as git_refs
from leakscan.git import run
from leakscan.git.repository import Repository
from leakscan.model.errors import UsageError
from leakscan.model.text import escape

from .facts import OWN
from .model import PreconditionError, Refusal

if TYPE_CHECKING:
    from .facts import Facts

MANIFEST = b"manifest.sha256"


def make(repo: Repository, facts: Facts, plan_id: str, to: bytes | None = None) -> str:
    """Back up, and try the copy; returns its path. Raises PreconditionError: it cannot be made, or is not sound."""
    root = os.path.realpath(repo.common_dir if repo.is_bare else repo.work_tree or repo.common_dir)
    target = os.path.abspath(to) if to else root + b".purge-backup-" + plan_id.encode()
    if os.path.exists(os.path.join(target, MANIFEST)):
        return os.fsdecode(target)
    inside = os.path.realpath(target).startswith(os.path.realpath(repo.common_dir) + b"/")
    if inside:
        raise UsageError("the backup must not be inside of the git directory")
    partial = target + b".partial"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        os.makedirs(partial, mode=0o700)
        _copy(repo.common_dir, os.path.join(partial, b"git"))
        problem = _try(repo, os.path.join(partial, b"git"))
        if not problem:
            # In this order: what has a manifest under its own name was tried.
            _manifest(partial)
            os.replace(partial, target)
    except OSError as error:
        problem = error.strerror or "it cannot be written"
    if problem:
        shutil.rmtree(partial, ignore_errors=True)
        way = "put it elsewhere with --backup-to DIR, or go on without with --no-backup"
        raise PreconditionError((Refusal("backup", f"backup in {escape(target)}: {problem}", way),))
    return os.fsdecode(target)


def shred(path: bytes) -> int:
    """Remove a backup; returns how many files it had. Linked packs are only unlinked. Raises UsageError: it is none."""
    if not os.path.exists(os.path.join(path, MANIFEST)):
        raise UsageError(f"{escape(path)} is no backup of a purge")
    count = sum(len(names) for _, _, names in os.walk(path))
    shutil.rmtree(path)
    return count


def _copy(source: bytes, target: bytes) -> None:
    """Objects are linked: git never changes them in place. Everything else is copied."""
    for parent, directories, names in os.walk(source):
        relative = os.path.relpath(parent, source)
        if relative == b".":
            directories[:] = [name for name in directories if name != OWN]
        there = os.path.join(target, relative)
        os.makedirs(there, mode=0o700, exist_ok=True)
        for name in names:
            old, new = os.path.join(parent, name), os.path.join(there, name)
            if os.path.islink(old):
                os.symlink(os.readlink(old), new)
            elif relative.split(b"/")[0] == b"objects":
                try:
                    os.link(old, new)
                except OSError:
                    shutil.copy2(old, new)
            elif os.path.isfile(old):
                shutil.copy2(old, new)


def _manifest(target: bytes) -> None:
    lines = []
    for parent, _, names in os.walk(target):
        for name in sorted(names):
            path = os.path.join(parent, name)
            if os.path.islink(path):
                continue
            digest = hashlib.sha256()
            with open(path, "rb") as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
            lines.append(f"{digest.hexdigest()}  ".encode() + os.path.relpath(path, target) + b"\n")
    with open(os.path.join(target, MANIFEST), "wb") as file:
        file.writelines(sorted(lines))


def _try(repo: Repository, git_dir: bytes) -> str:
    """Whether the copy is a repository with the same refs and all objects behind them; "" or what is wrong."""
    where = run.Where(cwd=git_dir, env=(("GIT_DIR", os.fsdecode(git_dir)),))
    out = run.output(where, "for-each-ref", "--format=%(refname) %(objectname) %(symref)")
    refs = [line.split(b" ") for line in out.splitlines()]
    here = {(ref.name, ref.oid.encode()) for ref in git_refs.refs(repo)}
    if {(name, oid) for name, oid, symbolic in refs if not symbolic} != here:
        return "its refs are not those of the repository"
    status, _, err = run.attempt(where, "rev-list", "--objects", "--all", "--quiet")
    return escape(err.strip().splitlines()[-1]) if status else ""
