"""What a history scan reads beside blobs, from the objects themselves: the same chunks as `history` yields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakscan.git import commits, history, refs, trees
from leakscan.git.catfile import Broken
from leakscan.git.commits import CommitText, Ident
from leakscan.model.content import Skipped
from leakscan.model.text import escape
from leakscan.sources import metadata
from leakscan.sources.history import NAMED, left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.git.inventory import Inventory
    from leakscan.model.content import Chunk


def read_texts(held: Inventory) -> Iterator[Chunk | Skipped]:
    """Messages, people, tags, refs and reflogs."""
    repo = held.repo
    problems: list[Skipped] = []
    all_refs = refs.refs(repo)
    logged, unread = refs.reflogs(repo)
    missing = _Missing(held)
    yield from metadata.text_chunks(_commits(held, missing, problems), _tags(held, missing, problems))
    yield from metadata.ref_chunks(all_refs)
    yield from metadata.reflog_chunks(logged)
    for ref in all_refs:
        missing.want(ref.oid, f"{escape(ref.name)} points to it")
    yield from sorted({*problems, *missing.found(), *unread})


def _commits(held: Inventory, missing: _Missing, problems: list[Skipped]) -> Iterator[tuple[str, CommitText]]:
    shallow = held.repo.is_shallow
    for batch in held.spool.write_commits(history.walk(held, check=not held.repo.is_partial)):
        for oid, message, author, written, committer, committed in batch.regular:
            yield (
                oid,
                CommitText(
                    "", (), Ident(author, written, b""), Ident(committer, committed, b""), b"", message
                ),
            )
        for oid, text in batch.irregular:
            yield oid, text
        problems += batch.problems
        for oid, what, by in batch.referred:
            if what == "tree" or not shallow:
                missing.want(oid, f"{what} of commit ", by)


def _tags(
    held: Inventory, missing: _Missing, problems: list[Skipped]
) -> Iterator[tuple[str, commits.TagText]]:
    for found in held.tags():
        if isinstance(found, Broken):
            problems.append(Skipped(f"tag {found.oid}", found.why, found.detail))
            continue
        text = commits.parse_tag(found.data)
        yield found.oid, text
        missing.want(text.target, f"tag {found.oid} points to it")


class _Missing:
    """Collects what is referred to, and says which of it is not there. In a partial clone that is no surprise."""

    def __init__(self, held: Inventory) -> None:
        self._held = held
        self._quiet = held.repo.is_partial
        self._wanted: list[tuple[str, str, str]] = []
        self._absent: list[Skipped] = []

    def want(self, oid: str, what: str, by: str = "") -> None:
        """`oid`, which may be malformed, is `what` + `by`."""
        if not self._quiet:
            self._wanted.append((oid, what, by))

    def found(self) -> list[Skipped]:
        """What is missing of all that was wanted."""
        self._look_up()
        return self._absent

    def _look_up(self) -> None:
        size = self._held.repo.oid_size
        try:
            ids = bytes.fromhex("".join([oid for oid, _, _ in self._wanted]))
        except ValueError:
            ids = b""
        malformed = any(len(oid) != 2 * size for oid, _, _ in self._wanted)
        malformed = malformed or len(ids) != size * len(self._wanted)
        if malformed:  # look closer
            sound = [oid for oid, _, _ in self._wanted if re.fullmatch(f"[0-9a-fA-F]{{{2 * size}}}", oid)]
            ids = bytes.fromhex("".join(sound))
        gone = {oid.hex() for oid in self._held.absent(ids)}
        if gone or malformed:
            known = {ids[at : at + size].hex() for at in range(0, len(ids), size)} - gone
            for oid, what, by in self._wanted:
                if oid.lower() not in known:
                    self._absent.append(Skipped(f"object {escape(oid.encode())}", "missing", what + by))
        self._wanted.clear()


def read_trees(held: Inventory) -> Iterator[Chunk | Skipped]:
    """The names of files and directories, and what trees name that is not there."""
    names: set[bytes] = set()
    beside = trees.Unread([], [])
    for batch in held.spool.write_trees(trees.walk(held, beside)):
        names.update(batch.names)
    yield from metadata.name_chunks(names)
    yield from sorted(beside.problems)
    missing = held.absent(b"".join(beside.absent))
    if missing:
        named = trees.first_named(held, missing[:NAMED])
        yield from left_out(held.repo, {oid: named.get(oid, ("", b"")) for oid in missing})
