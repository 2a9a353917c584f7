"""JSON Lines: findings one by one, for pipes. See docs/json.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .redact import Redactor
from .values import SCHEMA, finding_value, summary_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import ScanResult


def render(result: ScanResult, *, show_secrets: bool = False) -> Iterator[str]:
    """A line `{"type": "finding", …}` each, then one `{"type": "summary", …}`: the proof that it is whole."""
    redactor = Redactor(result, show_secrets=show_secrets)
    for finding in result.findings:
        yield json.dumps({"type": "finding", **finding_value(finding, redactor)}) + "\n"
    yield json.dumps({"type": "summary", "schema": SCHEMA, **summary_value(result, redactor)}) + "\n"
