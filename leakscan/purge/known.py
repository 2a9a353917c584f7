"""What a plan, once run, lets one recognise: old ids and their new ones, and names that had the secret in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakscan.model.errors import UsageError
from leakscan.purge.model import digest, shown
from leakscan.purge.replace import NAME_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leakscan.purge.model import Plan, RefMove

_PAIR = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64})?")
_TRIES = 400  # slow hashes for one command at most: some ten seconds


def parse_map(text: str, name: str = "commit map") -> dict[str, str]:
    """A commit map: "OLD NEW" a line. Raises UsageError."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        pair = _PAIR.fullmatch(line.strip())
        if pair is None:
            raise UsageError(f"{name}:{number}: expected two object ids, old and new")
        found[pair[1]] = pair[2] or ""
    return found


def moves(plan: Plan, *maps: Mapping[str, str]) -> dict[str, str]:
    """Old id: new id, "" where it is dropped, of commits, tags and whatever a ref points at.

    `maps` are commit maps, of this plan and of earlier ones: what was rewritten twice goes all the way.
    """
    found: dict[str, str] = {}
    for one in maps:
        found |= one
    found |= plan.tags
    for move in (*plan.refs, *plan.heads, *plan.stash):
        if move.old != move.new and move.old.strip("0"):
            found[move.old] = move.new if move.new.strip("0") else ""
    found |= dict(zip(plan.first_changed, plan.first_changed_new, strict=False))
    return {old: _end(found, old) for old in found}


def banned(plan: Plan, *maps: Mapping[str, str]) -> tuple[str, ...]:
    """The ids that must never come back: rewritten commits, tags, and blobs. Sorted."""
    mapped = moves(plan, *maps)
    old = {*mapped, *(blob.old for blob in plan.blobs)}
    return tuple(sorted(old - set(mapped.values()) - {blob.new for blob in plan.blobs}))


def _end(found: Mapping[str, str], old: str) -> str:
    seen = {old}
    new = found[old]
    while new in found and new not in seen:
        seen.add(new)
        new = found[new]
    return new


class Redaction:
    """Recognises a plan's secrets in names that only a server has.

    A secret is known by a slow salted digest, so every stretch of a name that is as long as a secret is tried, up to a
    limit; a name beyond it is not shown at all.
    """

    def __init__(self, plan: Plan, safe: Iterable[str] = ()) -> None:
        """`safe` are names that are known to have no secret in them."""
        self._plan = plan
        self._planned = {*safe, *(move.name for move in plan.refs)}
        self._tries = _TRIES
        self._renamed = [(move, _pattern(move)) for move in plan.refs if move.renamed]

    def renamed(self, ref: bytes, oid: str) -> str | None:
        """The new name of a ref that had the secret in its own; None if it is not one of those."""
        name = shown(ref)
        for move, pattern in self._renamed:
            if name != move.name and oid in (move.old, move.new) and pattern.fullmatch(name):
                return move.name
        return None

    def shown(self, ref: bytes) -> str:
        """`ref` for a person, the secret replaced."""
        name = shown(ref)
        if name in self._planned:
            return name
        for move, pattern in self._renamed:
            if pattern.fullmatch(name):
                return move.name
        masked = self._masked(ref)
        return "refs/(a name too long to be checked)" if masked is None else shown(masked)

    def _masked(self, ref: bytes) -> bytes | None:
        for secret in self._plan.secrets:
            start = len(b"refs/")
            while start + secret.length <= len(ref):
                if not self._tries:
                    return None
                self._tries -= 1
                piece = ref[start : start + secret.length]
                if digest(piece, secret.salt) == secret.digest:
                    ref = ref[:start] + NAME_TOKEN + ref[start + secret.length :]
                start += 1
        return ref


def _pattern(move: RefMove) -> re.Pattern[str]:
    """What the old name of a renamed ref looked like: anything where the new one has the replacement."""
    return re.compile(".+".join(map(re.escape, move.name.split(NAME_TOKEN.decode()))), re.DOTALL)
