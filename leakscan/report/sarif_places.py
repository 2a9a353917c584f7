"""Where a finding is, in SARIF's terms: relative, percent-encoded URIs and regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import quote_from_bytes

from leakscan.model.origin import (
    BlobOrigin,
    CommitOrigin,
    FileOrigin,
    NameOrigin,
    ReflogOrigin,
    RefOrigin,
    StagedOrigin,
    StdinOrigin,
    TagOrigin,
)
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakscan.model.finding import Place

    from .redact import Redactor

ROOT = "%SRCROOT%"
# What RFC 3986 lets stand in a path, but ":", which would end a scheme in the first segment.
_SAFE = "/!$&'()*+,;=@~"


def distinct(places: Iterable[Place]) -> list[Place]:
    """`places`, each once: a later one is left out if it is the same place in another version of the file."""
    once: dict[tuple[bytes, int, int, int, int], Place] = {}
    for p in places:
        once.setdefault((_path(p)[0], p.line, p.column, p.end_line, p.end_column), p)
    return list(once.values())


def location(place: Place, redactor: Redactor, *, number: int | None = None) -> Any:
    """`place` as a SARIF location. With a `number`, a related one: messages link to it by that."""
    from .sarif_om_parts import om

    path, words = _path(place)
    found = om.Location(
        physical_location=om.PhysicalLocation(
            artifact_location=_artifact(redactor.raw(path)),
            region=_region(place),
        )
    )
    if words:
        found.logical_locations = [om.LogicalLocation(fully_qualified_name=redactor.line(words))]
    if place.commit is not None:
        found.properties = {"commit": place.commit.oid, "date": place.commit.date}
    if number is not None:
        found.id = number
    return found


def title(place: Place, redactor: Redactor) -> str:
    """`place` for a message: the path and line, or what else it is."""
    path, words = _path(place)
    if words:
        return redactor.line(words)
    name = redactor.printable(path)
    return f"the name {name}" if isinstance(place.origin, NameOrigin) else f"{name}:{place.line}"


def uri(path: bytes) -> str:
    """`path` as a relative reference (RFC 3986, section 4.2)."""
    return quote_from_bytes(path, safe=_SAFE)


def _artifact(path: bytes) -> Any:
    from .sarif_om_parts import om

    if path.startswith(b"/"):  # outside of the root
        return om.ArtifactLocation(uri="file://" + uri(path))
    return om.ArtifactLocation(uri=uri(path), uri_base_id=ROOT)


def _region(place: Place) -> Any:
    from .sarif_om_parts import om

    if isinstance(place.origin, NameOrigin):
        return om.Region(start_line=1)  # the columns are the name's, not the file's
    return om.Region(
        start_line=place.line,
        start_column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
    )


def _path(place: Place) -> tuple[bytes, str]:
    """The path of `place`, and what to call it where it is no file's content.

    Code scanning wants a relative path of everything. What has none gets one under `.git`, where git lets no
    tracked file be.
    """
    match place.origin:
        case FileOrigin(path) | StagedOrigin(path, _) | NameOrigin(path):
            return place.path or path, ""
        case BlobOrigin(blob):
            return (place.path, "") if place.path else (f".git/blob/{blob}".encode(), f"blob {blob}")
        case CommitOrigin(commit, part):
            return f".git/commit/{commit}/{part}".encode(), f"{part} of commit {commit}"
        case TagOrigin(tag, part):
            return f".git/tag/{tag}/{part}".encode(), f"{part} of tag {tag}"
        case RefOrigin(ref):
            return b".git/" + ref, f"ref {escape(ref)}"
        case ReflogOrigin(ref, entry):
            return b".git/logs/" + ref, f"reflog {escape(ref)}@{{{entry}}}"
        case StdinOrigin():
            return b"stdin", "standard input"
        case _:
            assert_never(place.origin)


def has_file(places: Iterable[Place]) -> bool:
    """Whether one of `places` is in a file that is there now."""
    return any(isinstance(place.origin, FileOrigin | StagedOrigin | StdinOrigin) for place in places)
