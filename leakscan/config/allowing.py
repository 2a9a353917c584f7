"""The allow-list of the configuration, asked about one place of one secret."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from leakscan.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakscan.model.rule import Rule

    from .settings import Allowed

TIMEOUT = 0.5  # seconds for one expression on one secret; what takes longer allows nothing


class AllowList:
    """Entries of which one is enough."""

    def __init__(self, file: str, entries: Sequence[Allowed]) -> None:
        self._entries = [_Entry(file, e) for e in entries]

    def __call__(self, rule: Rule, secret: bytes, path: bytes | None) -> str | None:
        """The first entry that allows `secret` of `rule` at `path` (relative to the root; None: no file), in words."""
        for entry in self._entries:
            if entry.allows(rule, secret, path):
                return entry.words
        return None

    def all(self, rule: Rule, secret: bytes, path: bytes | None) -> tuple[Allowed, ...]:
        """All entries that allow it."""
        return tuple(entry.entry for entry in self._entries if entry.allows(rule, secret, path))


class _Entry:
    """One entry with what it needs compiled, when it is first needed."""

    def __init__(self, file: str, entry: Allowed) -> None:
        self.entry = entry
        self._at: Callable[[str], bool] | None = None
        owner = f" ({entry.owner})" if entry.owner else ""
        self.words = f"allowed by {file}:{entry.line}: {entry.reason}{owner}"

    def allows(self, rule: Rule, secret: bytes, path: bytes | None) -> bool:
        entry = self.entry
        if entry.rule is not None and not fnmatchcase(rule.id, entry.rule):
            return False
        if entry.fingerprint is not None and Secret(secret).fingerprint(rule.id) != entry.fingerprint:
            return False
        if entry.path is not None and (path is None or not self._names(entry.path, path)):
            return False
        return entry.regex is None or _found(entry.regex, secret)

    def _names(self, pattern: str, path: bytes) -> bool:
        if self._at is None:
            from pathspec import GitIgnoreSpec

            self._at = GitIgnoreSpec.from_lines([pattern]).match_file
        # Not surrogates for invalid bytes: some of pathspec's back ends cannot encode them.
        return self._at(path.decode("utf-8", "replace"))


def _found(pattern: str, secret: bytes) -> bool:
    import regex

    try:
        return regex.search(pattern.encode(), secret, timeout=TIMEOUT) is not None
    except TimeoutError:
        return False
