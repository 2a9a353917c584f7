"""The whole object database, searched for secrets: every blob, tree, commit and tag, reachable or not.

Blobs are stored as deltas, so only what is new in each is searched; what rests on a blob with a hit is searched whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from leakscan.git import kernel
from leakscan.git.catfile import Broken, Kind
from leakscan.git.inventory import Inventory
from leakscan.git.steps import HAS_CHILDREN, LARGEST, LAST_CHILD, POSITION, STEP, batches, column, sizes
from leakscan.model.record import NamedTuple

from . import replace_archive
from .meanwhile import meanwhile
from .objects_large import search_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakscan.git.repository import Repository

    from .model import Span
    from .replace import Edit, Matcher

_JOB = 2 << 20  # bytes that the entries of one part of the blobs unpack to
_LITTLE = 24 << 20  # bytes that entries unpack to below which another process does not pay
_BATCH = 1 << 20  # bytes of commits and tags that are unpacked at a time


class Hit(NamedTuple):
    """A blob with a secret: spans in its bytes, or in which member of an archive."""

    spans: tuple[Span, ...]
    member: str = ""


@dataclass(slots=True)
class Homes:
    """Where secrets are. Ids are binary."""

    blobs: dict[bytes, Hit] = field(default_factory=dict)
    large: dict[bytes, tuple[Edit, ...]] = field(default_factory=dict)  # blobs that do not fit into memory
    commits: dict[bytes, bytes] = field(default_factory=dict)  # all commits: raw objects
    tags: dict[bytes, bytes] = field(default_factory=dict)  # all tags, ditto
    commit_hits: set[bytes] = field(default_factory=set)
    tag_hits: set[bytes] = field(default_factory=set)
    names: set[bytes] = field(default_factory=set)  # of files and directories
    lfs: dict[bytes, str] = field(
        default_factory=dict
    )  # blobs that point to an LFS object with a secret: its id
    unlooked: list[str] = field(default_factory=list)  # what could not be searched, and why
    closed: set[bytes] = field(default_factory=set)  # blobs that are there, and could not be looked into
    unread: int = 0  # how many objects could not be read
    objects: int = 0  # how many were searched

    def join(self, other: Homes) -> None:
        """Add what was found elsewhere, in blobs."""
        self.blobs |= other.blobs
        self.large |= other.large
        self.lfs |= other.lfs
        self.unlooked += other.unlooked
        self.closed |= other.closed
        self.unread += other.unread
        self.objects += other.objects

    @property
    def found(self) -> int:
        """How many objects and names have a secret."""
        return len(self.blobs) + len(self.commit_hits) + len(self.tag_hits) + len(self.names) + len(self.lfs)


def search(held: Inventory, matcher: Matcher, lfs: dict[bytes, str] | None = None) -> Homes:
    """Search every object. `lfs` are LFS object ids (hex, as bytes) whose content is known to have a secret."""
    homes = Homes()
    look = _Look(held.repo, matcher, homes, lfs or {})
    own, other = _halves(held)
    others = meanwhile(lambda: _searched(held, matcher, lfs or {}, other)) if other else None
    for number, steps in own:
        _packed(held, number, steps, look)
    for oid in held.singles["blob"]:
        found = held.store.read(oid, LARGEST)
        if isinstance(found, Broken):
            look.broken(oid, found)
        else:
            look.blob(oid, found.data, found.data)
    _texts(held, look)
    if others is not None:
        homes.join(others())
    homes.unlooked += [f"{problem.what}: {problem.why}" for problem in held.problems]
    homes.unread += len(held.problems)
    return homes


def _texts(held: Inventory, look: _Look) -> None:
    """Search all commits and tags, and keep them."""
    homes = look.homes
    kinds: tuple[tuple[Kind, dict[bytes, bytes], set[bytes]], ...] = (
        ("commit", homes.commits, homes.commit_hits),
        ("tag", homes.tags, homes.tag_hits),
    )
    for kind, raws, hits in kinds:
        for part in parts(held, kind):
            maybe = look.maybe(b"\0".join([text for _, text in part if not isinstance(text, Broken)]))
            for oid, text in part:
                if isinstance(text, Broken):
                    look.broken(oid, text)
                elif oid not in raws:
                    raws[oid] = text
                    homes.objects += 1
                    if maybe and look.matcher.spans(text):
                        hits.add(oid)


_Job: TypeAlias = tuple[int, bytes]  # a pack's number, and steps of it


def _halves(held: Inventory) -> tuple[list[_Job], list[_Job]]:
    """The blobs of all packs, in parts that begin with a family's root, dealt to two; to one where it is little work."""
    jobs = [
        (number, steps)
        for number, plan in enumerate(held.plans)
        for steps in batches(held.store.packs[number], plan.blobs, _JOB)
    ]
    if sum(sum(sizes(plan.blobs)) for plan in held.plans) < _LITTLE:
        return jobs, []
    return jobs[::2], jobs[1::2]


def _searched(held: Inventory, matcher: Matcher, lfs: dict[bytes, str], jobs: list[_Job]) -> Homes:
    homes = Homes()
    look = _Look(held.repo, matcher, homes, lfs)
    for number, steps in jobs:
        _packed(held, number, steps, look)
    return homes


def parts(held: Inventory, kind: Kind) -> Iterator[list[tuple[bytes, bytes | Broken]]]:
    """All commits or all tags: id and content, many at a time."""
    for number, plan in enumerate(held.plans):
        pack = held.store.packs[number]
        names, width = pack.names(), pack.id_size
        for steps in batches(pack, plan.commits if kind == "commit" else plan.tags, _BATCH):
            made = kernel.unpack_all(pack.data, steps, LARGEST)
            oids = [bytes(names[at * width : (at + 1) * width]) for at in column(steps, POSITION)]
            yield [
                (oid, _single(held, oid) if data is None else data)
                for oid, data in zip(oids, made, strict=True)
            ]
        pack.forget()
    yield [(oid, _single(held, oid)) for oid in held.singles[kind]]


def _single(held: Inventory, oid: bytes) -> bytes | Broken:
    found = held.store.read(oid, LARGEST)
    return found if isinstance(found, Broken) else found.data


class _Look:
    """Looks at blobs, and writes down what it finds."""

    def __init__(self, repo: Repository, matcher: Matcher, homes: Homes, lfs: dict[bytes, str]) -> None:
        self.repo = repo
        self.homes = homes
        self.lfs = lfs
        self.matcher = matcher
        self.maybe: Callable[[bytes], bool] = matcher.maybe

    def blob(self, oid: bytes, raw: bytes, searched: bytes) -> bool:
        """Look at a blob. Whether it has a match, so that whatever is made from it may have it as well.

        `searched` is all of it, or what is new against a blob without a match; empty where that is known to have none.
        """
        self.homes.objects += 1
        if searched and self.maybe(searched) and (searched is raw or self.matcher.spans(searched)):
            spans = self.matcher.spans(raw)
            if spans:
                self.homes.blobs[oid] = Hit(spans)
                return True
        if replace_archive.is_archive(raw):
            member, problem = replace_archive.inside(raw, lambda data: bool(self.matcher.spans(data)))
            if member is not None:
                self.homes.blobs[oid] = Hit((), member)
            elif problem is not None:
                self.homes.unlooked.append(f"blob {oid.hex()}: {problem}")
                self.homes.closed.add(oid)
        if self.lfs and raw.startswith(b"version https://git-lfs.github.com/"):
            pointed = [name for name in self.lfs if name in raw]
            if pointed:
                self.homes.lfs[oid] = self.lfs[pointed[0]]
        return False

    def broken(self, oid: bytes, found: Broken) -> None:
        if found.why == "too-large":
            large, compressed = search_large(self.repo, oid.hex(), self.matcher)
            if compressed:
                self.homes.unlooked.append(f"blob {oid.hex()}: compressed, and too large to be looked into")
                self.homes.closed.add(oid)
            self.homes.objects += 1
            if large:
                self.homes.blobs[oid] = Hit(tuple(span for span, _ in large))
                self.homes.large[oid] = tuple((span.start, span.end, instead) for span, instead in large)
        else:
            self.homes.unlooked.append(f"object {found.oid}: {found.why}")
            self.homes.unread += 1


class _Base(NamedTuple):
    """What a blob is made from."""

    raw: bytes
    hit: bool  # whether it has a match
    near: bool  # whether it may have a part of one by which matches are found: else such a part is new where it stands


def _packed(held: Inventory, number: int, steps: bytes, look: _Look) -> None:
    pack = held.store.packs[number]
    data, names, width = pack.data, pack.names(), pack.id_size
    doubles = held.doubles[number]
    matcher, maybe = look.matcher, look.maybe
    inflate, unpack, blob = kernel.inflate, kernel.unpack, look.blob
    waiting: list[_Base | None] = []
    for start, size, position, depth, flags in STEP.iter_unpack(steps):
        raw: bytes | None = None
        searched: bytes | None = None
        base = waiting[depth - 1] if depth else None
        near = True
        try:
            if not depth and size <= LARGEST:
                raw = searched = inflate(data, start, size)
                near = maybe(raw)
            elif base is not None:
                context = matcher.context if base.near else matcher.part
                raw, _, windows = unpack(data, start, size, base.raw, context, LARGEST)
                searched = (
                    raw
                    if base.hit
                    else raw[windows[0][0] : windows[0][1]]
                    if len(windows) == 1
                    else b"\0".join([raw[a:b] for a, b in windows])
                )
                if not base.near:
                    near = maybe(searched)
                    searched = raw
        except (ValueError, OverflowError):
            raw = None
        oid = bytes(names[position * width : (position + 1) * width])
        if raw is None:
            near = True
            found = held.store.read(oid, LARGEST)
            if not isinstance(found, Broken):
                raw = searched = found.data
        hit = False
        if raw is None or searched is None:
            if doubles is None or not doubles[position]:
                look.broken(oid, found if isinstance(found, Broken) else Broken(oid.hex(), "corrupt"))
        elif doubles is not None and doubles[position]:
            hit = bool(matcher.spans(raw))
        else:
            hit = blob(oid, raw, searched if near else b"")
        if len(waiting) <= depth:
            waiting.append(None)
        if flags & LAST_CHILD and depth:
            waiting[depth - 1] = None
        waiting[depth] = _Base(raw, hit, near) if flags & HAS_CHILDREN and raw is not None else None
    pack.forget()
