"""Which commits a push brings, as pre-commit tells its hooks of the stage pre-push."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def pushed(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The arguments for `git rev-list` that name the commits to push; none where nothing is pushed.

    What the remote has in another branch (one that was merged, say) is not among them. pre-commit sets
    PRE_COMMIT_FROM_REF and PRE_COMMIT_TO_REF, and neither of them where the remote has nothing of the history yet:
    https://pre-commit.com/#pre-commit-during-push
    """
    end = environ.get("PRE_COMMIT_TO_REF") or environ.get("PRE_COMMIT_LOCAL_BRANCH")
    if not end:
        return ()
    start = environ.get("PRE_COMMIT_FROM_REF", "")
    known = [start] if start.strip("0") else []
    remote = environ.get("PRE_COMMIT_REMOTE_NAME")
    return (end, "--not", *known, f"--remotes={remote}" if remote else "--remotes")
