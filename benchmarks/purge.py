"""A whole purge against `git filter-repo --replace-text`, on the same clone, alternately; medians and ratio.

    python benchmarks/purge.py REPOSITORY.git SECRET [--rounds N]

A purge is plan + run + cleanup (three processes, with the last full search); filter-repo's time has its own `git gc`
(`--prune=now`) in it. Both work on fresh copies of the bare clone. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


def theirs(clone: Path, secret: str) -> None:
    """git filter-repo, as its manual says."""
    words = clone.with_suffix(".words")
    words.write_text(f"literal:{secret}==>***REMOVED***\n")
    found = find_spec("git_filter_repo")
    if found is None or found.origin is None:
        raise SystemExit("pip install git-filter-repo")
    command = [sys.executable, found.origin, "--force", "--quiet", "--replace-text", str(words)]
    subprocess.run(command, cwd=clone, check=True, capture_output=True)


def ours(clone: Path, secret: str) -> None:
    """leakscan purge: plan, run, cleanup."""
    plan = clone.with_suffix(".json")
    purge = [sys.executable, "-m", "leakscan", "purge"]
    said = subprocess.run(
        [*purge, "plan", "--repo", str(clone), "--secret-stdin", "--json", "-o", str(plan)],
        input=secret.encode(),
        check=True,
        capture_output=True,
    )
    confirmed = [
        "--repo",
        str(clone),
        str(plan),
        "--yes",
        "--confirm",
        json.loads(said.stdout)["plan_id"],
        "--json",
    ]
    subprocess.run([*purge, "run", *confirmed, "--no-backup"], check=True, capture_output=True)
    done = subprocess.run([*purge, "cleanup", *confirmed], check=True, capture_output=True)
    assert json.loads(done.stdout)["clean"]


class Run(NamedTuple):
    """What one purge took. `cpu` is seconds of all processes; on a busy machine it says more than `wall`."""

    wall: float
    cpu: float
    packs: int  # bytes afterwards


def timed(work: Callable[[Path, str], None], source: Path, secret: str) -> Run:
    """Purge a copy."""
    with tempfile.TemporaryDirectory(dir=source.parent) as directory:
        clone = Path(directory, "clone")
        shutil.copytree(source, clone)
        started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        work(clone, secret)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        packs = sum(pack.stat().st_size for pack in clone.glob("objects/pack/*.pack"))
        return Run(time.monotonic() - started, cpu, packs)


def main() -> None:
    """Print one line a tool, and the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository", type=Path)
    parser.add_argument("secret")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    runs: dict[str, list[Run]] = {"git filter-repo": [], "leakscan purge": []}
    for _ in range(args.rounds):
        for name, work in (("git filter-repo", theirs), ("leakscan purge", ours)):
            runs[name].append(timed(work, args.repository.resolve(), args.secret))
    wall = {name: statistics.median(run.wall for run in some) for name, some in runs.items()}
    cpu = {name: statistics.median(run.cpu for run in some) for name, some in runs.items()}
    for name, some in runs.items():
        print(f"{name:16} {wall[name]:7.1f} s   CPU {cpu[name]:7.1f} s   packs {some[0].packs / 1e6:.1f} MB")
    theirs_name, our_name = runs
    print(
        f"ratio            {wall[theirs_name] / wall[our_name]:7.1f}         {cpu[theirs_name] / cpu[our_name]:7.1f}"
    )


if __name__ == "__main__":
    main()
