"""Where git looks for the hooks of a repository."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from leakscan.git.repository import Repository


class HooksDirectory(NamedTuple):
    """`path` is absolute. `configured`: core.hooksPath names it; `shared`: it lies outside of this repository."""

    path: bytes
    configured: bool
    shared: bool


def hooks_directory(repo: Repository) -> HooksDirectory:
    """The directory that git would run a hook of `repo` from.

    That is `hooks` in the directory that all linked work trees share, unless core.hooksPath (of the user, the
    repository or, with extensions.worktreeConfig, this work tree) names another; a relative one starts where hooks run:
    at the top of the work tree, or in a bare repository. https://git-scm.com/docs/git-config#Documentation/git-config.txt-corehooksPath
    """
    status, out, _ = run.attempt(
        repo.where, "config", "--null", "--show-scope", "--type=path", "--get-all", "core.hooksPath"
    )
    words = out.split(b"\0") if status == 0 else []
    # The scope "command" is leakscan's own: git is never to run a hook for it.
    named = [path for scope, path in zip(words[::2], words[1::2], strict=False) if scope != b"command"]
    if not named or not named[-1]:
        return HooksDirectory(os.path.join(repo.common_dir, b"hooks"), False, False)
    path = os.path.normpath(os.path.join(repo.root, named[-1]))
    return HooksDirectory(path, True, not (_within(path, repo.common_dir) or _within(path, repo.root)))


def _within(path: bytes, directory: bytes) -> bool:
    inner, outer = os.path.realpath(path), os.path.realpath(directory)
    return inner == outer or inner.startswith(os.path.join(outer, b""))
