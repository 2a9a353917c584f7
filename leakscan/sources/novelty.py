"""Every object of a repository, each new byte read once: history at the price of what is new in it.

Packs store most blobs as deltas. Families of deltas are walked depth first, and for each blob the source says what is copied
from the one before and what is new: the detector looks at the new and inherits the rest. Finds what `history` finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from leakscan.git.catfile import Broken
from leakscan.git.inventory import Inventory
from leakscan.git.steps import PLANNED, depths, sizes
from leakscan.model.content import Chunk, Skipped
from leakscan.model.origin import BlobOrigin, NameOrigin, Origin
from leakscan.model.record import NamedTuple
from leakscan.sources import families, gate, novelty_text
from leakscan.sources.base import Attribution
from leakscan.sources.history import incomplete

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leakscan.git.audited import Audited
    from leakscan.git.repository import Repository

_SINGLES = 256  # loose blobs in one unit


class Share(NamedTuple):
    """A unit: steps `start` to `stop` of the plan of a pack; single blobs by number; all trees; or all texts."""

    what: Literal["blobs", "singles", "trees", "texts"]
    pack: int = 0
    start: int = 0
    stop: int = 0


class NoveltyHistorySource:
    """All objects, reachable or not; refs and reflogs. Blobs larger than `max_size` bytes are passed over.

    `context` is how many bytes around something new a match can depend on. What `since` has seen is not told again.
    """

    def __init__(
        self,
        repo: Repository,
        *,
        context: int,
        max_size: int = gate.DEFAULT_MAX_SIZE,
        since: Audited | None = None,
    ) -> None:
        self.repo = repo
        self.context = context
        self.max_size = max_size
        self.since = since
        self._inventory: Inventory | None = None

    def units(self) -> Sequence[Share]:
        """Texts and trees first, which are one unit each; then families of blobs, and what lies loose."""
        held = self._inventory = Inventory(self.repo, self.since)
        shares = [Share("texts"), Share("trees")]
        for number, plan in enumerate(held.plans):
            shares += [
                Share("blobs", number, *part) for part in families.cut(sizes(plan.blobs), depths(plan.blobs))
            ]
        count = len(held.singles["blob"])
        shares += [Share("singles", 0, at, min(at + _SINGLES, count)) for at in range(0, count, _SINGLES)]
        return shares

    def size(self) -> int:
        packed = sum(sum(sizes(part)) for plan in self._held.plans for part in plan[1:5])
        return packed + 4096 * sum(map(len, self._held.singles.values()))

    def skipped(self) -> Sequence[Skipped]:
        return [*incomplete(self.repo), *self._held.problems]

    def read(self, unit: Share) -> Iterator[Chunk | Skipped]:
        match unit.what:
            case "blobs":
                return self._read_blobs(unit)
            case "singles":
                return self._read_singles(self._held.singles["blob"][unit.start : unit.stop])
            case "trees":
                return novelty_text.read_trees(self._held)
            case "texts":
                return novelty_text.read_texts(self._held)

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        from leakscan.git import attribution

        # Where something lives is a question to all of history; but what has come since can only be where that leads.
        held = self._held if self.since is None or self._came_since(groups) else Inventory(self.repo)
        log = attribution.attribute(held, groups)
        return Attribution(log.loci, log.lives)

    def seen(self, digest: str, unread: Collection[str] = (), *, complete: bool) -> None:
        """Note for a later `since` that everything has been read with rules of this digest, but for objects `unread`.

        `complete`: whether nothing was missing. Raises OSError.
        """
        from leakscan.git import audited

        held = self._held
        lost = [bytes.fromhex(oid) for oid in unread]
        audited.save(self.repo, digest, held.store, held.loose, lost, self.since, complete=complete)

    def _came_since(self, groups: Sequence[Collection[Origin]]) -> bool:
        """Whether no tree or commit that `since` has seen can contain any of `groups`, which are of what was told now."""
        if self.since is None or not self.since.complete:
            return False
        # A name can be an old one in a new tree.
        return not any(isinstance(origin, NameOrigin) for group in groups for origin in group)

    @property
    def _held(self) -> Inventory:
        if self._inventory is None:
            self._inventory = Inventory(self.repo, self.since)
        return self._inventory

    def _read_blobs(self, unit: Share) -> Iterator[Chunk | Skipped]:
        held = self._held
        pack, doubles = held.store.packs[unit.pack], held.doubles[unit.pack]
        planned = memoryview(held.plans[unit.pack].blobs)
        steps = pack.steps(planned[unit.start * PLANNED.size : unit.stop * PLANNED.size])
        limits = families.Limits(self.max_size, self.context)
        for oid, text, raw, depth, new in families.read(held.store, pack, steps, doubles, limits):
            if isinstance(text, bytes):
                yield Chunk(BlobOrigin(oid.hex()), text, None, depth, new)
            elif isinstance(text, str):
                yield Skipped(f"blob {oid.hex()}", text, f"{len(raw)} bytes" if text == "too-large" else "")
            else:
                yield Skipped(f"blob {text.oid}", text.why, text.detail)

    def _read_singles(self, oids: Sequence[bytes]) -> Iterator[Chunk | Skipped]:
        for oid in oids:
            found = self._held.store.read(oid, self.max_size)
            if isinstance(found, Broken):
                yield Skipped(f"blob {found.oid}", found.why, found.detail)
                continue
            text = gate.admit(found.data, self.max_size)
            if isinstance(text, str):
                yield Skipped(f"blob {found.oid}", text)
            else:
                yield Chunk(BlobOrigin(found.oid), text)
