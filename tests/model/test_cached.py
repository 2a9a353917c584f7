"""The cache directory does not grow for ever, and nothing else in it is touched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from leakscan.model import cached
from leakscan.model.cached import read_cache, write_cache
from leakscan.model.eviction import GRACE, KEPT

KEY = "{:032x}"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEAKSCAN_CACHE_DIR", str(tmp_path))
    return tmp_path


def old(directory: Path, name: str, days: int) -> Path:
    """A file that was last used so long ago."""
    file = directory / name
    file.write_bytes(b"x")
    then = time.time() - days * 86400 - GRACE
    os.utime(file, (then, then))
    return file


def test_the_least_recently_used_go(cache: Path) -> None:
    files = [old(cache, f"automaton-{KEY.format(n)}.hs", n) for n in range(1, KEPT + 4)]
    others = [old(cache, f"rules-{KEY.format(n)}.txt", n) for n in range(1, 4)]
    write_cache(f"automaton-{KEY.format(0)}.hs", b"new")
    assert [file.exists() for file in files] == [True] * (KEPT - 1) + [False] * 4
    assert all(file.exists() for file in others)
    assert read_cache(f"automaton-{KEY.format(0)}.hs") == b"new"


def test_what_was_used_within_a_day_stays(cache: Path) -> None:
    names = [f"facts-{KEY.format(n)}.txt" for n in range(KEPT + 9)]
    for name in names:
        write_cache(name, b"x")
    assert all((cache / name).exists() for name in names)


def test_reading_counts_as_use(cache: Path) -> None:
    files = [old(cache, f"rules-whole-{KEY.format(n)}.txt", n) for n in range(1, KEPT + 4)]
    os.utime(files[-1], (time.time(), files[-1].stat().st_mtime))  # whatever the file system notes by itself
    write_cache(f"rules-whole-{KEY.format(0)}.txt", b"new")
    assert files[-1].exists()
    assert not files[-2].exists()


def test_what_killed_processes_left_goes(cache: Path) -> None:
    left = old(cache, f".automaton-{KEY.format(1)}.hs-a1b2c3d4", 1)
    fresh = cache / f".automaton-{KEY.format(2)}.hs-a1b2c3d4"
    fresh.write_bytes(b"somebody is at it")
    write_cache("facts-x.txt", b"x")
    assert (left.exists(), fresh.exists()) == (False, True)


def test_other_things_in_the_directory_stay(cache: Path) -> None:
    names = ["notes.txt", "rules.txt", ".rules-x.txt", "automaton-1.hs.bak", "my-rules-1.txt", "rules-1.md"]
    others = [old(cache, f"{n}-{name}", 900 + n) for name in names for n in range(KEPT + 2)]
    others += [old(cache, name, 900) for name in names]
    (cache / f"rules-{KEY.format(7)}.txt").mkdir()
    (cache / f"rules-{KEY.format(8)}.txt").symlink_to(cache / "notes.txt")
    for n in range(KEPT + 2):
        old(cache, f"rules-{KEY.format(n + 100)}.txt", n)
    write_cache(f"rules-{KEY.format(0)}.txt", b"new")
    assert all(other.exists() for other in others)
    assert (cache / f"rules-{KEY.format(7)}.txt").is_dir()
    assert (cache / f"rules-{KEY.format(8)}.txt").is_symlink()


def test_a_file_that_another_process_removes_first_is_no_error(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, KEPT + 4):
        old(cache, f"facts-{KEY.format(n)}.txt", n)

    def refuse(path: str) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "unlink", refuse)
    write_cache(f"facts-{KEY.format(0)}.txt", b"new")
    assert read_cache(f"facts-{KEY.format(0)}.txt") == b"new"


def test_what_came_with_the_package_serves_where_nothing_is_cached(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "prebuilt"
    package.mkdir()
    monkeypatch.setattr(cached, "prebuilt_directory", lambda: str(package))
    assert cached.read_cache("facts-a.txt") is None
    (package / "facts-a.txt").write_bytes(b"the package's")
    assert cached.read_cache("facts-a.txt") == b"the package's"
    cached.write_cache("facts-a.txt", b"one that this machine can use")
    assert cached.read_cache("facts-a.txt") == b"one that this machine can use"
    assert (package / "facts-a.txt").read_bytes() == b"the package's"
