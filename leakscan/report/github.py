"""Annotations for GitHub Actions: workflow commands on standard output.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
GitHub shows ten errors, ten warnings and ten notices a step, so the worst come first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.origin import FileOrigin, StagedOrigin
from leakscan.model.text import escape

from .life import brought, path_of, sentence, where
from .order import nearest_first
from .redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Finding, Place, ScanResult
    from leakscan.model.rule import Severity

_LEVEL: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}
MISSED = 9  # shown of what was not scanned, one annotation each; the last says how many more


def render(result: ScanResult, *, show_secrets: bool = False) -> Iterator[str]:
    """A command a finding, at its nearest place that the checkout has; then what was not scanned, as warnings.

    The log of a workflow is public where its repository is: secrets stay masked whatever `show_secrets` says.
    """
    redactor = Redactor(result, show_secrets=False)
    for finding in result.findings:
        yield _annotation(finding, redactor)
    missed = [s for s in result.skipped if s.incomplete]
    for skipped in missed[:MISSED]:
        detail = f" ({redactor.line(skipped.detail)})" if skipped.detail else ""
        message = f"{redactor.line(skipped.what)}: {skipped.why}{detail}"
        yield f"::warning title=leakscan could not scan::{_data(message)}\n"
    if len(missed) > MISSED:
        more = f"{len(missed) - MISSED} more contents could not be scanned"
        yield f"::warning title=leakscan could not scan::{_data(more)}\n"


def _annotation(finding: Finding, redactor: Redactor) -> str:
    places = nearest_first(finding.places)
    shown = next((p for p in places if _in_checkout(p, finding)), None)
    properties = [f"title={_property(finding.rule.name)}"]
    if shown is not None:
        path = redactor.unicode(path_of(shown) or b"")
        properties = [
            f"file={_property(path)}",
            f"line={shown.line}",
            f"endLine={shown.end_line}",
            # Columns count only within one line.
            *(
                [f"col={shown.column}", f"endColumn={shown.end_column}"]
                if shown.line == shown.end_line
                else []
            ),
            *properties,
        ]
    return (
        f"::{_LEVEL[finding.severity]} {','.join(properties)}::{_data(_message(finding, shown, redactor))}\n"
    )


def _message(finding: Finding, shown: Place | None, redactor: Redactor) -> str:
    places = nearest_first(finding.places)
    lines = [
        f"{escape(redactor.secret(finding.secret))} ({finding.rule.id}, {finding.confidence} confidence)"
    ]
    if shown is None:
        lines.append(f"Found in {where(places[0], redactor)}{brought(places[0])}")
    if len(places) > 1:
        lines.append(f"{len(places) - 1} more places")
    if said := sentence(finding.life):
        lines.append(said)
    if finding.rule.rotate.url:
        lines.append(f"Rotate it: {finding.rule.rotate.url}")
    lines.append(f"Fingerprint: {finding.fingerprint}")
    return "\n".join(escape(line.encode("utf-8", "backslashreplace")) for line in lines)


def _in_checkout(place: Place, finding: Finding) -> bool:
    """Whether GitHub can show the place: its file is there, or HEAD still has the secret under that path."""
    if isinstance(place.origin, FileOrigin | StagedOrigin):
        return True
    return place.path is not None and finding.life is not None and finding.life.in_head


def _data(text: str) -> str:
    """https://github.com/actions/toolkit/blob/main/docs/commands.md"""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    printable = escape(text.encode("utf-8", "backslashreplace"))
    return _data(printable).replace(":", "%3A").replace(",", "%2C")
