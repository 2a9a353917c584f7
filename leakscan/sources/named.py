"""What refs bring besides commits: their names, annotated tags, and files that a ref or a tag points at directly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import catfile, commits, run
from leakscan.git.refs import Ref
from leakscan.model.content import Chunk, Skipped
from leakscan.model.finding import Locus
from leakscan.model.origin import BlobOrigin, Origin
from leakscan.model.record import NamedTuple
from leakscan.sources import added, gate, metadata
from leakscan.sources.base import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leakscan.git.repository import Repository

_DEEPEST = 100  # tags of tags


class File(NamedTuple):
    """A blob that no commit need hold; `path` is where the tree has it, or the ref's name."""

    blob: str
    path: bytes


class NamedSource:
    """The names of `refs`, and all that they point at up to the commit, which a range source reads.

    For a push: a secret can hide in a tag's message, in a branch's name, and in a tag of a file, which no commit shows.
    Messages and files are read whole, whether or not they are new. `max_size` is in bytes.
    """

    def __init__(self, repo: Repository, *refs: Ref, max_size: int = gate.DEFAULT_MAX_SIZE) -> None:
        self.repo = repo
        self.max_size = max_size
        self._refs = refs
        self._tags: dict[str, commits.TagText] = {}
        self._files: dict[str, File] = {}
        self._skipped: list[Skipped] = []

    def units(self) -> Sequence[None]:
        """One: pushes name few refs. Raises GitError where git cannot list a tree."""
        with catfile.CatFile(self.repo, self.max_size) as cat:
            for ref in self._refs:
                self._follow(cat, ref)
        return [None]

    def size(self) -> int:
        return len(self._files) * 16 * 1024

    def skipped(self) -> Sequence[Skipped]:
        return self._skipped

    def read(self, unit: None) -> Iterator[Chunk | Skipped]:
        yield from metadata.ref_chunks(self._refs)
        yield from metadata.text_chunks((), self._tags.items())
        files = list(self._files.values())
        found = catfile.stream(self.repo, [file.blob for file in files], self.max_size)
        for file, blob in zip(files, found, strict=True):
            yield added.chunk(blob, BlobOrigin(file.blob), file.path, None, self.max_size)

    def attribute(self, groups: Sequence[Collection[Origin]]) -> Attribution:
        """The paths of files; no lives."""
        asked = {origin for group in groups for origin in group if isinstance(origin, BlobOrigin)}
        return Attribution({o: (Locus(self._files[o.blob].path),) for o in asked if o.blob in self._files})

    def _follow(self, cat: catfile.CatFile, ref: Ref) -> None:
        oid = ref.oid
        for _ in range(_DEEPEST):
            status, out, _ = run.attempt(self.repo.where, "cat-file", "-t", oid)
            kind = out.strip()
            if status:
                self._skipped.append(Skipped(f"object {oid}", "missing"))
                return
            if kind == b"commit":
                return
            if kind == b"blob":
                self._files.setdefault(oid, File(oid, ref.name))
                return
            if kind == b"tree":
                self._tree(oid)
                return
            found = cat.read(oid)
            if isinstance(found, catfile.Broken):
                self._skipped.append(Skipped(f"tag {oid}", found.why, found.detail))
                return
            tag = self._tags[oid] = commits.parse_tag(found.data)
            oid = tag.target
        self._skipped.append(Skipped(f"object {oid}", "unreadable", f"behind {_DEEPEST} tags of tags"))

    def _tree(self, oid: str) -> None:
        for line in self.repo.git("ls-tree", "-r", "-z", "--full-tree", oid).split(b"\0"):
            facts, _, path = line.partition(b"\t")
            fields = facts.split(b" ")
            if len(fields) == 3 and fields[1] == b"blob":
                blob = fields[2].decode()
                self._files.setdefault(blob, File(blob, path))
