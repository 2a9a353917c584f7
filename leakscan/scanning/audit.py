"""Incremental audits: what has been scanned, with which rules, is not scanned again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

from leakscan.git import audited
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from leakscan.git.audited import Audited
    from leakscan.git.repository import Repository
    from leakscan.model.content import Skipped
    from leakscan.sources.novelty import NoveltyHistorySource

_OBJECT = re.compile(r"(?:blob|object|commit|tree|tag) ([0-9a-f]{40}(?:[0-9a-f]{24})?)\b")


class Audit(NamedTuple):
    """One kind of audit of a repository. What was seen in another kind (other rules, other limits) does not count."""

    repository: Repository
    digest: str

    @classmethod
    def of(cls, repository: Repository, *settings: object) -> Audit:
        """`settings` are all that decide what a scan finds; they must have a faithful `repr`."""
        return cls(repository, blake2b(repr(settings).encode(), digest_size=16).hexdigest())

    def since(self) -> Audited | None:
        """What the last complete audit of this kind saw; None where there was none."""
        return audited.load(self.repository, self.digest)

    def note(self, source: NoveltyHistorySource, skipped: Iterable[Skipped]) -> str | None:
        """Write down that `source` has been read, but for what was skipped; why not, where that is impossible."""
        lost = [s for s in skipped if s.incomplete]
        unread = [found[1] for s in lost if (found := _OBJECT.match(s.what))]
        try:
            source.seen(self.digest, unread, complete=not lost)
        except OSError as error:
            return f"the next audit starts from the beginning: its notes cannot be written: {error.strerror}"
        return None
