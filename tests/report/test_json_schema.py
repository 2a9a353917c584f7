"""JSON and JSON Lines keep to docs/findings.schema.json."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from sample_results import HOSTILE, drawn, finding, place, result, rich

from leakscan.model.content import Why
from leakscan.model.finding import ScanResult, Scope
from leakscan.model.origin import FileOrigin
from leakscan.model.rule import Confidence, Severity
from leakscan.report import json as json_report
from leakscan.report import jsonl as jsonl_report

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "findings.schema.json").read_text())
CHECKER = jsonschema.FormatChecker()
DOCUMENT = jsonschema.Draft202012Validator(SCHEMA, format_checker=CHECKER)
LINE = jsonschema.Draft202012Validator({"$ref": "#/$defs/line", "$defs": SCHEMA["$defs"]})


def document(found: ScanResult, **options: Any) -> Any:
    return json.loads("".join(json_report.render(found, **options)))


@pytest.mark.parametrize("found", [result(), rich()], ids=["clean", "rich"])
@pytest.mark.parametrize("show_secrets", [False, True])
def test_documents_are_valid(found: ScanResult, show_secrets: bool) -> None:
    DOCUMENT.validate(document(found, show_secrets=show_secrets))


@pytest.mark.parametrize(
    "break_it",
    [
        lambda d: d["findings"][0].pop("rule"),
        lambda d: d["findings"][0]["places"][0].update(line=0),
        lambda d: d["findings"][0]["places"][0].update(surprise=1),
        lambda d: d["findings"][0].update(severity="terrible"),
        lambda d: d["skipped"][0].update(why="mood"),
        lambda d: d["stats"].pop("incomplete"),
        lambda d: d.update(schema="leakscan/2"),
    ],
)
def test_the_schema_refuses(break_it: Any) -> None:
    broken = document(rich())
    break_it(broken)
    assert not DOCUMENT.is_valid(broken)


def test_the_schema_knows_every_key() -> None:
    for definition in SCHEMA["$defs"].values():
        if "properties" in definition:
            assert all(
                "description" in value or "$ref" in value for value in definition["properties"].values()
            )


def test_lines_are_valid_and_say_the_same() -> None:
    lines = [json.loads(line) for line in "".join(jsonl_report.render(rich())).splitlines()]
    for line in lines:
        LINE.validate(line)
    whole = document(rich())
    assert [line.pop("type") for line in lines] == ["finding"] * 4 + ["summary"]
    assert lines[:-1] == whole["findings"]
    assert lines[-1] == {key: whole[key] for key in ("schema", "skipped", "notes", "stats")}


def test_a_path_that_is_no_unicode_comes_back() -> None:
    (found,) = document(result(finding(drawn(1), place(FileOrigin(HOSTILE)))))["findings"]
    assert base64.b64decode(found["places"][0]["path_bytes"]) == HOSTILE
    (found,) = document(result(finding(drawn(1), place(FileOrigin("ä\n".encode())))))["findings"]
    assert found["places"][0]["path"] == "ä\n"
    assert "path_bytes" not in found["places"][0]


def test_secrets_are_shown_if_asked_for() -> None:
    secrets = [drawn(1), b"\x00\xff" + drawn(2)]
    found = document(result(*map(finding, secrets)), show_secrets=True)["findings"]
    assert found[0]["secret"].encode() == secrets[0]
    assert base64.b64decode(found[1]["secret_bytes"]) == secrets[1]


def test_only_the_seconds_change_from_run_to_run() -> None:

    found = rich()
    later = found._replace(stats=found.stats._replace(seconds=99.0))
    one, two = document(found), document(later)
    assert one != two
    del one["stats"]["seconds"], two["stats"]["seconds"]
    assert one == two


def test_output_is_ascii() -> None:
    assert "".join(json_report.render(rich())).isascii()
    assert "".join(jsonl_report.render(rich())).isascii()


@pytest.mark.parametrize(
    ("definition", "key", "values"),
    [
        ("finding", "severity", get_args(Severity)),
        ("finding", "confidence", get_args(Confidence)),
        ("skipped", "why", get_args(Why)),
        ("stats", "scope", get_args(Scope)),
    ],
)
def test_the_schema_knows_every_value(definition: str, key: str, values: tuple[str, ...]) -> None:
    assert SCHEMA["$defs"][definition]["properties"][key]["enum"] == list(values)
