"""Every object of a repository, read once and in full through git: the plain twin of the novelty scan, its oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from leakscan.git import catfile, commits, refs
from leakscan.git.entries import GITLINK, entries
from leakscan.model.content import Chunk, Skipped, Why
from leakscan.model.origin import BlobOrigin, Origin
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.sources import gate, metadata
from leakscan.sources.base import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from leakscan.git.repository import Repository

NAMED = 1000  # missing objects that are reported one by one
_MALFORMED: tuple[Why, str] = ("corrupt", "not a well-formed tree")
_SHARE = 16 * 1024 * 1024  # bytes of blobs in one unit


class Share(NamedTuple):
    """A unit: blobs number `start` to `stop` of the listing, or all of the trees, or all of the texts."""

    what: Literal["blobs", "trees", "texts"]
    start: int = 0
    stop: int = 0


class PlainHistorySource:
    """All objects, reachable or not; refs and reflogs. Blobs larger than `max_size` bytes are passed over."""

    def __init__(self, repo: Repository, *, max_size: int = gate.DEFAULT_MAX_SIZE) -> None:
        self.repo = repo
        self.max_size = max_size
        self._objects: list[catfile.Listed] = []
        self._broken: list[catfile.Broken] = []
        self._blobs: list[str] = []

    def units(self) -> Sequence[Share]:
        """Blobs in shares of some megabytes; then trees (for names) and commits, tags, refs and reflogs."""
        self._objects, self._broken = catfile.listing(self.repo)
        self._blobs = [item.oid for item in self._objects if item.kind == "blob"]
        shares: list[Share] = []
        start = held = number = 0
        for item in self._objects:
            if item.kind == "blob":
                number += 1
                held += item.size
                if held >= _SHARE:
                    shares.append(Share("blobs", start, number))
                    start, held = number, 0
        if number > start:
            shares.append(Share("blobs", start, number))
        return [*shares, Share("trees"), Share("texts")]

    def size(self) -> int:
        return sum(item.size for item in self._objects)

    def skipped(self) -> Sequence[Skipped]:
        found = incomplete(self.repo)
        return [*found, *(Skipped(f"object {item.oid}", item.why, item.detail) for item in self._broken)]

    def read(self, unit: Share) -> Iterator[Chunk | Skipped]:
        match unit.what:
            case "blobs":
                return self._read_blobs(self._blobs[unit.start : unit.stop])
            case "trees":
                return self._read_trees()
            case "texts":
                return self._read_texts()

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        from leakscan.git import history_log

        log = history_log.attribute(self.repo, groups)
        return Attribution(log.loci, log.lives)

    def _read_blobs(self, oids: Sequence[str]) -> Iterator[Chunk | Skipped]:
        for found in catfile.stream(self.repo, oids, self.max_size):
            if isinstance(found, catfile.Broken):
                yield Skipped(f"blob {found.oid}", found.why, found.detail)
                continue
            text = gate.admit(found.data, self.max_size)
            if isinstance(text, str):
                yield Skipped(f"blob {found.oid}", text)
            else:
                yield Chunk(BlobOrigin(found.oid), text)

    def _read_trees(self) -> Iterator[Chunk | Skipped]:
        known = self._known()
        names: set[bytes] = set()
        missing: dict[bytes, tuple[str, bytes]] = {}
        oids = [item.oid for item in self._objects if item.kind == "tree"]
        for found in catfile.stream(self.repo, oids):
            parsed = entries(found.data, self.repo.oid_size) if isinstance(found, catfile.Object) else None
            if parsed is None:
                why, detail = (found.why, found.detail) if isinstance(found, catfile.Broken) else _MALFORMED
                yield Skipped(f"tree {found.oid}", why, detail)
                continue
            for entry in parsed:
                names.add(entry.name)
                if entry.oid not in known and entry.mode != GITLINK:
                    first = (found.oid, entry.name)
                    missing[entry.oid] = min(first, missing.get(entry.oid, first))
        yield from metadata.name_chunks(names)
        yield from left_out(self.repo, missing)

    def _read_texts(self) -> Iterator[Chunk | Skipped]:
        problems: list[Skipped] = []
        known = self._known()
        all_refs = refs.refs(self.repo)
        entries, unread = refs.reflogs(self.repo)
        yield from metadata.text_chunks(self._commits(known, problems), self._tags(known, problems))
        yield from metadata.ref_chunks(all_refs)
        yield from metadata.reflog_chunks(entries)
        if not self.repo.is_partial:
            problems += [
                Skipped(f"object {ref.oid}", "missing", f"{escape(ref.name)} points to it")
                for ref in all_refs
                if bytes.fromhex(ref.oid) not in known
            ]
        yield from sorted({*problems, *unread})

    def _commits(
        self, known: set[bytes], problems: list[Skipped]
    ) -> Iterator[tuple[str, commits.CommitText]]:
        oids = [item.oid for item in self._objects if item.kind == "commit"]
        for found in catfile.stream(self.repo, oids):
            if isinstance(found, catfile.Broken):
                problems.append(Skipped(f"commit {found.oid}", found.why, found.detail))
                continue
            text = commits.parse_commit(found.data)
            yield found.oid, text
            if not self.repo.is_partial:
                wanted = [("tree", text.tree)]
                if not self.repo.is_shallow:
                    wanted += [("parent", oid) for oid in text.parents]
                for what, oid in wanted:
                    if not _is_known(oid, known):
                        detail = f"{what} of commit {found.oid}"
                        problems.append(Skipped(f"object {escape(oid.encode())}", "missing", detail))

    def _tags(self, known: set[bytes], problems: list[Skipped]) -> Iterator[tuple[str, commits.TagText]]:
        oids = [item.oid for item in self._objects if item.kind == "tag"]
        for found in catfile.stream(self.repo, oids):
            if isinstance(found, catfile.Broken):
                problems.append(Skipped(f"tag {found.oid}", found.why, found.detail))
                continue
            text = commits.parse_tag(found.data)
            yield found.oid, text
            if not self.repo.is_partial and not _is_known(text.target, known):
                detail = f"tag {found.oid} points to it"
                problems.append(Skipped(f"object {escape(text.target.encode())}", "missing", detail))

    def _known(self) -> set[bytes]:
        """The ids of all objects that are there, or have been reported."""
        found = {bytes.fromhex(item.oid) for item in self._objects}
        found.add(bytes.fromhex(self.repo.empty_tree))  # git knows it without having it
        return found | {bytes.fromhex(item.oid) for item in self._broken}


def incomplete(repo: Repository) -> list[Skipped]:
    """What a repository lacks by the way it was cloned."""
    found = []
    if repo.is_shallow:
        detail = "history is cut off; fetch the rest with `git fetch --unshallow`"
        found.append(Skipped("repository", "shallow", detail))
    if repo.is_partial:
        detail = "a partial clone, objects were left out; fetch them with `git fetch --refetch --no-filter`"
        found.append(Skipped("repository", "partial", detail))
    return found


def left_out(repo: Repository, missing: Mapping[bytes, tuple[str, bytes]]) -> Iterator[Skipped]:
    """What trees name and the repository lacks: by binary id, the least (tree, name) that names it.

    At most `NAMED` objects one by one; of the rest the number.
    """
    why: Why = "partial" if repo.is_partial else "missing"
    for oid, (tree, name) in sorted(missing.items())[:NAMED]:
        yield Skipped(f"object {oid.hex()}", why, f"{escape(name)} in tree {tree}")
    if len(missing) > NAMED:
        yield Skipped("repository", why, f"{len(missing) - NAMED} objects more are missing")


def _is_known(oid: str, known: set[bytes]) -> bool:
    try:
        return bytes.fromhex(oid) in known
    except ValueError:
        return False
