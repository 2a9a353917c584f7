"""`leakscan baseline audit`: on a real terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runner import leakscan

from leakscan.rulepack.template import fill

KEYS = [fill("{github-token:ghp_}", f"audit {n}") for n in range(3)]
SOURCES = str(Path(__file__).parents[2])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for number, key in enumerate(KEYS):
        (tmp_path / f"{number}.py").write_text(f"token = '{key}'\n")
    return tmp_path


def audit(directory: Path, *answers: str, words: tuple[str, ...] = ()) -> str:
    """Answer each question when it comes; then the terminal goes away. What was seen on it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "leakscan", "baseline", "audit", "--no-progress", *words],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": SOURCES},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen, left, answered = b"", list(answers), 0
    deadline = time.monotonic() + 300  # a machine that is busy makes no test fail
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 0.1)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how Linux says that nobody has the other end open
            break
        seen += piece
        # A prompt may come in two pieces: what was answered is not looked at again.
        if left and seen[answered:].rstrip().endswith((b"quit?", b"leak?", b"empty):")):
            answered = len(seen)
            os.write(ours, left.pop(0).encode() + b"\n")
    os.close(ours)
    assert process.wait(60) == 0, seen.decode()
    assert not left
    return seen.decode()


def entries(directory: Path) -> list[dict[str, str]]:
    found = json.loads((directory / ".leakscan-baseline.json").read_text())["findings"]
    return [{k: v for k, v in entry.items() if k != "id"} for entry in found if entry]


def test_verdicts_go_into_the_baseline(directory: Path) -> None:
    leakscan("baseline", "create", "0.py", "1.py", "--baseline", ".leakscan-baseline.json", cwd=directory)
    seen = audit(directory, "r", "told Ann", "f", "", "f", "a test account", "l")
    assert "3 of 3 findings" in seen
    assert "1 real, 1 false, 1 later" in seen
    assert "A reason, please" in seen
    assert not any(key in seen for key in KEYS)
    said = sorted((e.get("verdict", ""), e.get("reason", "")) for e in entries(directory))
    assert said == [("false", "a test account"), ("real", "told Ann")]
    ran = leakscan("scan", "--baseline", ".leakscan-baseline.json", cwd=directory)
    assert ran.code == 1
    assert "1 secret of the baseline judged real and still there" in ran.out
    assert "2 known from the baseline" in ran.out
    seen = audit(directory, "q")
    assert "1 of 3 findings" in seen
    assert len(entries(directory)) == 2


def test_a_new_secret_that_is_real_stays_reported(directory: Path) -> None:
    seen = audit(directory, "r", "", "f", "public", "b", "?", "s", "f", "very public", "q")
    assert "stays reported" in seen
    assert "b  back to the one before" in seen
    assert sum(key in seen for key in KEYS) == 1  # the one that was to be shown
    assert [(e["verdict"], e["reason"]) for e in entries(directory)] == [("false", "very public")]
    assert leakscan("scan", "--baseline", ".leakscan-baseline.json", cwd=directory).code == 1


def test_an_update_keeps_verdicts(directory: Path) -> None:
    audit(directory, "f", "public", "q")
    assert leakscan("baseline", "update", cwd=directory).code == 0
    assert sorted(e.get("verdict", "") for e in entries(directory)) == ["", "", "false"]


def test_without_a_terminal_it_asks_nobody(directory: Path) -> None:
    ran = leakscan("baseline", "audit", cwd=directory)
    assert ran.code == 2
    assert "terminal" in ran.err
    assert not (directory / ".leakscan-baseline.json").exists()


def test_an_unknown_verdict_is_a_problem_of_the_document(directory: Path) -> None:
    audit(directory, "f", "public", "q")
    file = directory / ".leakscan-baseline.json"
    file.write_text(file.read_text().replace('"false"', '"perhaps"'))
    ran = leakscan("scan", "--baseline", file, cwd=directory)
    assert ran.code == 2
    assert "findings[0].verdict: must be one of real, false" in ran.err
