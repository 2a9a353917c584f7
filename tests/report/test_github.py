"""Annotations of GitHub Actions: one line each, and no name can forge another command."""

from __future__ import annotations

import re

import pytest
from sample_results import commit, drawn, finding, place, result, rich, rule

from leakscan.model.finding import Life
from leakscan.model.origin import BlobOrigin, FileOrigin
from leakscan.report import github

COMMAND = re.compile(r"::(error|warning|notice) ([^:\r\n]*)::([^\r\n]*)\n")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """As the runner reads them (actions/runner, ActionCommand)."""
    found = [COMMAND.fullmatch(line) for line in text.splitlines(keepends=True)]
    assert all(found), text
    return [(m[1], dict(p.split("=", 1) for p in m[2].split(",")), _unescape(m[3])) for m in found if m]


def _unescape(text: str) -> str:
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def test_levels_follow_severities() -> None:
    levels = [
        level for level, _, message in commands("".join(github.render(rich()))) if "Fingerprint" in message
    ]
    assert levels == ["error", "error", "warning", "notice"]


@pytest.mark.parametrize(
    "name", [b"a\n::error::forged", b"a\r::set-output name=x::y", b"a,line=99:b%0A::c", b"\xff::"]
)
def test_a_name_forges_nothing(name: bytes) -> None:
    [(_, properties, _)] = commands(
        "".join(github.render(result(finding(drawn(1), place(FileOrigin(name), line=3)))))
    )
    assert properties["line"] == "3"
    assert set(properties) == {"file", "line", "endLine", "col", "endColumn", "title"}


def test_what_only_history_has_names_no_file() -> None:
    old = commit(1)
    gone = Life(old, commit(2), False, (), True)
    there = Life(old, None, True, (), True)
    where = place(BlobOrigin("a" * 40), path=b"gone.py", commit=old)
    only = commands("".join(github.render(result(finding(drawn(1), where, life=gone)))))
    head = commands("".join(github.render(result(finding(drawn(1), where, life=there)))))
    assert "file" not in only[0][1]
    assert f"Found in gone.py:3:9 of commit {old.oid[:12]} ({old.date[:10]})" in only[0][2]
    assert head[0][1]["file"] == "gone.py"


def test_several_lines_have_no_columns() -> None:
    where = place(FileOrigin(b"k.pem"))._replace(end_line=9)
    [(_, properties, _)] = commands("".join(github.render(result(finding(drawn(1), where, of=rule())))))
    assert (properties["line"], properties["endLine"]) == ("3", "9")
    assert "col" not in properties


def test_gaps_are_warnings() -> None:
    said = [message for _, p, message in commands("".join(github.render(rich()))) if "scan" in p["title"]]
    assert len(said) == 8
    assert "missing" in said[0]
