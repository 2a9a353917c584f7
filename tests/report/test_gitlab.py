"""GitLab's report: what the schema of secret-detection reports, version 15.0.4, demands of the keys that are used."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest
from sample_results import drawn, finding, place, result, rich, rule

from leakscan.model.origin import FileOrigin, StdinOrigin
from leakscan.report import gitlab

TEXT = {"type": "string", "minLength": 1}
TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
URL = {"type": "string", "pattern": "^https?://.+"}


def obj(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


def items(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": of, **more}


TOOL = obj({"id": TEXT, "name": TEXT, "version": TEXT, "vendor": obj({"name": TEXT})})
# Its rules in our words; keys that the schema has and the report does not use are left out.
SCHEMA = obj(
    {
        "version": {"type": "string", "pattern": r"^15\.[0-9]+\.[0-9]+$"},
        "scan": obj(
            {
                "analyzer": TOOL,
                "scanner": TOOL,
                "start_time": TIME,
                "end_time": TIME,
                "status": {"enum": ["success", "failure"]},
                "type": {"const": "secret_detection"},
            },
            {"messages": items(obj({"level": {"enum": ["info", "warn", "fatal"]}, "value": TEXT}))},
        ),
        "vulnerabilities": items(
            obj(
                {
                    "id": TEXT,
                    "identifiers": items(
                        obj({"type": TEXT, "name": TEXT, "value": TEXT}, {"url": URL}), minItems=1
                    ),
                    "location": obj(
                        {
                            "commit": obj(
                                {"sha": TEXT},
                                {key: {"type": "string"} for key in ("author", "date", "message")},
                            )
                        },
                        {
                            "file": {"type": "string"},
                            "start_line": {"type": "number"},
                            "end_line": {"type": "number"},
                        },
                    ),
                },
                {
                    "name": {"type": "string", "maxLength": 255},
                    "description": {"type": "string", "maxLength": 1_048_576},
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "solution": {"type": "string", "maxLength": 7000},
                    "links": items(obj({"url": URL}, {"name": {"type": "string"}})),
                    "raw_source_code_extract": {"type": "string"},
                },
            )
        ),
    }
)


def report(found: Any, **more: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads("".join(gitlab.render(found, **more)))
    jsonschema.validate(value, SCHEMA)
    return value


@pytest.mark.parametrize("found", [rich(), result()], ids=["rich", "clean"])
def test_it_is_valid(found: Any) -> None:
    assert len(report(found)["vulnerabilities"]) == len(found.findings)


def test_long_texts_are_cut_to_the_limits() -> None:
    long = rule(name="n" * 400, description="d" * 2_000_000)
    report(result(finding(drawn(1), of=long)))


def test_a_place_without_a_commit_is_still_a_place() -> None:
    value = report(
        result(finding(drawn(1), place(FileOrigin(b"a.py"))), finding(drawn(2), place(StdinOrigin())))
    )
    one, two = (v["location"] for v in value["vulnerabilities"])
    assert (one["file"], one["commit"]["sha"]) == ("a.py", "0000000")
    assert "file" not in two


def test_a_secret_keeps_its_id() -> None:
    here = report(result(finding(drawn(1), place(FileOrigin(b"a.py")))))
    moved = report(result(finding(drawn(1), place(FileOrigin(b"b.py"), line=9))))
    other = report(result(finding(drawn(2), place(FileOrigin(b"a.py")))))
    ids = [r["vulnerabilities"][0]["id"] for r in (here, moved, other)]
    assert ids[0] == ids[1] != ids[2]


def test_times_are_utc() -> None:
    ended = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    scan = report(result(), ended=ended)["scan"]
    assert (scan["start_time"], scan["end_time"]) == ("2026-01-02T01:04:04", "2026-01-02T01:04:05")
    assert report(result(), ended=datetime.min.replace(tzinfo=UTC))["scan"]["end_time"].startswith(
        "0001-01-01"
    )


def test_gaps_are_warnings() -> None:
    messages = report(rich())["scan"]["messages"]
    assert sum(m["level"] == "warn" for m in messages) == 8
