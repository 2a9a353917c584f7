"""Blobs that are too large for memory: read by way of git, in pieces that overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.errors import GitError

from . import replace_archive
from .model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakscan.git.repository import Repository

    from .replace import Matcher

PIECE = 16 << 20  # bytes


def pieces(repo: Repository, oid: str) -> Iterator[bytes]:
    """A blob's content, piece by piece. Raises GitError."""
    process = run.start(repo.where, "cat-file", "blob", oid)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        while piece := process.stdout.read(PIECE):
            yield piece
        err = process.stderr.read()
    if process.wait():
        raise run.failure(repo.where, err)


def search_large(repo: Repository, oid: str, matcher: Matcher) -> tuple[tuple[tuple[Span, bytes], ...], bool]:
    """Every match in a blob, as `Matcher.spans`, with what takes its place without changing the size.

    And whether the blob is compressed, so that it was not looked into.
    """
    found: dict[tuple[int, int], tuple[Span, bytes]] = {}
    at, kept, compressed = 0, b"", False
    for piece in pieces(repo, oid):
        compressed |= not at and not kept and replace_archive.is_archive(piece)
        data = kept + piece
        for span in matcher.spans(data):
            moved = span._replace(start=at + span.start, end=at + span.end)
            instead = matcher.instead(span, data[span.start : span.end], "same", matcher.token)
            found[moved.start, moved.end] = moved, instead
        kept = data[-2 * matcher.context :] if matcher.context else b""
        at += len(data) - len(kept)
    disjoint: list[tuple[Span, bytes]] = []
    for span, instead in sorted(found.values()):
        if not disjoint or span.start >= disjoint[-1][0].end:
            disjoint.append((span, instead))
    return tuple(disjoint), compressed


def exchanged(repo: Repository, oid: str, parts: Sequence[tuple[int, int, bytes]]) -> Iterator[bytes]:
    """A blob's content with the ranges of `parts` (start, end, instead; sorted and disjoint) exchanged."""
    at = 0
    waiting = list(parts)
    for piece in pieces(repo, oid):
        start, end, begin = at, at + len(piece), 0
        while waiting and waiting[0][0] < end:
            first, last, instead = waiting[0]
            if first >= start:
                yield piece[begin : first - start]
                yield instead
            begin = min(last, end) - start
            if last > end:
                break
            waiting.pop(0)
        yield piece[begin:]
        at = end
    if waiting and waiting[0][1] > at:
        raise GitError(f"blob {oid} is shorter than it was")
