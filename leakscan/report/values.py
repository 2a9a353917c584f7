"""The schema `leakscan/1`: findings as plain values, see docs/json.md and docs/findings.schema.json."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

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
from leakscan.model.secret import Secret
from leakscan.model.text import escape

if TYPE_CHECKING:
    from leakscan.model.content import Skipped
    from leakscan.model.finding import Commit, Finding, Place, ScanResult
    from leakscan.model.match import Part

    from .redact import Redactor

SCHEMA = "leakscan/1"
Value: TypeAlias = dict[str, Any]


def finding_value(finding: Finding, redactor: Redactor) -> Value:
    """One finding. What only a scan of history knows is null where there was none."""
    life = finding.life
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "fingerprint": finding.fingerprint,
        **_bytes("secret", redactor.secret(finding.secret)),
        "parts": [_part(part, redactor) for part in finding.parts],
        "places": [_place(place, redactor) for place in finding.places],
        "introduced": _commit(life.introduced, redactor) if life else None,
        "removed": _commit(life.removed, redactor) if life else None,
        "in_head": life.in_head if life else None,
        "refs": [redactor.unicode(ref) for ref in life.refs] if life else None,
        "reachable": life.reachable if life else None,
    }


def summary_value(result: ScanResult, redactor: Redactor) -> Value:
    """All but the findings. Only `stats.seconds` varies from run to run."""
    return {
        "skipped": [_skipped(s, redactor) for s in result.skipped],
        "notes": [redactor.line(note) for note in result.notes],
        "stats": {
            "findings": len(result.findings),
            "baselined": result.baselined,
            "skipped": len(result.skipped),
            "incomplete": result.incomplete,
            "scope": result.scope,
            "chunks": result.stats.chunks,
            "bytes": result.stats.bytes,
            "commits": result.stats.commits,
            "seconds": round(result.stats.seconds, 3),
        },
    }


def _place(place: Place, redactor: Redactor) -> Value:
    kind, path, extra = _origin(place, redactor)
    commit = place.commit
    return {
        "kind": kind,
        **_bytes("path", None if path is None else redactor.raw(path)),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "snippet": redactor.line(place.snippet),
        **({"encoding": place.encoding} if place.encoding else {}),
        "blob": None,
        "commit": commit.oid if commit else None,
        "author": redactor.unicode(commit.author) if commit else None,
        "date": commit.date if commit else None,
        "subject": redactor.unicode(commit.subject) if commit else None,
        **extra,
    }


def _origin(place: Place, redactor: Redactor) -> tuple[str, bytes | None, Value]:
    """The kind of a place, its path, and the keys that its kind sets."""
    match place.origin:
        case FileOrigin(path):
            return "file", place.path or path, {}
        case StagedOrigin(path, blob):
            return "staged", place.path or path, {"blob": blob}
        case BlobOrigin(blob):
            return "blob", place.path, {"blob": blob}
        case CommitOrigin(commit, part):
            return "commit", None, {"commit": commit, "part": part}
        case TagOrigin(tag, part):
            return "tag", None, {"tag": tag, "part": part}
        case RefOrigin(ref):
            return "ref", None, {"ref": redactor.unicode(ref)}
        case ReflogOrigin(ref, entry):
            return "reflog", None, {"ref": redactor.unicode(ref), "entry": entry}
        case NameOrigin(path):
            return "name", place.path or path, {}
        case StdinOrigin():
            return "stdin", None, {}
        case _:
            assert_never(place.origin)


def _part(part: Part, redactor: Redactor) -> Value:
    return {"rule": part.rule_id, **_bytes("secret", redactor.secret(Secret(part.secret))), "line": part.line}


def _commit(commit: Commit | None, redactor: Redactor) -> Value | None:
    if commit is None:
        return None
    return {
        "commit": commit.oid,
        "author": redactor.unicode(commit.author),
        "date": commit.date,
        "subject": redactor.unicode(commit.subject),
    }


def _skipped(skipped: Skipped, redactor: Redactor) -> Value:
    return {
        "what": redactor.line(skipped.what),
        "why": skipped.why,
        "detail": redactor.line(skipped.detail),
        "incomplete": skipped.incomplete,
    }


def _bytes(key: str, raw: bytes | None) -> Value:
    """`raw` under `key`, and once more in base64 where it is not UTF-8 and so only described by its text."""
    if raw is None:
        return {key: None}
    try:
        return {key: raw.decode()}
    except UnicodeDecodeError:
        return {key: escape(raw), f"{key}_bytes": base64.b64encode(raw).decode()}
