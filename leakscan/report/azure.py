"""Annotations for Azure Pipelines: logging commands on standard output.

https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.origin import FileOrigin
from leakscan.model.text import escape

from .life import brought, where
from .order import nearest_first
from .redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Finding, ScanResult

# Azure undoes these in values and messages: agent, CommandStringConvertor.
_ESCAPES = (("%", "%AZP25"), (";", "%3B"), ("\r", "%0D"), ("\n", "%0A"), ("]", "%5D"))


def render(result: ScanResult) -> Iterator[str]:
    """An error or warning a finding, then what was not scanned."""
    redactor = Redactor(result, show_secrets=False)
    for finding in result.findings:
        yield _issue(finding, redactor)
    for skipped in result.skipped:
        if skipped.incomplete:
            words = f"not scanned: {redactor.line(skipped.what)}: {skipped.why}"
            yield f"##vso[task.logissue type=warning]{_escaped(words)}\n"


def _issue(finding: Finding, redactor: Redactor) -> str:
    level = "error" if finding.severity in ("critical", "high") else "warning"
    place = nearest_first(finding.places)[0]
    properties = f"type={level}"
    if place.path is not None and isinstance(place.origin, FileOrigin):
        path = _escaped(redactor.unicode(place.path))
        properties += f";sourcepath={path};linenumber={place.line};columnnumber={place.column}"
    words = (
        f"{escape(finding.rule.name.encode())}: {escape(redactor.secret(finding.secret))} ({finding.rule.id})"
    )
    if not isinstance(place.origin, FileOrigin):
        words += f", found in {where(place, redactor)}{brought(place)}"
    return f"##vso[task.logissue {properties};code={_escaped(finding.rule.id)}]{_escaped(words)}\n"


def _escaped(text: str) -> str:
    text = escape(text.encode("utf-8", "backslashreplace"))
    for raw, written in _ESCAPES:
        text = text.replace(raw, written)
    return text
