"""Every case of fixtures/cases, and what holds for all of them together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cases import Case, cases
from gitrepo import GitRepo
from runner import found, leakscan

CASES = cases()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, line_end: str, tmp_path: Path) -> None:
    case.write(tmp_path, line_end)
    ran = leakscan("scan", tmp_path, "--format", "json", *case.flags)
    assert ran.code == (1 if case.expected else 0), ran.err
    assert found(ran) == sorted(case.expected)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All cases below one directory."""
    root = tmp_path_factory.mktemp("cases")
    for case in CASES:
        case.write(root / case.name)
    return root


def report(*words: str | Path) -> Any:
    """The JSON report without what varies from run to run."""
    ran = leakscan("scan", "--format", "json", "--confidence", "low", *words)
    assert ran.code in (0, 1), ran.err
    whole = ran.json
    del whole["stats"]["seconds"]
    return whole


def test_fast_is_exhaustive(everything: Path) -> None:
    fast, slow = report(everything), report(everything, "--exhaustive")
    assert fast == slow
    assert fast["findings"]


def test_serial_is_parallel(everything: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serial = report(everything, "--jobs", "1")
    monkeypatch.setattr("leakscan.scanning.pipeline.POOL_PAYS", 0)
    assert report(everything, "--jobs", "3") == serial


def test_the_tree_is_history_once_committed(everything: Path, tmp_path: Path) -> None:
    tree = report(everything)
    repo = GitRepo.init(tmp_path / "repo")
    for path in everything.rglob("*"):
        if path.is_file():
            repo.write(str(path.relative_to(everything)), path.read_bytes())
    repo.git("add", "-A", "-f")
    repo.commit("everything", all=False)
    ways: list[list[str]] = [[], ["--exhaustive"], ["--whole-blobs"]]
    for history in (report("--history", *way, repo.path) for way in ways):
        assert places(history) == places(tree)
        assert {f["in_head"] for f in history["findings"]} == {True}


def places(whole: Any) -> list[tuple[str, str, str, int, int]]:
    return sorted(
        (f["rule"], f["fingerprint"], p["path"], p["line"], p["column"])
        for f in whole["findings"]
        for p in f["places"]
    )


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "sarif"])
def test_no_secret_is_in_any_report(everything: Path, format: str) -> None:
    shown = leakscan("scan", everything, "--confidence", "low", "--format", "json", "--show-secrets").json
    ran = leakscan("scan", everything, "--confidence", "low", "--format", format)
    assert shown["findings"]
    for finding in shown["findings"]:
        for line in finding["secret"].splitlines():
            assert len(line) < 8 or line not in ran.out, finding["rule"]


def test_a_baseline_hides_exactly_its_result(everything: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    assert leakscan("baseline", "create", everything, "--confidence", "low", "--baseline", baseline).code == 0
    hidden = leakscan("scan", everything, "--confidence", "low", "--baseline", baseline, "--format", "json")
    assert (hidden.code, hidden.json["findings"]) == (0, [])
    assert hidden.json["stats"]["baselined"] == len(report(everything)["findings"])
    (everything / "new.env").write_text("GH=" + "ghp_" + "Ab1" * 12 + "\n")
    try:
        again = leakscan(
            "scan", everything, "--confidence", "low", "--baseline", baseline, "--format", "json"
        )
        assert {p["path"] for f in again.json["findings"] for p in f["places"]} <= {"new.env"}
    finally:
        (everything / "new.env").unlink()
