"""Which commits a range names."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.content import Skipped
from leakscan.model.errors import UsageError
from leakscan.sources import files

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leakscan.git.repository import Repository

_ZEROS = re.compile(r"0{40,64}")


def listed(repo: Repository, asked: Sequence[str]) -> list[str]:
    """The ids of the commits that are asked for.

    That is one range `A..B` or `A...B`, a single commit, or arguments for `git rev-list` such as
    `("B", "--not", "--remotes=origin")`. An all-zero A, as hooks and CI services give it for a new branch,
    is left out. Raises UsageError for an unknown revision.
    """
    revs = list(asked)
    single = len(revs) == 1 and ".." not in revs[0]
    if len(revs) == 1 and not single:
        left, _, right = revs[0].partition("..")
        if _ZEROS.fullmatch(left):
            revs = [right.lstrip(".") or "HEAD"]
    if revs and revs[0].startswith("-"):
        raise UsageError(f"{revs[0]}: not a revision; give A..B, A...B or a commit")
    options = ("--no-walk",) if single else ()
    status, out, err = run.attempt(repo.where, "rev-list", *options, *revs, "--")
    if status:
        reason = str(run.failure(repo.where, err))
        hint = "in a shallow clone, fetch more history first" if repo.is_shallow else "check its spelling"
        raise UsageError(f"{' '.join(asked)}: no such commits here; {hint} ({reason})")
    return out.decode().split()


def cut_off(repo: Repository, oids: Collection[str]) -> list[Skipped]:
    """Which of the commits with these ids are a shallow clone's boundary: git knows no parents of theirs.

    That a clone is partial does not matter by itself: what a range lacks is named, object by object.
    """
    if not repo.is_shallow:
        return []
    boundary = files.read_small(os.path.join(repo.common_dir, b"shallow")).decode().split()
    detail = "its parents are not here, so all that it holds counts as added; `git fetch --unshallow` helps"
    return [Skipped(f"commit {oid}", "shallow", detail) for oid in sorted(boundary) if oid in oids]
