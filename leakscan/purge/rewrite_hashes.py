"""Commit ids quoted in messages: what they stand for, and what they are to become."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_QUOTED = re.compile(rb"(?<![0-9A-Za-z_])[0-9a-f]{7,64}(?![0-9A-Za-z_])")
_SHORT = 7  # digits: the shortest id that git abbreviates to


class Hashes:
    """Resolves quoted ids among `commits` (binary), and remembers what became of them."""

    def __init__(self, commits: Iterable[bytes], oid_size: int, given: Mapping[str, str]) -> None:
        """`given` is what ids became elsewhere: it decides before anything that is found out here."""
        self._digits = 2 * oid_size
        self._old: dict[str, list[str]] = {}
        for oid in commits:
            name = oid.hex()
            self._old.setdefault(name[:_SHORT], []).append(name)
        self._new: dict[str, list[str]] = {}
        self._given = given
        self.mapped: dict[str, str] = {}
        self.ambiguous: set[str] = set()

    def quoted(self, message: bytes) -> list[bytes] | None:
        """The commits that a message names, full or abbreviated, where that is unique. None: nothing looks like an id."""
        tokens = _QUOTED.findall(message)
        if not tokens:
            return None
        found = []
        for token in tokens:
            name = self._resolve(token.decode())
            if name is not None:
                found.append(bytes.fromhex(name))
        return found

    def learn(self, new: bytes) -> None:
        """A new commit has come into being."""
        name = new.hex()
        self._new.setdefault(name[:_SHORT], []).append(name)

    def replaced(self, message: bytes, new: Mapping[bytes, bytes]) -> bytes:
        """A message with quoted ids of rewritten commits exchanged."""

        def instead(match: re.Match[bytes]) -> bytes:
            token = match[0].decode()
            if token in self._given:
                self.mapped[token] = self._given[token]
                return self._given[token].encode()
            name = self._resolve(token)
            target = new.get(bytes.fromhex(name)) if name is not None else None
            if name is None or target is None or target.hex() == name:
                return match[0]
            self.mapped[token] = self._abbreviated(target.hex(), len(token))
            return self.mapped[token].encode()

        return _QUOTED.sub(instead, message)

    def _resolve(self, token: str) -> str | None:
        if len(token) > self._digits:
            return None
        found = [name for name in self._old.get(token[:_SHORT], ()) if name.startswith(token)]
        if len(found) > 1:
            self.ambiguous.add(token)
        return found[0] if len(found) == 1 else None

    def _abbreviated(self, name: str, length: int) -> str:
        others = {*self._old.get(name[:_SHORT], ()), *self._new.get(name[:_SHORT], ())} - {name}
        while any(other.startswith(name[:length]) for other in others):
            length += 1
        return name[:length]
