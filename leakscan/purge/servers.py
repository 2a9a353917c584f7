"""What servers keep out of their clients' reach, and what they say when they refuse a push."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Which server keeps what under refs/, out of its clients' reach.
HIDDEN = {
    "pull": "pull requests (GitHub, Azure DevOps)",
    "merge-requests": "merge requests (GitLab)",
    "keep-around": "kept commits (GitLab)",
    "pipelines": "pipelines (GitLab)",
    "environments": "deployments (GitLab)",
    "pull-requests": "pull requests (Bitbucket)",
    "changes": "changes (Gerrit)",
    "cache-automerge": "merges (Gerrit)",
    "for": "reviews (Gerrit)",
    "meta": "settings (Gerrit)",
    "users": "users (Gerrit)",
    "groups": "groups (Gerrit)",
    "starred-changes": "stars (Gerrit)",
    "draft-comments": "comments (Gerrit)",
}

# What servers say, and what to do about it.
_HINTS = {
    r"stale info": "somebody pushed in the meantime: fetch, plan and run again, then push",
    r"protected|GH006|GH013|rule violations|not allowed to force.push": (
        "the branch is protected: allow force pushes to it for yourself (branch protection, rulesets), push again, "
        "then protect it again"
    ),
    r"non-fast-forward|denyNonFastForwards": (
        "the server forbids force pushes: its administrator sets receive.denyNonFastForwards to false for this push"
    ),
    r"deletion prohibited|denyDeletes": (
        "the server forbids deleting: its administrator sets receive.denyDeletes to false for this push"
    ),
    r"hidden ref": "no client may write this ref; ask the server's support (leakscan purge handoff)",
    r"unpack|fsck|badTimezone|index-pack|bad pack": (
        "the server checks objects and refuses an old commit's malformed line: its administrator relaxes "
        "receive.fsckObjects (receive.fsck.MESSAGE=warn) for this push"
    ),
    r"hook declined": "a hook of the server refused; see what it said, and ask its administrator",
    r"checked out": "the server is a working clone: check out another branch there",
    r"atomic": "another ref was refused, so none was changed; --no-atomic pushes the others",
}


def hint(reason: str, said: Sequence[str] = ()) -> str:
    """What to do about a refusal, from the reason that the server gave and what it said besides."""
    text = " ".join((reason, *said)) if "atomic" not in reason else reason
    return next((way for pattern, way in _HINTS.items() if re.search(pattern, text, re.IGNORECASE)), "")
