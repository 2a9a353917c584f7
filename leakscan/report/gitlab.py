"""GitLab's secret-detection report, schema 15.0.4: the artefact `reports: secret_detection` of a job.

https://docs.gitlab.com/development/integrations/secure/ and
https://gitlab.com/gitlab-org/security-products/security-report-schemas
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leakscan import __version__
from leakscan.model.text import escape

from .life import path_of, sentence, where
from .order import nearest_first
from .redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Commit, Finding, ScanResult

VERSION = "15.0.4"
NOWHERE = "0" * 7  # what stands for a commit where there is none: the schema wants one
PLACES = 20  # of one finding, in its description
MESSAGES = 100
_NAME, _DESCRIPTION, _SOLUTION = 255, 1_048_576, 7_000  # characters that the schema allows
_NAMESPACE = uuid.UUID("5a9c7f0e-2b60-5b83-9a40-4b1f6e2f0d11")


def render(result: ScanResult, *, show_secrets: bool = False, ended: datetime | None = None) -> Iterator[str]:
    """`result` as one JSON document, a vulnerability a finding. Secrets stay masked whatever `show_secrets` says:
    GitLab stores the report. `ended` is when the scan ended (with its zone); without it, 1970."""
    redactor = Redactor(result, show_secrets=False)
    ended = (ended or datetime.fromtimestamp(0, UTC)).astimezone(UTC)
    try:
        started = ended - timedelta(seconds=result.stats.seconds)
    except OverflowError:
        started = ended
    yield f'{{"version": "{VERSION}",\n"vulnerabilities": ['
    for number, finding in enumerate(result.findings):
        yield (",\n" if number else "\n") + json.dumps(_vulnerability(finding, redactor))
    yield "\n]"
    yield f',\n"scan": {json.dumps(_scan(result, redactor, started, ended))}}}\n'


def _scan(result: ScanResult, redactor: Redactor, started: datetime, ended: datetime) -> dict[str, Any]:
    tool = {
        "id": "leakscan",
        "name": "leakscan",
        "version": __version__,
        "vendor": {"name": "leakscan"},
    }
    missed = [s for s in result.skipped if s.incomplete]
    said = [
        {
            "level": "warn",
            "value": f"not scanned: {redactor.line(s.what)}: {s.why} {redactor.line(s.detail)}".rstrip(),
        }
        for s in missed[:MESSAGES]
    ]
    if len(missed) > MESSAGES:
        said.append({"level": "warn", "value": f"{len(missed) - MESSAGES} more contents were not scanned"})
    said += [{"level": "info", "value": redactor.line(note)} for note in result.notes if note]
    return {
        "type": "secret_detection",
        "status": "success",
        "start_time": _time(started),
        "end_time": _time(ended),
        "analyzer": tool,
        "scanner": tool,
        "messages": said,
    }


def _vulnerability(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    rule = finding.rule
    first = nearest_first(finding.places)[0]
    path = path_of(first)
    commit = first.commit or (finding.life.introduced if finding.life else None)
    solution = "\n".join(
        [*([f"Rotate it: {rule.rotate.url}"] if rule.rotate.url else []), *rule.rotate.steps]
    )
    links = [
        {"url": url} for url in (rule.rotate.url, *rule.references) if url.startswith(("https://", "http://"))
    ]
    return {
        "id": str(uuid.uuid5(_NAMESPACE, finding.fingerprint)),
        "name": escape(rule.name.encode())[:_NAME],
        "description": "\n".join(_description(finding, redactor))[:_DESCRIPTION],
        "severity": finding.severity.capitalize(),
        "solution": solution[:_SOLUTION],
        "identifiers": [
            {"type": "leakscan_rule_id", "name": f"leakscan rule {rule.id}", "value": rule.id},
            {"type": "leakscan_fingerprint", "name": "leakscan fingerprint", "value": finding.fingerprint},
            {
                "type": "cwe",
                "name": "CWE-798",
                "value": "798",
                "url": "https://cwe.mitre.org/data/definitions/798.html",
            },
        ],
        "links": links,
        "location": {
            **({"file": redactor.unicode(path)} if path is not None else {}),
            "start_line": first.line,
            "end_line": first.end_line,
            "commit": _commit(commit, redactor),
        },
        "raw_source_code_extract": redactor.line(first.snippet),
    }


def _description(finding: Finding, redactor: Redactor) -> Iterator[str]:
    """GitLab renders Markdown: what comes from the repository is indented, so that it is code and means nothing."""
    yield escape(finding.rule.description.encode()) or "A secret was committed."
    yield ""
    places = nearest_first(finding.places)
    for place in places[:PLACES]:
        yield f"    {where(place, redactor)}"
    if len(places) > PLACES:
        yield f"    and {len(places) - PLACES} more places"
    if said := sentence(finding.life):
        yield f"    {said}"


def _commit(commit: Commit | None, redactor: Redactor) -> dict[str, str]:
    if commit is None:
        return {"sha": NOWHERE}
    return {
        "sha": commit.oid,
        "author": redactor.printable(commit.author),
        "date": commit.date,
        "message": redactor.printable(commit.subject),
    }


def _time(moment: datetime) -> str:
    """In UTC, without a zone: what the schema wants."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
