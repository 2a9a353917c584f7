"""Scans along deltas and the plain ones report the same, byte for byte."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from histories import PACKINGS, pack, random_history
from runner import leakscan

from leakscan.rulepack.template import fill

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = [
    'token = "{github-token:ghp_}"\n',
    'password = "{password}"\n',
    "aws_access_key_id = {aws-key:AKIA}\naws_secret_access_key = {base64:40}\n",
    "{pem:RSA PRIVATE KEY}\n",
    "https://user:{password}@db.internal.corp/x\n",
]


def report(*words: str | Path) -> str:
    ran = leakscan("scan", "--format", "json", "--confidence", "low", *words)
    assert ran.code in (0, 1), ran.err
    whole = ran.json
    for varies in ("seconds", "chunks", "bytes"):
        del whole["stats"][varies]
    return json.dumps(whole)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))])
def test_a_range_and_history_along_deltas(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    extra = [fill(text, f"{seed}/{n}") for n, text in enumerate(SECRETS)]
    repo = random_history(tmp_path / "r", seed=200 + seed, commits=20, extra=extra)
    pack(repo, PACKINGS[(seed + 1) % len(PACKINGS)])
    oids = repo.git("rev-list", "--all").split()
    some = f"{rng.choice(oids)}...{rng.choice(oids)}"
    for words in (["--range", some], ["--history"]):
        found = report(*words, repo.path)
        assert found == report(*words, "--whole-blobs", repo.path)
    assert json.loads(found)["findings"]
