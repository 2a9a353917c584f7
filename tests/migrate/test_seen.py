"""Reports of other scanners, read as what they have found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sample_results import drawn, rich

from leakscan.migrate.seen import report
from leakscan.model.errors import DocumentError
from leakscan.report import sarif

SECRET = drawn(1).decode()
REPORTS: dict[str, Any] = {
    "gitleaks": [
        {
            "RuleID": "r",
            "File": "a.py",
            "StartLine": 3,
            "Commit": "A" * 40,
            "Secret": SECRET,
            "Fingerprint": "f",
        }
    ],
    "trufflehog": {
        "SourceMetadata": {"Data": {"Git": {"commit": "a" * 40, "file": "a.py", "line": 3}}},
        "DetectorName": "r",
        "Raw": SECRET,
    },
    "detect-secrets": {"results": {"./a.py": [{"type": "r", "hashed_secret": "a" * 40, "line_number": 3}]}},
    "credsweeper": [{"rule": "r", "line_data_list": [{"path": "./a.py", "line_num": 3, "value": SECRET}]}],
    "ggshield": {
        "scans": [
            {
                "entities_with_incidents": [
                    {"filename": "a.py", "incidents": [{"type": "r", "occurrences": [{"line_start": 3}]}]}
                ]
            }
        ]
    },
    "betterleaks": {
        "schema_version": "1",
        "findings": [{"rule_id": "r", "location": {"path": "a.py", "start_line": 3}}],
    },
    "noseyparker": [
        {
            "rule_name": "r",
            "matches": [{"provenance": [{"path": "a.py"}], "location": {"start": {"line": 3}}}],
        }
    ],
    "sarif": {
        "runs": [
            {
                "results": [
                    {
                        "ruleId": "r",
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "a%2Epy"},
                                    "region": {"startLine": 3},
                                }
                            }
                        ],
                    }
                ]
            }
        ]
    },
}


@pytest.mark.parametrize("name", REPORTS)
def test_every_tool_s_report(tmp_path: Path, name: str) -> None:
    (tmp_path / "r.json").write_text(json.dumps(REPORTS[name]))
    [known] = report(tmp_path / "r.json")
    assert (known.rule, known.path, known.line) == ("r", b"a.py", 3)
    assert SECRET not in f"{known} {known.name}"


def test_json_lines(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(REPORTS["trufflehog"]) + "\n" for _ in range(2)))
    assert len(report(tmp_path / "r.jsonl")) == 2


def test_absolute_paths_below_the_root_are_relative(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps([{"RuleID": "r", "File": "/src/repo/a.py", "StartLine": 1}]))
    assert report(tmp_path / "r.json", b"/src/repo/")[0].path == b"a.py"


@pytest.mark.parametrize("value", ["REDACTED", "***", ""])
def test_a_redacted_secret_is_none(tmp_path: Path, value: str) -> None:
    (tmp_path / "r.json").write_text(
        json.dumps([{"RuleID": "r", "File": "a", "StartLine": 1, "Secret": value}])
    )
    assert report(tmp_path / "r.json")[0].value is None


def test_our_own_sarif(tmp_path: Path) -> None:
    (tmp_path / "r.sarif").write_text("".join(sarif.render(rich())))
    assert (b"config/settings.py", 3) in {(k.path, k.line) for k in report(tmp_path / "r.sarif")}


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "3", "a: ["])
def test_anything_else_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "r").write_text(text)
    if text:
        with pytest.raises(DocumentError, match="no report that is known"):
            report(tmp_path / "r")
    else:
        assert report(tmp_path / "r") == []


@pytest.mark.parametrize("text", ['{"runs": 1}', '[{"RuleID": 1, "File": 2, "StartLine": "x"}]', "[]"])
def test_what_has_the_form_but_no_content(tmp_path: Path, text: str) -> None:
    (tmp_path / "r").write_text(text)
    assert all(k.path is None and k.line is None for k in report(tmp_path / "r"))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        report(tmp_path / "none")
