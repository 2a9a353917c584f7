"""What tips lead to, as the raw objects say it: grafts and replace refs do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.errors import GitError

from . import rewrite_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .objects import Homes


class Lineage:
    """The commits and tags behind tips. Ids are binary."""

    def __init__(self, homes: Homes, oid_size: int) -> None:
        self._homes = homes
        self._oid_size = oid_size
        self.links: dict[bytes, rewrite_text.Links] = {}  # of the commits that `behind` gave

    def peeled(self, oid: bytes) -> bytes:
        """What a tag is about in the end; anything else is itself."""
        seen = set()
        while oid in self._homes.tags and oid not in seen:
            seen.add(oid)
            oid = rewrite_text.tag_target(self._homes.tags[oid])[0]
        return oid

    def tags(self, tips: Iterable[bytes]) -> set[bytes]:
        """The tags that tips are, and those that these are about."""
        seen: set[bytes] = set()
        for tip in tips:
            oid = tip
            while oid in self._homes.tags and oid not in seen:
                seen.add(oid)
                oid = rewrite_text.tag_target(self._homes.tags[oid])[0]
        return seen

    def behind(self, tips: Iterable[bytes]) -> list[bytes]:
        """The commits that tips lead to, parents first, in an order that depends on ids alone.

        Raises GitError where one is missing or malformed.
        """
        order: list[bytes] = []
        done: set[bytes] = set()
        entered: set[bytes] = set()
        for tip in sorted(set(tips)):
            stack = [tip]
            while stack:
                oid = stack[-1]
                if oid in done:
                    stack.pop()
                    continue
                if oid not in entered:
                    entered.add(oid)
                    links = self.links.get(oid) or self._read(oid)
                    waiting = [parent for parent in links.parents if parent not in entered]
                    if waiting:
                        stack += reversed(waiting)
                        continue
                stack.pop()
                done.add(oid)
                order.append(oid)
        return order

    def _read(self, oid: bytes) -> rewrite_text.Links:
        raw = self._homes.commits.get(oid)
        if raw is None:
            raise GitError(f"commit {oid.hex()} is missing or broken; `git fsck` says more")
        try:
            links = rewrite_text.links(raw, self._oid_size)
        except ValueError:
            raise GitError(f"commit {oid.hex()} is malformed; `git fsck` says more") from None
        self.links[oid] = links
        return links
