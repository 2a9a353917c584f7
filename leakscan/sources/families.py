"""The blobs of a pack, read along their deltas: each one with what is new in it against the one before."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, cast

from leakscan.git import kernel
from leakscan.git.catfile import Broken
from leakscan.git.plan_of_some import BASE, NOBODYS
from leakscan.git.steps import HAS_CHILDREN, LARGEST, LAST_CHILD, STEP
from leakscan.model.content import Novelty
from leakscan.model.record import NamedTuple
from leakscan.sources import gate
from leakscan.sources.copies import Copies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leakscan.git.objects import ObjectStore
    from leakscan.git.pack import Pack
    from leakscan.model.content import Copy

_SHARES = 96  # in how many units blobs are cut, where there are enough
_SMALLEST = 1 << 19  # what a unit costs at least, in compressed bytes: workers should end together
_PACKED = 3  # bytes that a compressed one inflates to, about
_STEP_COST = 1500  # what a blob costs beside its bytes, in the same measure
_FORGOTTEN = 8 << 20  # bytes that entries unpack to after which their pages are let go of
_NOTHING: tuple[()] = ()


class Member(NamedTuple):
    """A blob, or why there is none to scan. What the depth and `novelty` mean is said at `Chunk`."""

    oid: bytes  # binary; empty for one that is only told because others rest on it
    text: bytes | gate.Refusal | Broken
    raw: bytes  # as it is stored; empty where it could not be read
    depth: int
    novelty: Novelty | None


class Limits(NamedTuple):
    """Bytes: what is larger is not told; and how far around something new a match can depend on it."""

    max_size: int
    context: int


def read(
    store: ObjectStore, pack: Pack, steps: memoryview | bytes, doubles: bytes | None, limits: Limits
) -> Iterator[Member]:
    """The blobs of `steps` (see `git/steps`), but for those whose position in the index `doubles` marks.

    A base waits, by depth, until its last child has been made.
    """
    data, index, width = pack.data, pack.names(), pack.id_size
    max_size, context = limits
    largest = max(max_size, LARGEST)
    inflate, unpack, admit = kernel.inflate, kernel.unpack, gate.admit
    read = 0  # bytes since the pages of the pack were let go of
    waiting: list[bytes | None] = []  # the base at each depth
    told: list[bool] = []  # whether it was yielded as it is, so that its children can inherit
    for start, size, position, depth, flags in STEP.iter_unpack(steps):
        raw: bytes | None = None
        copies, windows = b"", None
        oid = index[position * width : (position + 1) * width]
        base = waiting[depth - 1] if depth else None
        limit = largest if flags & HAS_CHILDREN else max_size
        read += size
        if read > _FORGOTTEN:
            pack.forget()
            read = 0
        problem: Broken | None = None
        try:
            if not depth and size <= limit:
                raw = inflate(data, start, size)
            elif base is not None:
                raw, copies, windows = unpack(data, start, size, base, context, limit)
        except (ValueError, OverflowError):
            pass
        asked = position != NOBODYS and (doubles is None or not doubles[position])
        if raw is None and position != NOBODYS:
            # Broken, too large, or without its base: perhaps another pack has a sound copy.
            found = store.read(bytes(oid), limit)
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
        if not asked and (raw is None or not flags & BASE):
            continue
        if raw is None:
            assert problem is not None
            yield Member(bytes(oid), problem, b"", depth, None)
            continue
        text = admit(raw, max_size)
        new = None
        if text is raw:
            told[depth] = True
            if inherits:
                new = Novelty(cast("tuple[Copy, ...]", Copies(copies)), windows or _NOTHING)
        elif not asked:
            continue
        yield Member(bytes(oid), text, raw, depth, new)
    pack.forget()


def cut(sizes: Sequence[int], depths: Iterable[int]) -> list[tuple[int, int]]:
    """Entries from where to where make units that cost about the same; a large family stays whole and goes first.

    `sizes` are what they inflate to, and `depths` those below their family's root.
    """
    count = len(sizes)
    goal = max(sum(sizes) // _PACKED + _STEP_COST * count, _SMALLEST * _SHARES) // _SHARES
    cuts: list[tuple[int, int]] = []  # the step at which a unit starts, and what all before it costs
    cost = 0
    for number, (size, depth) in enumerate(zip(sizes, depths, strict=True)):
        if not depth and (not cuts or cost - cuts[-1][1] >= goal):
            cuts.append((number, cost))
        cost += size // _PACKED + _STEP_COST
    units = list(pairwise([*cuts, (count, cost)]))
    units.sort(key=lambda unit: unit[1][1] - unit[0][1] < 2 * goal)
    return [(start, stop) for (start, _), (stop, _) in units]
