"""What was prebuilt is used as long as it belongs to the rules that are there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from leakscan.rulepack import prebuilt


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of rules that something was prebuilt of."""
    monkeypatch.setattr(prebuilt, "prebuilt_directory", lambda: str(tmp_path / "prebuilt"))
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.yaml").write_text("rules: [a]\n")
    (rules / "README").write_text("other things")
    prebuilt.write_stamp(str(rules))
    return rules


def later(file: Path, seconds: float) -> None:
    stat = file.stat()
    os.utime(file, (stat.st_atime, stat.st_mtime + seconds))


def test_rules_that_nobody_touched(rules: Path) -> None:
    first = prebuilt.stamp(str(rules))
    assert first is not None
    later(rules / "a.yaml", 5)  # an installer writes one file after the other
    (rules / "README").write_text("something else")
    assert prebuilt.stamp(str(rules)) == first


def test_rules_of_the_same_size_are_another_build(rules: Path) -> None:
    first = prebuilt.stamp(str(rules))
    (rules / "a.yaml").write_text("rules: [b]\n")
    prebuilt.write_stamp(str(rules))
    assert prebuilt.stamp(str(rules)) not in (None, first)


def test_an_edited_file(rules: Path) -> None:
    (rules / "a.yaml").write_text("rules: [ab]\n")
    assert prebuilt.stamp(str(rules)) is None


def test_a_file_that_was_edited_to_the_same_size(rules: Path) -> None:
    (rules / "a.yaml").write_text("rules: [b]\n")
    later(rules / "a.yaml", 3600)
    assert prebuilt.stamp(str(rules)) is None


def test_another_file(rules: Path) -> None:
    (rules / "b.yaml").write_text("")
    assert prebuilt.stamp(str(rules)) is None


def test_a_file_that_is_gone(rules: Path) -> None:
    (rules / "a.yaml").unlink()
    assert prebuilt.stamp(str(rules)) is None


@pytest.mark.parametrize("content", [b"", b"x", b"x\ny"])
def test_a_stamp_that_says_nothing(rules: Path, content: bytes) -> None:
    (rules.parent / "prebuilt" / prebuilt.STAMP).write_bytes(content)
    assert prebuilt.stamp(str(rules)) is None


def test_where_nothing_was_prebuilt(tmp_path: Path) -> None:
    assert prebuilt.stamp(str(tmp_path)) is None
