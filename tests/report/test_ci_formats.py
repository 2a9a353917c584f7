"""Issues for Azure's log and GitLab's code quality."""

from __future__ import annotations

import json
import re

from sample_results import HOSTILE, commit, drawn, finding, place, result, rich

from leakscan.model.origin import BlobOrigin, FileOrigin
from leakscan.report import azure, code_quality

SECRETS = [drawn(n) for n in (1, 3, 4)]


def test_no_name_leaves_its_command() -> None:
    lines = "".join(azure.render(rich())).splitlines()
    assert lines
    for line in lines:
        assert re.fullmatch(r"##vso\[task\.logissue [^\]\r\n]*\][^\r\n]*", line)
        assert line.isprintable()


def test_azure_undoes_what_is_escaped() -> None:
    path = b"50%;a]b.py"
    (line,) = azure.render(result(finding(drawn(1), place(FileOrigin(path), path=path))))
    properties = line.partition("]")[0].partition(" ")[2]
    values = dict(pair.split("=", 1) for pair in properties.split(";"))
    raw = (
        values["sourcepath"].replace("%5D", "]").replace("%0A", "\n").replace("%0D", "\r").replace("%3B", ";")
    )
    assert raw.replace("%AZP25", "%").encode() == path
    assert values["type"] == "error"
    assert values["linenumber"] == "3"


def test_azure_says_where_the_history_has_it() -> None:
    old = commit(1)
    where = place(BlobOrigin("a" * 40), path=b"gone.py", commit=old)
    (line,) = azure.render(result(finding(drawn(1), where)))
    assert "sourcepath" not in line
    assert f"found in gone.py:3:9 of commit {old.oid[:12]} ({old.date[:10]})" in line


def test_an_issue_a_file_with_a_place_of_its_own() -> None:
    issues = json.loads("".join(code_quality.render(rich())))
    paths = [issue["location"]["path"] for issue in issues if issue["check_name"] == "acme.token"]
    assert len(paths) == len(set(paths)) == 120
    prints = [issue["fingerprint"] for issue in issues]
    assert len(prints) == len(set(prints))
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    assert all(issue["location"]["lines"]["begin"] >= 1 for issue in issues)


def test_nothing_found_is_an_empty_list() -> None:
    assert json.loads("".join(code_quality.render(result()))) == []


def test_neither_shows_a_secret() -> None:
    for render in (azure.render, code_quality.render):
        text = "".join(render(rich()))
        assert not any(secret.decode() in text for secret in SECRETS)
        assert HOSTILE.decode("latin-1") not in text
