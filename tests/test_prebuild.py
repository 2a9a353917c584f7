"""A package comes with what its first run would have to compute."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gitrepo import GitRepo

import leakscan

PROJECT = Path(leakscan.__file__).parent.parent
PACK = """\
rules:
- id: own.key
  name: 'Own key'
  description: 'A key of our own.'
  severity: high
  confidence: high
  pattern: 'own_(?P<secret>[0-9]{5})'
  examples: ['own_{digits:5}']
  counterexamples: ['own_x']
  rotate: {steps: ['Make another one.']}
  references: ['https://example.com']
"""

_NOISE = (
    random.Random(1).randbytes(3_000_000).hex()
)  # so much is worth an automaton, however well git packs it
_LINES = [f"line {_NOISE[at : at + 40]}" for at in range(0, len(_NOISE), 40)]
TEXT = "\n".join([*_LINES, "password = " + "'" + "kR7" + "vX2mQ9pL'", "own_12345"])


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an installed package, as `setup.py` leaves it."""
    pytest.importorskip("hyperscan")
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(PROJECT / "leakscan", site / "leakscan")
    shutil.copytree(PROJECT / "rules", site / "leakscan" / "rules")
    code = "from leakscan.scanning.prebuild import prebuild; prebuild()"
    subprocess.run([sys.executable, "-c", code], cwd=site, check=True)
    return site


def scanned(site: Path, cache: Path, repo: GitRepo, *words: str) -> tuple[Any, set[str]]:
    """What a scan of the history says, and what it cached."""
    environ = dict(os.environ) | {"PYTHONPATH": str(site), "LEAKSCAN_CACHE_DIR": str(cache)}
    command = [
        sys.executable,
        "-m",
        "leakscan",
        "scan",
        "--history",
        "--format",
        "json",
        "--jobs",
        "1",
        *words,
    ]
    done = subprocess.run(
        [*command, str(repo.path)], cwd=cache, env=environ, capture_output=True, check=False
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    return report["findings"], {path.name.partition("-")[0] for path in cache.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "cached"),
    [
        ((), set()),
        (("--confidence", "low"), set()),
        (("--skip", "entropy.*"), set()),
        (("--rules", "own.yaml"), {"automaton", "facts", "rules"}),
    ],
    ids=["nothing", "confidence", "skip", "rules"],
)
def test_a_first_scan_has_nothing_to_compute(
    packages: Path, tmp_path: Path, words: tuple[str, ...], cached: set[str]
) -> None:
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("notes.txt", TEXT)
    repo.commit("first")
    repo.git("gc", "-q")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "own.yaml").write_text(PACK)
    found, files = scanned(packages, tmp_path / "cache", repo, *words)
    expected = {len(_LINES) + 1, len(_LINES) + 2} if "own.yaml" in words else {len(_LINES) + 1}
    assert {place["line"] for finding in found for place in finding["places"]} == expected
    assert files - {"patterns", "own.yaml"} == cached
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "own.yaml").write_text(PACK)
    assert scanned(PROJECT, plain, repo, *words)[0] == found


@pytest.mark.slow
def test_an_automaton_of_another_processor_is_compiled_once(packages: Path, tmp_path: Path) -> None:
    site = shutil.copytree(packages, tmp_path / "site")
    for file in (site / "leakscan" / "rules" / "prebuilt").glob("*.hs"):
        file.write_bytes(b"not for this one")
    repo = GitRepo.init(tmp_path / "repo")
    repo.write("notes.txt", TEXT)
    repo.commit("first")
    repo.git("gc", "-q")
    cache = tmp_path / "cache"
    cache.mkdir()
    found, files = scanned(site, cache, repo)
    assert "automaton" in files
    before = {path.name: path.stat().st_mtime_ns for path in cache.glob("automaton-*")}
    assert scanned(site, cache, repo)[0] == found
    assert {path.name: path.stat().st_mtime_ns for path in cache.glob("automaton-*")} == before
