"""The CSV report: readable by programs, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from sample_results import drawn, finding, place, result, rich, rule

from leakscan.model.origin import FileOrigin
from leakscan.report import csv as csv_report


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_place_is_a_row() -> None:
    found = rich()
    read = rows("".join(csv_report.render(found)))
    assert len(read) == sum(len(f.places) for f in found.findings)
    assert read[0]["path"] == "config/settings.py"
    assert read[0]["state"] == "head"
    assert read[0]["secret"] == "i0Vp********"
    assert {len(row) for row in read} == {len(csv_report.COLUMNS)}


@pytest.mark.parametrize(
    "name", [b"=cmd|' /C calc'!A0", b"+1+1", b"-2", b"@SUM(A1)", b"  =1+1", b"\t=1", b"\r=1", "＝1".encode()]
)
def test_no_cell_begins_a_formula(name: bytes) -> None:
    text = "".join(csv_report.render(result(finding(drawn(1), place(FileOrigin(name))))))
    path = rows(text)[0]["path"]
    assert path.startswith(("'", "\\"))


def test_no_cell_holds_a_line_break_or_control_character() -> None:
    hostile = b'a"b,c\nd\x1b[31m\xff.py'
    text = "".join(csv_report.render(result(finding(drawn(1), place(FileOrigin(hostile))))))
    assert text.count("\r\n") == text.count("\n") == 2
    assert rows(text)[0]["path"] == 'a"b,c\\nd\\x1b[31m\\xff.py'


def test_secrets_are_shown_only_on_demand() -> None:
    found = result(finding(drawn(1), of=rule()))
    assert rows("".join(csv_report.render(found, show_secrets=True)))[0]["secret"] == drawn(1).decode()
