"""Reports of other scanners, as findings that can be looked for: JSON of several tools, SARIF."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from leakscan.model.errors import DocumentError, Problem
from leakscan.model.secret import Secret

from . import detect_secrets, files, rule_files
from .outcome import Bag, Known, line_of, place, printable, tables

if TYPE_CHECKING:
    from pathlib import Path

_REDACTED = ("REDACTED", "redacted", "***", "")


def report(path: Path, root: bytes = b"") -> list[Known]:
    """What the report in `path` has found. `root`: absolute paths below it are made relative.

    Raises DocumentError for a file that is no report of a format that is known.
    """
    from pathlib import Path as FilePath

    bag = Bag(root=FilePath(os.fsdecode(root)) if root else None)
    text = files.read(bag, path)
    if text is None:
        raise DocumentError(
            [Problem(remark.where, 0, "", f"{remark.what} {remark.why}") for remark in bag.left]
        )
    name = bag.name(path)
    found = _parse(bag, name, text)
    if found is None:
        raise DocumentError(
            [
                Problem(
                    name,
                    0,
                    "",
                    "no report that is known: JSON of gitleaks, betterleaks, trufflehog, detect-secrets, kingfisher, "
                    "Nosey Parker, CredSweeper or ggshield, or SARIF",
                )
            ]
        )
    return [_below(known, root) for known in found]


def add(bag: Bag, path: Path, root: bytes) -> None:
    """A report as a baseline: all that it has found is known."""
    bag.known += report(path, root)
    bag.read.append(bag.name(path))


def _below(known: Known, root: bytes) -> Known:
    import dataclasses

    return dataclasses.replace(known, path=_relative(known.path, root))


def _relative(path: bytes | None, root: bytes) -> bytes | None:
    if path is None:
        return None
    path = path.replace(b"\\", b"/")
    if root and path.startswith(root.rstrip(b"/") + b"/"):
        path = path[len(root.rstrip(b"/")) + 1 :]
    while path.startswith(b"./"):
        path = path[2:]
    return path


def _parse(bag: Bag, name: str, text: str) -> list[Known] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _other(bag, name, text)
    if isinstance(document, dict):
        if "runs" in document:
            return _sarif(name, text, document)
        if "results" in document and isinstance(document["results"], dict):
            return detect_secrets.results(bag, name, text, document)
        if isinstance(document.get("findings"), list):
            return [_loose(name, text, f) for f in tables(document["findings"])]
        if "SourceMetadata" in document:
            return [_trufflehog(name, text, document)]
        if "scans" in document or "entities_with_incidents" in document:
            return _ggshield(name, document)
    if isinstance(document, list):
        entries = tables(document)
        if any("line_data_list" in e for e in entries):
            return _credsweeper(name, entries)
        if all("RuleID" in e for e in entries):
            return [_gitleaks(name, text, e) for e in entries]
        if all("SourceMetadata" in e for e in entries):
            return [_trufflehog(name, text, e) for e in entries]
        return [_loose(name, text, e) for e in entries]
    return None


def _other(bag: Bag, name: str, text: str) -> list[Known] | None:
    """JSON Lines, or kingfisher's YAML."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict):
            break
        if "SourceMetadata" in entry:
            found.append(_trufflehog(name, text, entry))
        elif entry.keys() & _PLACE:
            found.append(_loose(name, text, entry))
    else:
        return found
    document = files.yaml(bag, name, text)
    if isinstance(document, dict) and document.keys() & {"ExactFindings", "repositories"}:
        return rule_files.kingfisher_findings(name, text, document)
    return None


def _gitleaks(name: str, text: str, entry: dict[str, Any]) -> Known:
    mark = str(entry.get("Fingerprint") or "")
    return _known(
        place(name, line_of(text, mark) if mark else 0),
        name,
        rule=entry.get("RuleID"),
        path=entry.get("File"),
        line=entry.get("StartLine"),
        commit=entry.get("Commit"),
        value=entry.get("Secret"),
    )


def _trufflehog(name: str, text: str, entry: dict[str, Any]) -> Known:
    data = (entry.get("SourceMetadata") or {}).get("Data") or {}
    source = next((v for v in data.values() if isinstance(v, dict)), {})
    return _known(
        name,
        name,
        rule=entry.get("DetectorName"),
        path=source.get("file"),
        line=source.get("line"),
        commit=source.get("commit"),
        value=entry.get("Raw"),
    )


def _credsweeper(name: str, entries: list[dict[str, Any]]) -> list[Known]:
    found = []
    for entry in entries:
        for line in tables(entry.get("line_data_list"))[:1]:
            at = line.get("line_num")
            found.append(
                _known(
                    name,
                    name,
                    rule=entry.get("rule"),
                    path=line.get("path"),
                    line=at,
                    value=line.get("value"),
                )
            )
    return found


def _ggshield(name: str, document: dict[str, Any]) -> list[Known]:
    found = []
    scans = [document, *tables(document.get("scans"))]
    for scan in scans:
        commit = scan.get("id") if scan.get("type") == "commit" else None
        for entity in tables(scan.get("entities_with_incidents")):
            for incident in tables(entity.get("incidents")):
                for one in tables(incident.get("occurrences"))[:1]:
                    where = {"path": entity.get("filename"), "line": one.get("line_start"), "commit": commit}
                    found.append(_known(name, name, rule=incident.get("type"), **where))
    return found


_PLACE = frozenset({"file", "path", "File", "location", "matches", "finding", "rule", "rule_id", "rule_name"})


def _loose(name: str, text: str, entry: dict[str, Any]) -> Known:
    """What kingfisher, Nosey Parker, betterleaks 2 and their like write: the names of keys vary, their meaning does not."""
    flat: dict[str, Any] = {}

    def walk(value: Any, depth: int) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value[:1]):
            if isinstance(inner, dict | list):
                if depth < 8:
                    walk(inner, depth + 1)
            else:
                flat.setdefault(str(key).lower().replace("_", ""), inner)

    walk(entry, 0)

    def first(*keys: str) -> Any:
        return next((flat[k] for k in keys if flat.get(k) not in (None, "")), None)

    return _known(
        name,
        name,
        rule=first("ruleid", "rulename", "ruletextid", "rule", "id", "name"),
        path=first("path", "file", "filepath", "filename", "blobpath"),
        line=first("startline", "line", "linenum", "linenumber"),
        commit=first("commit", "commitid", "firstcommit", "sha"),
        value=first("secret", "raw", "match", "snippet") if isinstance(first("secret", "raw"), str) else None,
    )


def _sarif(name: str, text: str, document: dict[str, Any]) -> list[Known]:
    """https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""
    found = []
    for run in tables(document.get("runs")):
        for result in tables(run.get("results")):
            rule = result.get("ruleId") or (result.get("rule") or {}).get("id")
            commit = (result.get("partialFingerprints") or {}).get("commitSha")
            for location in tables(result.get("locations"))[:1]:
                physical = location.get("physicalLocation") or {}
                artifact = physical.get("artifactLocation") or {}
                path = _uri(str(artifact.get("uri") or ""))
                line = (physical.get("region") or {}).get("startLine")
                found.append(_known(name, name, rule=rule, path=path, line=line, commit=commit))
    return found


def _uri(uri: str) -> bytes:
    """The path of a file's address, percent-decoded; relative where it is, whatever its base."""
    if uri.startswith("file://"):
        return b"/" + unquote_to_bytes(uri.removeprefix("file://").partition("/")[2])
    return unquote_to_bytes(uri)


def _known(
    where: str,
    name: str,
    *,
    rule: Any = None,
    path: Any = None,
    line: Any = None,
    commit: Any = None,
    value: Any = None,
) -> Known:
    raw = os.fsencode(path) if isinstance(path, str) else path if isinstance(path, bytes) else None
    text = value if isinstance(value, str) and value.strip("*") not in _REDACTED else None
    return Known(
        where=where,
        reason=f"Known before (from {name})",
        rule=printable(str(rule or "")),
        path=raw or None,
        line=line if isinstance(line, int) and line > 0 else None,
        commit=commit.lower() if isinstance(commit, str) and commit else None,
        value=Secret(text.encode("utf-8", "surrogateescape")) if text else None,
    )
