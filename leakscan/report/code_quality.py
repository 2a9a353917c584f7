"""GitLab's code-quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from leakscan.model.text import escape

from .order import nearest_first
from .redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leakscan.model.finding import Finding, Place, ScanResult
    from leakscan.model.rule import Severity

_SEVERITIES: Mapping[Severity, str] = {
    "critical": "blocker",
    "high": "critical",
    "medium": "major",
    "low": "minor",
}


def render(result: ScanResult) -> Iterator[str]:
    """A list of issues, one for every file that has a secret: what has no path GitLab cannot show, and it is left out."""
    redactor = Redactor(result, show_secrets=False)
    issues = [issue for finding in result.findings for issue in _issues(finding, redactor)]
    yield "[" + ",".join(f"\n{json.dumps(issue)}" for issue in issues) + "\n]\n"


def _issues(finding: Finding, redactor: Redactor) -> Iterator[dict[str, Any]]:
    files: dict[bytes, Place] = {}
    for place in nearest_first(finding.places):
        if place.path is not None:
            files.setdefault(place.path, place)
    for path, place in files.items():
        name = escape(finding.rule.name.encode())
        identity = f"{finding.fingerprint}\0".encode() + path
        yield {
            "description": f"{name}: {escape(redactor.secret(finding.secret))}",
            "check_name": finding.rule.id,
            # The same as long as the secret is in this file, whichever line it is on.
            "fingerprint": hashlib.sha256(identity).hexdigest(),
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": redactor.unicode(path),
                "lines": {"begin": place.line, "end": place.end_line},
            },
        }
