"""Every format, byte for byte. `pytest tests/report/test_golden.py --regenerate` writes the files anew."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sample_results import result, rich

from leakscan.report import csv, github, gitlab, html, json, jsonl, junit, markdown, sarif, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOLDEN = Path(__file__).parent / "golden"
FORMATS: dict[str, Callable[..., Iterator[str]]] = {
    "text": text.render,
    "color": partial(text.render, color=True),
    "json": json.render,
    "jsonl": jsonl.render,
    "sarif": sarif.render,
    "html": html.render,
    "markdown": markdown.render,
    "csv": csv.render,
    "junit": junit.render,
    "gitlab": gitlab.render,
    "github": github.render,
}
RESULTS = {"rich": rich, "clean": result}


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_as_it_was(
    form: str, name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("gitlab", "html", "sarif", "template"):
        monkeypatch.setattr(f"leakscan.report.{module}.__version__", "1.2.3")
    report = "".join(FORMATS[form](RESULTS[name]())).encode()
    path = GOLDEN / f"{name}.{form}"
    if request.config.getoption("--regenerate"):
        path.write_bytes(report)
    assert report == path.read_bytes()
    assert report == "".join(FORMATS[form](RESULTS[name]())).encode()
