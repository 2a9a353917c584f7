"""What a path says about a finding: judged after locating, since one blob can live under many paths."""

from __future__ import annotations

import re
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
_GUESSES = ("generic", "entropy", "definition", "fallback", "declared")
"""Of rules that go by a name or by randomness alone."""
_LOCKS = re.compile(
    rb"(?:package-lock\.json|npm-shrinkwrap\.json|(?:yarn|Cargo|poetry|Pipfile|Gemfile|composer|uv|pdm|mix|pubspec|flake|bun"
    rb"|deno|Podfile|gems|conda-lock|Chart)\.(?:lock|lockb|locked|yml)|(?:pnpm-lock|conda-lock)\.ya?ml"
    rb"|packages\.lock\.json|Package\.resolved|go\.(?:sum|work\.sum)|\.terraform\.lock\.hcl|gradle\.lockfile|MODULE\.bazel\.lock)"
)
_URL_PARTS = ("generic.token", "generic.auth", "generic.bearer")
"""What can stand in the address that a package comes from."""
_OF_TRANSLATIONS = frozenset(
    b"locale locales _locales i18n l10n lang langs language languages translation translations nls".split()
)
_TEXTS = frozenset(
    b"json json5 yml yaml php properties strings resx ts js mjs xml ini toml rb py csv".split()
)
_CATALOGUES = frozenset(b"po pot xlf xlif xliff arb ftl lang".split())
_TRANSLATION = re.compile(
    rb"(?:[^/]+\.lproj/[^/]+\.strings|values(?:-[a-z]{2,3}(?:-r[a-z]{2})?)?/strings[^/]*\.xml"
    rb"|[^/]*/[^/]*(?:messages|strings|resources|labels|translations?|locale)[_.-][a-z]{2}(?:[_-][a-z]{2,4})?"
    rb"\.(?:properties|json|resx|ya?ml|js|ts|php|xml))"
)
"""The last folder and the name of a file, in lower case."""


def reason(rule: Rule, path: bytes | None, secret: bytes) -> str | None:
    """Why `rule` does not count for `secret` at `path`, or None. A place without a path (a message) has nothing to say."""
    if path is None:
        return "a rule for files of certain names" if rule.paths else None
    if rule.paths and not matches(rule.paths, path):
        return "not a path that the rule is for"
    if rule.exclude_paths and matches(rule.exclude_paths, path):
        return "a path that the rule leaves out"
    if rule.generic and path.rpartition(b"/")[2] in _LISTS:
        return "a scanner's list of known findings: hashes, and where they were"
    if rule.generic and rule.id.partition(".")[0] in _GUESSES:
        if rule.id not in _URL_PARTS and _LOCKS.fullmatch(path.rpartition(b"/")[2]):
            return "a lock file: versions, and hashes of packages"
        if _is_spoken(secret) and _is_translation(path):
            return "a translation: what a page says"
    return None


def _is_translation(path: bytes) -> bool:
    *folders, name = path.lower().split(b"/")
    stem, _, ending = name.rpartition(b".")
    if not stem:
        return False
    of_translations = ending in _TEXTS and not _OF_TRANSLATIONS.isdisjoint(folders)
    last = b"/".join([*folders[-1:], name]) if folders else b"/" + name
    return ending in _CATALOGUES or of_translations or _TRANSLATION.fullmatch(last) is not None


def _is_spoken(secret: bytes) -> bool:
    """Whether a value could be words of some language, as a random one hardly is."""
    return not any(48 <= byte <= 57 for byte in secret)


def matches(patterns: Sequence[str], path: bytes) -> bool:
    """Whether `path` (relative, `/`-separated) is named by gitignore-style `patterns`; the last that matches decides.

    https://git-scm.com/docs/gitignore#_pattern_format
    """
    return _spec(tuple(patterns)).match_file(path.decode("utf-8", "surrogateescape"))


@lru_cache(maxsize=1024)
def _spec(patterns: tuple[str, ...]) -> gitignore.Matcher:
    return gitignore.matcher(patterns)
