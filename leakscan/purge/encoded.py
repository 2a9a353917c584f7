"""Secrets that stand in a form which cannot be recognised by their bytes: compressed, encoded twice, joined from parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.origin import BlobOrigin

if TYPE_CHECKING:
    from leakscan.git.repository import Repository
    from leakscan.model.finding import Finding, Place

_KNOWN = frozenset(("base64", "hex", "percent", "escape"))
"""Encodings in which `replace` finds a secret by itself."""


def encoded_texts(repo: Repository, finding: Finding) -> list[bytes]:
    """The encoded texts of `finding`, as they stand in blobs, where the secret alone would not be found there.

    To take one out is to take out all that is encoded with it. Raises GitError.
    """
    found: dict[bytes, None] = {}
    for place in finding.places:
        if place.encoding and place.encoding not in _KNOWN and isinstance(place.origin, BlobOrigin):
            text = _at(repo.git("cat-file", "blob", place.origin.blob), place)
            if text:
                found[text] = None
    return list(found)


def _at(blob: bytes, place: Place) -> bytes:
    """What stands from a place's first to its last column; these count code points."""
    lines = blob.split(b"\n")[place.line - 1 : place.end_line]
    if not lines:
        return b""
    lines[-1] = _columns(lines[-1], 0, place.end_column - 1)
    lines[0] = _columns(lines[0], place.column - 1, None)
    return b"\n".join(lines)


def _columns(line: bytes, low: int, high: int | None) -> bytes:
    return line.decode("utf-8", "surrogateescape")[low:high].encode("utf-8", "surrogateescape")
