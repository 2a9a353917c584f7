"""Findings of commits, placed in the checkout where its files still have them: annotations need a line that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import catfile, run
from leakscan.model.lines import region
from leakscan.model.origin import BlobOrigin, FileOrigin
from leakscan.sources import gate

if TYPE_CHECKING:
    from leakscan.git.repository import Repository
    from leakscan.model.finding import Finding, Place, ScanResult

_MOST = 2000  # paths asked for in one call of git: command lines are bounded


def place(repo: Repository, result: ScanResult, head: str) -> ScanResult:
    """`result` with the places that commit `head` still has as places in files, at the line where they are there.

    What a later commit took out again stays what it is: a place in a commit.
    """
    paths = sorted(
        {p.path for f in result.findings for p in f.places if p.path and isinstance(p.origin, BlobOrigin)}
    )
    blobs: dict[bytes, str] = {}
    for start in range(0, len(paths), _MOST):
        blobs |= _blobs(repo, head, paths[start : start + _MOST])
    if not blobs:
        return result
    texts = _texts(repo, sorted(set(blobs.values())))
    findings = tuple(_placed(finding, blobs, texts) for finding in result.findings)
    return result._replace(findings=findings)


def _blobs(repo: Repository, head: str, paths: list[bytes]) -> dict[bytes, str]:
    """The blobs that `head` has at `paths`."""
    where = repo.where._replace(env=(*repo.where.env, ("GIT_LITERAL_PATHSPECS", "1")))
    status, out, _ = run.attempt(where, "ls-tree", "-r", "-z", "--full-tree", head, "--", *paths)
    found = {}
    for line in out.split(b"\0") if status == 0 else ():
        facts, _, path = line.partition(b"\t")
        fields = facts.split(b" ")
        if len(fields) == 3 and fields[1] == b"blob":
            found[path] = fields[2].decode()
    return found


def _texts(repo: Repository, oids: list[str]) -> dict[str, bytes]:
    found = {}
    for blob in catfile.stream(repo, oids, gate.DEFAULT_MAX_SIZE):
        text = gate.admit(blob.data) if isinstance(blob, catfile.Object) else None
        if isinstance(text, bytes):
            found[blob.oid] = text
    return found


def _placed(finding: Finding, blobs: dict[bytes, str], texts: dict[str, bytes]) -> Finding:
    places: dict[tuple[object, ...], Place] = {}
    for one in finding.places:
        new = _in_file(finding, one, blobs, texts)
        places.setdefault((new.origin, new.path, new.line, new.column), new)
    return finding._replace(places=tuple(places.values()))


def _in_file(finding: Finding, one: Place, blobs: dict[bytes, str], texts: dict[str, bytes]) -> Place:
    if not isinstance(one.origin, BlobOrigin) or one.path is None or one.path not in blobs:
        return one
    blob = blobs[one.path]
    if blob == one.origin.blob:
        return one._replace(origin=FileOrigin(one.path))
    secret = finding.secret.reveal()
    text = texts.get(blob, b"")
    start = text.find(secret)
    if start < 0:
        return one
    where = region(text, start, start + len(secret))
    return one._replace(
        origin=FileOrigin(one.path),
        line=where.line,
        column=where.column,
        end_line=where.end_line,
        end_column=where.end_column,
    )
