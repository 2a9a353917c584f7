"""One JSON document, a finding a line: what programs read. See docs/json.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .redact import Redactor
from .values import SCHEMA, finding_value, summary_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import ScanResult


def render(result: ScanResult, *, show_secrets: bool = False) -> Iterator[str]:
    """`result` in the schema `leakscan/1`, as pieces of text.

    Pure ASCII, so that it means the same in every encoding and drives no terminal.
    """
    redactor = Redactor(result, show_secrets=show_secrets)
    yield f'{{"schema": {json.dumps(SCHEMA)},\n"findings": ['
    for n, finding in enumerate(result.findings):
        yield (",\n" if n else "\n") + json.dumps(finding_value(finding, redactor))
    yield "\n]"
    summary = summary_value(result, redactor)
    yield ',\n"skipped": [' + ",".join(f"\n{json.dumps(one)}" for one in summary["skipped"]) + "\n]"
    yield f',\n"notes": {json.dumps(summary["notes"])}'
    yield f',\n"stats": {json.dumps(summary["stats"])}'
    yield "}\n"
