"""What a path says about a finding: judged after locating, since one blob can live under many paths."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from leakscan.model import gitignore

if TYPE_CHECKING:
    from leakscan.model.rule import Rule

_LISTS = frozenset(
    (
        b".secrets.baseline",
        b".gitleaksignore",
        b".betterleaksignore",
        b".secretsignore",
        b".leakscan-baseline.json",
    )
)


def reason(rule: Rule, path: bytes | None) -> str | None:
    """Why `rule` does not count at `path`, or None. A place without a path (a message) has nothing to say."""
    if path is None:
        return "a rule for files of certain names" if rule.paths else None
    if rule.paths and not matches(rule.paths, path):
        return "not a path that the rule is for"
    if rule.exclude_paths and matches(rule.exclude_paths, path):
        return "a path that the rule leaves out"
    if rule.generic and path.rpartition(b"/")[2] in _LISTS:
        return "a scanner's list of known findings: hashes, and where they were"
    return None


def matches(patterns: Sequence[str], path: bytes) -> bool:
    """Whether `path` (relative, `/`-separated) is named by gitignore-style `patterns`; the last that matches decides.

    https://git-scm.com/docs/gitignore#_pattern_format
    """
    return _spec(tuple(patterns)).match_file(path.decode("utf-8", "surrogateescape"))


@lru_cache(maxsize=1024)
def _spec(patterns: tuple[str, ...]) -> gitignore.Matcher:
    return gitignore.matcher(patterns)
