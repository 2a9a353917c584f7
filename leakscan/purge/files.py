"""Files beside the objects that a purge edits: indexes, work tree files, the stash's log, branch sections of the config."""

from __future__ import annotations

import base64
import os
import stat
from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.atomic import replace_file
from leakscan.sources.gate import encoding

from . import facts as facts_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.repository import Repository

    from .facts import Facts, Worktree
    from .replace import Matcher
    from .state import State, Work

_LARGEST = 256 << 20  # bytes of a work tree file that is edited


def keep_originals(repo: Repository, facts: Facts, work: Work, matcher: Matcher, state: State) -> None:
    """Copy all that `edit` may change, so that it can be put back."""
    kept: dict[str, str] = {}
    modes: dict[str, int] = {}
    paths = configs(facts)
    if work.stash:
        paths.append(os.path.join(repo.common_dir, b"logs", b"refs", b"stash"))
    for tree in facts.worktrees:
        if tree.id in work.index:
            paths.append(os.path.join(tree.git_dir, b"index"))
            paths += _dirty_files(tree, work.index[tree.id], matcher)
    for path in paths:
        data = _read(path)
        if data is not None:
            # The clone may be moved to another place before it is put back.
            name = os.fsdecode(os.path.relpath(path, repo.common_dir))
            kept[name] = base64.b64encode(data).decode()
            modes[name] = os.lstat(path).st_mode
    state.save("originals", {"files": kept, "modes": modes})


def put_back(repo: Repository, state: State) -> None:
    """Undo `edit`."""
    saved = state.load("originals") or {"files": {}, "modes": {}}
    for name, text in saved["files"].items():
        _write(
            os.path.normpath(os.path.join(repo.common_dir, os.fsencode(name))),
            base64.b64decode(text),
            saved["modes"][name],
        )


def edit(repo: Repository, facts: Facts, work: Work, matcher: Matcher) -> None:
    """Bring indexes, work tree files, the stash's log and the config into line. May be done again."""
    for tree in facts.worktrees:
        rows = work.index.get(tree.id)
        if rows:
            dirty = _dirty_files(tree, rows, matcher)
            _index(repo, tree, rows)
            for path in dirty:
                data = _read(path)
                if data is not None:
                    _write(path, _without(data, matcher), os.lstat(path).st_mode)
            run.attempt(
                run.silenced(facts_room.worktree_where(repo, tree)), "update-index", "-q", "--refresh"
            )
    if work.stash:
        _stash(repo, work, matcher)
    _config(facts, matcher)


def _index(repo: Repository, tree: Worktree, rows: Sequence[tuple[str, str, str, str, str]]) -> None:
    here = {(entry.path, entry.oid) for entry in tree.staged}
    lines: list[bytes] = []
    null = b"0" * (2 * repo.oid_size)
    for path, new_path, mode, old, new in rows:
        raw, new_raw = (text.encode("utf-8", "surrogateescape") for text in (path, new_path))
        if (raw, old) not in here:
            continue
        if not new or raw != new_raw:
            lines.append(b"0 %s\t%s" % (null, raw))
            old_file = os.path.join(tree.path or b"", raw)
            if new and tree.path is not None and os.path.lexists(old_file):
                target = os.path.join(tree.path, new_raw)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                if not os.path.lexists(target):
                    os.rename(old_file, target)
        if new:
            lines.append(b"%s %s 0\t%s" % (mode.encode(), new.encode(), new_raw))
    if lines:
        where = facts_room.worktree_where(repo, tree)
        run.output(where, "update-index", "-z", "--index-info", input=b"\0".join(lines) + b"\0")
    if any(path != new_path for path, new_path, *_ in rows):
        _renew(repo, tree)


def _renew(repo: Repository, tree: Worktree) -> None:
    """The index without its extensions, which remember names of files and directories that are gone."""
    path = os.path.join(tree.git_dir, b"index")
    fresh = path + b".leakscan"
    where = facts_room.worktree_where(repo, tree)
    entries = run.output(where, "ls-files", "-z", "--stage")
    if os.path.exists(fresh):
        os.unlink(fresh)
    if entries:
        other = where._replace(env=(*where.env, ("GIT_INDEX_FILE", os.fsdecode(fresh))))
        run.output(other, "update-index", "-z", "--index-info", input=entries)
        os.replace(fresh, path)


def _dirty_files(
    tree: Worktree, rows: Sequence[tuple[str, str, str, str, str]], matcher: Matcher
) -> list[bytes]:
    """The files of a work tree, among those whose index entry changes or that are changed, that have a secret."""
    if tree.path is None:
        return []
    names = {name.encode("utf-8", "surrogateescape") for row in rows for name in row[:2] if row[4]}
    found = []
    for name in sorted(names | set(tree.changed)):
        path = os.path.join(tree.path, name)
        if not name or _leaves(tree.path, path):
            continue
        data = _read(path)
        if data is not None and matcher.spans(data):
            found.append(path)
    return found


def _leaves(root: bytes, path: bytes) -> bool:
    """Whether a path goes through a symbolic link, perhaps out of the work tree."""
    parent = os.path.dirname(path)
    return os.path.realpath(parent) != os.path.normpath(
        os.path.join(os.path.realpath(root), os.path.relpath(parent, root))
    )


def _read(path: bytes) -> bytes | None:
    """A file's bytes or a symbolic link's target; None for anything else."""
    try:
        info = os.lstat(path)
        if stat.S_ISLNK(info.st_mode):
            return os.readlink(path)
        if not stat.S_ISREG(info.st_mode) or info.st_size > _LARGEST:
            return None
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _write(path: bytes, data: bytes, mode: int) -> None:
    if stat.S_ISLNK(mode):
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(data, path)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # Always the same name: what an interruption leaves behind is overwritten when the work is taken up again.
    beside = path + b".leakscan-purge"
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    os.chmod(beside, stat.S_IMODE(mode))
    os.replace(beside, path)


def _without(data: bytes, matcher: Matcher) -> bytes:
    binary = b"\0" in data and encoding(data) is None
    return matcher.replaced(data, "same" if binary else "free")


def _stash(repo: Repository, work: Work, matcher: Matcher) -> None:
    path = os.path.join(repo.common_dir, b"logs", b"refs", b"stash")
    entries = facts_room.stash_entries(repo.common_dir)
    new = dict(work.stash)
    lines: list[bytes] = []
    previous = "0" * (2 * repo.oid_size)
    for entry in entries:
        oid = new.get(entry.new, entry.new)
        if entry.rest.startswith(b"leakscan purge "):
            continue  # what moving refs/stash has written
        lines.append(b"%s %s %s\n" % (previous.encode(), oid.encode(), matcher.replaced(entry.rest)))
        previous = oid
    replace_file(os.fsdecode(path), lines)


def configs(facts: Facts) -> list[bytes]:
    """The configuration files of a repository and of its work trees."""
    paths = [os.path.join(facts.repo.common_dir, b"config")]
    paths += (os.path.join(tree.git_dir, b"config.worktree") for tree in facts.worktrees)
    return [path for path in paths if os.path.isfile(path)]


def settings(facts: Facts, matcher: Matcher) -> list[bytes]:
    """The keys of settings that have a secret in them, secrets replaced."""
    found = []
    for path in configs(facts):
        if matcher.spans(_read(path) or b""):
            out = run.output(facts.repo.where, "config", "--no-includes", "-z", "--list", "--file", path)
            hits = [item for item in out.split(b"\0") if matcher.spans(item)]
            found += sorted({matcher.name(item.split(b"\n")[0]) for item in hits} or {os.path.basename(path)})
    return found


def _config(facts: Facts, matcher: Matcher) -> None:
    """Sections of branches whose names have changed, and settings that have a secret, such as in a URL."""
    for path in configs(facts):
        data = _read(path)
        if data is not None and matcher.spans(data):
            replace_file(os.fsdecode(path), [matcher.name(data)])
