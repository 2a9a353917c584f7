"""`leakscan scan` from the outside: what it takes, what it prints where, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gitrepo import GitRepo
from runner import found, leakscan

from leakscan.rulepack.template import fill

TOKEN = fill("{github-token:ghp_}", "cli")
LINE = f"GITHUB_TOKEN={TOKEN}\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "app.env").write_text(LINE)
    (root / "clean.txt").write_text("nothing here\n")
    return root


def test_findings_exit_with_one_and_nothing_with_zero(directory: Path) -> None:
    assert leakscan("scan", directory).code == 1
    assert leakscan("scan", directory / "clean.txt").code == 0


def test_the_current_directory_is_the_default(directory: Path) -> None:
    assert found(leakscan("scan", "--format", "json", cwd=directory)) == [
        "github.pat-classic src/app.env:1:14"
    ]


def test_standard_input(tmp_path: Path) -> None:
    ran = leakscan("scan", "-", "--format", "json", stdin=LINE.encode(), cwd=tmp_path)
    assert ran.code == 1
    assert ran.json["findings"][0]["places"][0]["kind"] == "stdin"


def test_several_reports_at_once(directory: Path, tmp_path: Path) -> None:
    sarif, lines = tmp_path / "a.sarif", tmp_path / "b.jsonl"
    ran = leakscan(
        "scan", directory, "--format", "json", "--report", f"sarif:{sarif}", "--report", f"jsonl:{lines}"
    )
    assert len(ran.json["findings"]) == 1
    assert json.loads(sarif.read_text())["version"] == "2.1.0"
    assert [json.loads(line)["type"] for line in lines.read_text().splitlines()] == ["finding", "summary"]


def test_output_goes_to_a_file(directory: Path, tmp_path: Path) -> None:
    ran = leakscan("scan", directory, "--format", "json", "--output", tmp_path / "out.json")
    assert (ran.code, ran.out) == (1, "")
    assert len(json.loads((tmp_path / "out.json").read_text())["findings"]) == 1


def test_secrets_are_shown_only_when_asked_for(directory: Path) -> None:
    assert TOKEN not in leakscan("scan", directory).out
    assert TOKEN in leakscan("scan", directory, "--show-secrets").out


def test_quiet_says_nothing_where_nothing_is(directory: Path) -> None:
    assert leakscan("scan", directory / "clean.txt", "--quiet").out == ""
    assert leakscan("scan", directory, "--quiet").out != ""


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--only", "github.*"), 1),
        (("--only", "slack.*"), 0),
        (("--skip", "*"), 0),
        (("--skip", "github.pat-classic", "--skip", "generic.*"), 0),
        (("--severity", "critical"), 1),
        (("--confidence", "high"), 1),
    ],
)
def test_what_is_reported_can_be_narrowed(directory: Path, options: tuple[str, ...], count: int) -> None:
    assert len(leakscan("scan", directory, "--format", "json", *options).json["findings"]) == count


def test_strict_fails_where_something_was_not_scanned(directory: Path) -> None:
    (directory / "src" / "app.env").write_text("x" * 3000)
    lax = leakscan("scan", directory, "--max-file-size", "2K", "--format", "json")
    assert (lax.code, [s["why"] for s in lax.json["skipped"]]) == (0, ["too-large"])
    assert leakscan("scan", directory, "--max-file-size", "2K", "--strict").code == 3


def test_configuration_excludes_allows_and_switches_off(directory: Path) -> None:
    fingerprint = leakscan("scan", directory, "--format", "json").json["findings"][0]["fingerprint"]
    config = directory / ".leakscan.yml"
    for text in (
        "exclude: [src/]\n",
        "rules:\n  disable: ['github.*', 'generic.*']\n",
        f"allow:\n  - fingerprint: {fingerprint}\n    reason: revoked\n",
        "allow:\n  - path: src/*.env\n    reason: samples\n    expires: 2999-01-01\n",
    ):
        config.write_text(text)
        assert leakscan("scan", directory).code == 0, text
    config.write_text("allow:\n  - path: src/*.env\n    reason: samples\n    expires: 2001-01-01\n")
    ran = leakscan("scan", directory)
    assert ran.code == 1
    assert "expired" in ran.out


def test_history_sees_what_was_deleted_and_what_is_not_committed(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.add("old.env", LINE)
    first = repo.commit("add settings")
    repo.git("rm", "-q", "old.env")
    second = repo.commit("remove settings")
    other = fill("{github-token:gho_}", "cli")
    repo.write("draft.env", f"T={other}\n")
    ran = leakscan("scan", "--history", repo.path, "--format", "json")
    by_rule = {f["rule"]: f for f in ran.json["findings"]}
    gone = by_rule["github.pat-classic"]
    assert (gone["introduced"]["commit"], gone["removed"]["commit"], gone["in_head"]) == (
        first,
        second,
        False,
    )
    assert gone["places"][0]["path"] == "old.env"
    assert by_rule["github.oauth-token"]["places"][0]["path"] == "draft.env"
    assert leakscan("scan", repo.path, "--only", "github.pat-classic").code == 0


def test_an_audit_goes_on_where_the_last_one_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKSCAN_STATE_DIR", str(tmp_path / "state"))
    repo = GitRepo.init(tmp_path / "repo")
    repo.add("a.env", LINE)
    repo.commit("first")

    def audit(*more: str) -> list[str]:
        return found(leakscan("scan", "--history", "--since-last", repo.path, "--format", "json", *more))

    assert audit() == ["github.pat-classic a.env:1:14"]
    assert audit() == []
    other = fill("{github-token:gho_}", "cli")
    repo.add("b.env", f"T={other}\n")
    repo.commit("second")
    assert audit() == ["github.oauth-token b.env:1:3"]
    assert audit("--confidence", "high") == ["github.oauth-token b.env:1:3", "github.pat-classic a.env:1:14"]
    assert not any(
        TOKEN.encode() in path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()
    )
    assert leakscan("scan", "--since-last", repo.path).code == 2


def test_staged_and_a_range_report_only_what_they_add(tmp_path: Path) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.add("a.env", LINE)
    repo.commit("first")
    other = fill("{github-token:gho_}", "cli")
    repo.add("a.env", LINE + f"T={other}\n")
    staged = leakscan("scan", "--staged", "--format", "json", cwd=repo.path)
    assert found(staged) == ["github.oauth-token a.env:2:3"]
    repo.commit("second")
    ranged = leakscan("scan", "--range", "HEAD~1..HEAD", "--format", "json", cwd=repo.path)
    assert [f["rule"] for f in ranged.json["findings"]] == ["github.oauth-token"]


def test_a_commit_message_without_what_git_strips(tmp_path: Path) -> None:
    message = tmp_path / "COMMIT_EDITMSG"
    message.write_text(f"subject\n\n# {LINE}")
    assert leakscan("scan", "--commit-msg", message, cwd=tmp_path).code == 0
    message.write_text(f"subject\n\nsee {LINE}")
    assert leakscan("scan", "--commit-msg", message, cwd=tmp_path).code == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("scan", "no/such/file"), "no such file"),
        (("scan", "--format", "yaml"), "invalid choice"),
        (("scan", "--max-file-size", "big"), "is no size"),
        (("scan", "--report", "sarif"), "FORMAT:FILE"),
        (("scan", "--only", "githb.*"), "no rule"),
        (("scan", "--skip", "github.pat-clasic"), "github.pat-classic"),
        (("scan", "--staged", "."), "not a git repository"),
        (("scan", "--history"), "not a git repository"),
        (("scan", "--jobs", "0"), "1 or more"),
        (("scan", "--config", "none.yml"), "none.yml"),
        (("scan", "--baseline", "none.json"), "none.json"),
        (("scan", "--rules", "none.yaml"), "none.yaml"),
        (("frobnicate",), "invalid choice"),
        ((), "COMMAND"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    ran = leakscan(*words, cwd=tmp_path)
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_all_that_is_wrong_with_documents_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / ".leakscan.yml").write_text("confidenc: high\nallow:\n  - path: a\n")
    ran = leakscan("scan", tmp_path)
    assert ran.code == 2
    assert ".leakscan.yml:1:" in ran.err
    assert ".leakscan.yml:3:" in ran.err
    (tmp_path / ".leakscan.yml").unlink()
    pack = tmp_path / "pack.yaml"
    pack.write_text(
        "rules:\n- id: Bad Id\n  name: x\n  severity: huge\n  confidence: high\n  pattern: 'a+('\n"
    )
    ran = leakscan("scan", tmp_path, "--rules", pack)
    assert ran.code == 2
    assert "pack.yaml:2:" in ran.err
    assert "pack.yaml:4:" in ran.err


def test_a_broken_rule_set_names_no_secret_and_writes_nothing(directory: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    ran = leakscan("scan", directory, "--rules", "none.yaml", "--format", "json", "--output", target)
    assert ran.code == 2
    assert not target.exists()


def test_pre_commit_run_on_all_files_is_not_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.add("a.env", LINE)
    repo.commit("first")
    assert leakscan("scan", "--staged", cwd=repo.path).code == 0
    monkeypatch.setenv("PRE_COMMIT", "1")
    ran = leakscan("scan", "--staged", cwd=repo.path)
    assert ran.code == 1
    assert "nothing is staged" in ran.out
