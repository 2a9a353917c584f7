"""Every object of a repository, each new byte read once: history at the price of what is new in it.

Packs store most blobs as deltas. Families of deltas are walked depth first, and for each blob the source says what is copied
from the one before and what is new: the detector looks at the new and inherits the rest. Finds what `history` finds.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from leakscan.git import kernel
from leakscan.git.catfile import Broken
from leakscan.git.inventory import LARGEST, Inventory, column
from leakscan.git.kernel_twin import HAS_CHILDREN, LAST_CHILD, STEP
from leakscan.model.content import Chunk, Novelty, Skipped
from leakscan.model.origin import BlobOrigin, Origin
from leakscan.sources import gate, novelty_text
from leakscan.sources.base import Attribution
from leakscan.sources.copies import Copies
from leakscan.sources.history import incomplete

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leakscan.git.audited import Audited
    from leakscan.git.repository import Repository
    from leakscan.model.content import Copy

_SHARES = 96  # in how many units blobs are cut, where there are enough
_SMALLEST = 1 << 21  # what a unit costs at least, in compressed bytes
_STEP_COST = 1500  # what a blob costs beside its bytes, in the same measure
_SINGLES = 256  # loose blobs in one unit
_NOTHING: tuple[()] = ()


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
            shares += _cut(number, plan.blobs)
        count = len(held.singles["blob"])
        shares += [Share("singles", 0, at, min(at + _SINGLES, count)) for at in range(0, count, _SINGLES)]
        return shares

    def size(self) -> int:
        packed = sum(sum(column(part, "Q", 1)) for plan in self._held.plans for part in plan[1:5])
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

        # Where something lives is a question to all of history, also where only what came last was read.
        held = self._held if self.since is None else Inventory(self.repo)
        log = attribution.attribute(held, groups)
        return Attribution(log.loci, log.lives)

    def seen(self, digest: str, unread: Collection[str] = ()) -> None:
        """Note for a later `since` that everything has been read with rules of this digest, but for objects `unread`.

        Raises OSError.
        """
        from leakscan.git import audited

        held = self._held
        audited.save(
            self.repo, digest, held.store, held.loose, [bytes.fromhex(oid) for oid in unread], self.since
        )

    @property
    def _held(self) -> Inventory:
        if self._inventory is None:
            self._inventory = Inventory(self.repo, self.since)
        return self._inventory

    def _read_blobs(self, unit: Share) -> Iterator[Chunk | Skipped]:
        """Steps of a pack. A base waits, by depth, until its last child has been made."""
        held = self._held
        pack = held.store.packs[unit.pack]
        doubles = held.doubles[unit.pack]
        data, index, width = pack.data, pack.names(), pack.id_size
        steps = memoryview(held.plans[unit.pack].blobs)[unit.start * STEP.size : unit.stop * STEP.size]
        largest, context, max_size = max(self.max_size, LARGEST), self.context, self.max_size
        inflate, unpack, admit = kernel.inflate, kernel.unpack, gate.admit
        waiting: list[bytes | None] = []  # the base at each depth
        told: list[bool] = []  # whether it was yielded as it is, so that its children can inherit
        for start, size, position, _, depth, flags in STEP.iter_unpack(steps):
            raw: bytes | None = None
            copies, windows = b"", None
            oid = index[position * width : (position + 1) * width]
            base = waiting[depth - 1] if depth else None
            limit = largest if flags & HAS_CHILDREN else max_size
            problem: Broken | None = None
            try:
                if not depth and size <= limit:
                    raw = inflate(data, start, size)
                elif base is not None:
                    raw, copies, windows = unpack(data, start, size, base, context, limit)
            except (ValueError, OverflowError):
                pass
            if raw is None:  # broken, too large, or without its base: perhaps another pack has a sound copy
                found = held.store.read(bytes(oid), limit)
                if isinstance(found, Broken):
                    problem = found
                else:
                    raw = found.data
            if len(waiting) <= depth:
                waiting.append(None)
                told.append(False)
            inherits = depth > 0 and told[depth - 1] and windows is not None
            if flags & LAST_CHILD and depth:
                waiting[depth - 1] = None
            waiting[depth] = raw if flags & HAS_CHILDREN else None
            told[depth] = False
            if doubles is not None and doubles[position]:
                continue
            if raw is None:
                assert problem is not None
                yield Skipped(f"blob {problem.oid}", problem.why, problem.detail)
                continue
            text = admit(raw, max_size)
            if text is raw:
                told[depth] = True
                new = (
                    Novelty(cast("tuple[Copy, ...]", Copies(copies)), windows or _NOTHING)
                    if inherits
                    else None
                )
                yield Chunk(BlobOrigin(oid.hex()), raw, None, depth, new)
            elif isinstance(text, str):
                yield Skipped(f"blob {oid.hex()}", text, f"{len(raw)} bytes" if text == "too-large" else "")
            else:
                yield Chunk(BlobOrigin(oid.hex()), text, None, depth)
        pack.forget()

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


def _cut(number: int, steps: bytes) -> list[Share]:
    """The blobs of one pack in units that cost about the same; a large family stays whole and goes first."""
    spans, depths = column(steps, "I", 5), column(steps, "I", 6)
    costs = [0, *accumulate(span + _STEP_COST for span in spans)]
    goal = max(costs[-1] // _SHARES, _SMALLEST)
    cuts = [0]
    for step, depth in enumerate(depths):
        if not depth and costs[step] - costs[cuts[-1]] >= goal:
            cuts.append(step)
    cuts.append(len(spans))
    shares = [Share("blobs", number, start, stop) for start, stop in pairwise(cuts) if stop > start]
    return sorted(shares, key=lambda share: costs[share.stop] - costs[share.start] < 2 * goal)
