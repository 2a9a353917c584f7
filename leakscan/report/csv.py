"""CSV (RFC 4180), a place a row: for spreadsheets. See docs/reports.md."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from .life import state
from .order import nearest_first
from .redact import Redactor
from .values import finding_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Finding, ScanResult

COLUMNS = (
    "rule", "name", "severity", "confidence", "state", "secret", "fingerprint", "kind", "path", "line", "column",
    "end_line", "end_column", "commit", "author", "date", "subject", "introduced", "removed", "refs", "rotate",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula; the full-width forms count in some locales.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def render(result: ScanResult, *, show_secrets: bool = False) -> Iterator[str]:
    """A header and a row for every place of every finding. No cell holds a control character or begins a formula."""
    redactor = Redactor(result, show_secrets=show_secrets)
    yield _row(COLUMNS)
    for finding in result.findings:
        for row in _rows(finding, redactor):
            yield _row(row)


def _rows(finding: Finding, redactor: Redactor) -> Iterator[list[str]]:
    value = finding_value(finding, redactor)
    fixed: dict[str, Any] = {key: value[key] for key in ("rule", "name", "severity", "confidence", "secret")}
    fixed |= {
        "fingerprint": finding.fingerprint,
        "state": state(finding),
        "introduced": _date(value["introduced"]),
        "removed": _date(value["removed"]),
        "refs": " ".join(value["refs"] or ()),
        "rotate": finding.rule.rotate.url,
    }
    places = {id(place): plain for place, plain in zip(finding.places, value["places"], strict=True)}
    for place in nearest_first(finding.places):
        one = {**places[id(place)], **fixed}
        if one["path"] is None:
            one["path"] = one.get("ref") or one.get("tag") or ""
        yield ["" if one[column] is None else str(one[column]) for column in COLUMNS]


def _date(commit: dict[str, Any] | None) -> str:
    return f"{commit['date']} {commit['commit']}" if commit else ""


def _row(cells: tuple[str, ...] | list[str]) -> str:
    import csv

    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(map(_cell, cells))
    return out.getvalue()


def _cell(text: str) -> str:
    """`text` on one line, and as text to a spreadsheet: an apostrophe in front of what would begin a formula."""
    from leakscan.model.text import escape

    printable = escape(text.encode("utf-8", "backslashreplace"))
    return f"'{printable}" if printable.lstrip(" ").startswith(_FORMULA) else printable
