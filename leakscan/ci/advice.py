"""How each system is told to bring more of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .build import SystemName

DEEPEN: Mapping[SystemName, str] = {
    "github": "give actions/checkout `fetch-depth: 0`",
    "gitlab": "set the variable GIT_DEPTH: 0 for the job",
    "azure": "write `- checkout: self` with `fetchDepth: 0` (a pipeline's settings can ask for a shallow fetch, too)",
    "bitbucket": "write `clone: {depth: full}` for the step or the pipeline",
    "jenkins": "switch off `shallow clone` in the job's Git behaviours, and let its refspec hold the target branch",
    "circleci": "use `- checkout: {method: full}`",
    "git": "`git fetch --unshallow` brings the rest",
}
UNFILTERED: Mapping[SystemName, str] = {
    "github": "take `filter` out of actions/checkout",
    "circleci": DEEPEN["circleci"],
}


def refetch(system: SystemName) -> str:
    """What to do so that the clone has the content that a filter left out of it."""
    return (
        f"{UNFILTERED.get(system, 'clone without --filter')}; or run `git fetch --refetch --no-filter` first"
    )


def fetch(system: SystemName, branch: str | None = None) -> str:
    """What to do so that the clone has what is missing; `branch` is missing by name."""
    named = f"; or run `git fetch origin {branch}:refs/remotes/origin/{branch}` first" if branch else ""
    return f"{DEEPEN[system]}{named}"
