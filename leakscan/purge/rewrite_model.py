"""What a rewrite is told beside the secrets, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Decisions(NamedTuple):
    """What was decided beside the secrets."""

    answers: Mapping[str, str] = {}
    paths: tuple[bytes, ...] = ()  # to remove, from the root
    prune_empty: bool = False
    map_hashes: bool = True
    hashes: Mapping[str, str] = {}  # quoted ids, as another clone has mapped them
    gitlinks: Mapping[str, str] = {}  # commits of submodules: what they became
    normalise: bool = False  # mend what a server may refuse


@dataclass(slots=True)
class Tally:
    """What a rewrite did, counted."""

    signatures: int = 0
    mergetags: int = 0
    messages: int = 0
    idents: int = 0
    commits: int = 0
    tags: int = 0
    all_signatures: int = 0


@dataclass(slots=True)
class Rewritten:
    """Old ids to new ones, of what changes; None is dropped."""

    commits: dict[bytes, bytes] = field(default_factory=dict)
    tags: dict[bytes, bytes | None] = field(default_factory=dict)
    first_changed: list[bytes] = field(default_factory=list)
    emptied: list[bytes] = field(default_factory=list)
    untouched_quotes: list[bytes] = field(default_factory=list)  # commits that stay and quote ids that go
    tally: Tally = field(default_factory=Tally)
