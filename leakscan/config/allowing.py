"""The allow-list of the configuration, asked about one place of one secret."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from leakscan.model import gitignore
from leakscan.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leakscan.model.rule import Rule

    from .settings import Allowed

TIMEOUT = 0.5  # seconds for one expression on one secret; what takes longer allows nothing


class AllowList:
    """Entries of which one is enough. `idle` are those that have allowed nothing so far, in the order as written."""

    def __init__(self, file: str, entries: Sequence[Allowed]) -> None:
        self._entries = [_Entry(file, e) for e in entries]
        self._marked = any(e.fingerprint is not None for e in entries)
        self._used: set[int] = set()

    def __call__(self, rule: Rule, secret: bytes, path: bytes | None) -> str | None:
        """The first entry that allows `secret` of `rule` at `path` (relative to the root; None: no file), in words."""
        found = list(self._matching(rule, secret, path))
        self._used.update(number for number, _ in found)
        return found[0][1].words if found else None

    @property
    def idle(self) -> tuple[Allowed, ...]:
        return tuple(e.entry for number, e in enumerate(self._entries) if number not in self._used)

    def all(self, rule: Rule, secret: bytes, path: bytes | None) -> tuple[int, ...]:
        """All entries that allow it, by number."""
        return tuple(number for number, _ in self._matching(rule, secret, path))

    def _matching(self, rule: Rule, secret: bytes, path: bytes | None) -> Iterator[tuple[int, _Entry]]:
        mark = Secret(secret).fingerprint(rule.id) if self._marked else ""
        for number, entry in enumerate(self._entries):
            if entry.allows(rule, secret, path, mark):
                yield number, entry


class _Entry:
    """One entry with what it needs compiled, when it is first needed."""

    def __init__(self, file: str, entry: Allowed) -> None:
        self.entry = entry
        self._at: Callable[[str], bool] | None = None
        owner = f" ({entry.owner})" if entry.owner else ""
        self.words = f"allowed by {file}:{entry.line}: {entry.reason}{owner}"

    def allows(self, rule: Rule, secret: bytes, path: bytes | None, mark: str) -> bool:
        """`mark` is the fingerprint of `secret` under `rule`."""
        entry = self.entry
        if entry.fingerprint is not None and entry.fingerprint != mark:
            return False
        if entry.rule is not None and not fnmatchcase(rule.id, entry.rule):
            return False
        if entry.path is not None and (path is None or not self._names(entry.path, path)):
            return False
        return entry.regex is None or _found(entry.regex, secret)

    def _names(self, pattern: str, path: bytes) -> bool:
        if self._at is None:
            self._at = gitignore.matcher([pattern]).match_file
        return self._at(path.decode("utf-8", "surrogateescape"))


def _found(pattern: str, secret: bytes) -> bool:
    import regex

    try:
        return regex.search(pattern.encode(), secret, timeout=TIMEOUT) is not None
    except TimeoutError:
        return False
