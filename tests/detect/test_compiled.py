"""Patterns that were compiled before are the ones that `re` compiles."""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from leakscan.detect.compiled import CompiledPatterns
from leakscan.rulepack.load import load

if TYPE_CHECKING:
    from pathlib import Path

PATTERNS = [rule.pattern.encode("latin-1") for rule in load(()).rules][::12]
SIMPLE = [rb"(?P<secret>a{3})|b", rb"(?i)x(?P<secret>[a-c]+)(?P<secret2>\d)?", rb"[\x80-\xff]+(?=\s)", rb""]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEAKSCAN_CACHE_DIR", str(tmp_path))
    return tmp_path


def file(cache: Path) -> Path:
    (found,) = cache.glob("patterns-*")
    return found


def compile_all(patterns: list[bytes]) -> list[re.Pattern[bytes]]:
    compiled = CompiledPatterns()
    return [compiled.compile(pattern) for pattern in patterns]


def test_the_same_from_the_first_process_and_from_the_next(cache: Path) -> None:
    patterns = PATTERNS + SIMPLE
    expected = [re.compile(pattern) for pattern in patterns]
    assert compile_all(patterns) == expected
    size = file(cache).stat().st_size
    again = compile_all(patterns)
    assert again == expected  # `re` compares patterns by what they were compiled to
    assert [(p.groups, dict(p.groupindex)) for p in again] == [
        (p.groups, dict(p.groupindex)) for p in expected
    ]
    assert file(cache).stat().st_size == size


def test_it_is_loaded_and_not_compiled(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_all(SIMPLE)
    monkeypatch.setattr(re, "compile", None)
    monkeypatch.setattr("re._parser.parse", None)
    assert [bool(p.search(b"aaa x")) for p in compile_all(SIMPLE)] == [True, False, False, True]


@pytest.mark.parametrize("cut", [1, 5, 19, 40, 200])
def test_a_file_that_was_cut_off_is_begun_anew(cache: Path, cut: int) -> None:
    compile_all(SIMPLE)
    file(cache).write_bytes(file(cache).read_bytes()[:-cut])
    expected = [re.compile(pattern) for pattern in SIMPLE]
    assert compile_all(SIMPLE) == expected
    whole = file(cache).read_bytes()
    assert compile_all(SIMPLE) == expected
    assert file(cache).read_bytes() == whole


def test_a_file_of_something_else(cache: Path) -> None:
    compile_all(SIMPLE)
    content = bytearray(file(cache).read_bytes())
    for at in range(30, len(content), 7):
        content[at] ^= 0x55
    file(cache).write_bytes(content)
    assert compile_all(SIMPLE) == [re.compile(pattern) for pattern in SIMPLE]


def test_another_re_than_the_one_that_is_known(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_sre", ModuleType("_sre"))
    assert compile_all(SIMPLE) == [re.compile(pattern) for pattern in SIMPLE]
    assert not list(cache.glob("patterns-*"))


def test_a_bad_pattern(cache: Path) -> None:
    with pytest.raises(re.error):
        compile_all([b"(a"])


def test_a_cache_that_cannot_be_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache / "file").write_bytes(b"")
    monkeypatch.setenv("LEAKSCAN_CACHE_DIR", str(cache / "file" / "below"))
    assert compile_all(SIMPLE) == [re.compile(pattern) for pattern in SIMPLE]
