"""A file full of secrets over many versions: told as when every version is read whole, for every one asked for."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from gitrepo import GitRepo

from leakscan.api import ScanOptions, scan

if TYPE_CHECKING:
    from pathlib import Path

    from leakscan.model.finding import Finding, Place, ScanResult

SECRETS = 300
VERSIONS = 25


def _line(rng: random.Random) -> str:
    """A line of a kind that some rule looks at, with a value of its own."""
    digits = "".join(rng.choices("0123456789abcdef", k=rng.choice([16, 32, 64])))
    word = "".join(
        rng.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=rng.randrange(10, 40))
    )
    return rng.choice(
        [
            f'  "key": "{digits}",\n',
            f'  "msg": "{digits}", "key" : "{word}"\n',
            f'api_key = "{word}"  # {digits}\n',
            f"password: {word}\n",
            f'password = "{word}"  # leakscan:allow\n',
            f"url: https://user:{word}@db.internal/\n",
            "leakscan:allow-begin\n",
            "leakscan:allow-end\n",
            f'kid = "é{digits}" + "{word}"\n',
        ]
    )


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    rng = random.Random(7)
    repo = GitRepo.init(tmp_path_factory.mktemp("dense") / "r")
    lines = [_line(rng) for _ in range(SECRETS)]
    for number in range(VERSIONS):
        for _ in range(4):
            at = rng.randrange(len(lines))
            lines[at : at + rng.randrange(3)] = [_line(rng) for _ in range(rng.randrange(3))]
        if number % 8 == 5:
            lines = lines[100:] + lines[:100]
        repo.write("vectors.json", "".join(lines))
        repo.commit(f"version {number}")
    repo.git("repack", "-adfq", "--depth=50", "--window=50")
    return repo


def _told(result: ScanResult) -> tuple[object, ...]:
    """Everything but how long it took, and how many bytes were read."""
    return result.findings, result.dropped, result.skipped


def _history(path: Path, **options: object) -> ScanResult:
    return scan(ScanOptions(paths=(str(path),), history=True, jobs=1, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("confidence", ["low", "medium"])
def test_versions_are_judged_as_if_each_stood_alone(repo: GitRepo, confidence: str) -> None:
    fast = _history(repo.path, confidence=confidence)
    assert sum(len(f.places) for f in fast.findings) > 50 * VERSIONS
    assert _told(fast) == _told(_history(repo.path, confidence=confidence, whole_blobs=True))


def test_what_is_not_sure_enough_is_all_that_is_left_out(repo: GitRepo) -> None:
    """Nobody makes places of it, but it masks and gives way as ever: `trace` makes them all and leaves out later."""

    def told(findings: tuple[Finding, ...]) -> dict[tuple[str, str], list[Place]]:
        return {(f.rule.id, f.fingerprint): [p._replace(evidence=()) for p in f.places] for f in findings}

    sure = _history(repo.path, confidence="medium")
    assert told(sure.findings) == told(_history(repo.path, confidence="medium", trace=True).findings)
    low = _history(repo.path, confidence="low")
    assert len(low.findings) > len(sure.findings) > 50
