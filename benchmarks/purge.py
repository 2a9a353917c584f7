"""A whole purge against `git filter-repo --replace-text`, on the same clone, alternately; medians and ratio.

    python benchmarks/purge.py REPOSITORY.git SECRET [--rounds N]

A purge is plan + run + cleanup (three processes, with the last full search). Both tools end in git's own garbage collection
(`git gc --prune=now` there, `git pack-objects` of a list here), which is timed by a wrapper around git, so that ratios
are printed with it and without. Both work on fresh copies of the bare clone. Nothing else should run meanwhile; where
something does, CPU seconds say more than wall-clock seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

PATH = os.environ["PATH"]
GIT = shutil.which("git") or "git"


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


WRAPPER = """#!/usr/bin/env bash
case " $* " in
*" gc "* | *" pack-objects "* | *" repack "* | *" prune "* | *" pack-refs "*)
  TIMEFORMAT='%R %U %S'
  { time '{git}' "$@" 2>&3; } 3>&2 2>>'{log}'
  exit
  ;;
esac
exec '{git}' "$@"
"""


class Run(NamedTuple):
    """What one purge took, in seconds; `cpu` of all processes; `gc_…` the part that was git's garbage collection."""

    wall: float
    cpu: float
    gc_wall: float
    gc_cpu: float
    packs: int  # bytes afterwards

    def without_gc(self) -> Run:
        return self._replace(wall=self.wall - self.gc_wall, cpu=self.cpu - self.gc_cpu)


def timed(work: Callable[[Path, str], None], source: Path, secret: str) -> Run:
    """Purge a copy."""
    with tempfile.TemporaryDirectory(dir=source.parent) as directory:
        clone, log = Path(directory, "clone"), Path(directory, "gc.log")
        shutil.copytree(source, clone)
        wrapper = Path(directory, "bin", "git")
        wrapper.parent.mkdir()
        wrapper.write_text(WRAPPER.replace("{git}", GIT).replace("{log}", str(log)))
        wrapper.chmod(0o755)
        os.environ["PATH"] = f"{wrapper.parent}{os.pathsep}{PATH}"
        started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        work(clone, secret)
        after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        # Of commands within commands (`gc` starts `repack`) only the outermost go through the wrapper.
        rows = [[float(word) for word in line.split()] for line in log.read_text().splitlines()]
        packs = sum(pack.stat().st_size for pack in clone.glob("objects/pack/*.pack"))
        return Run(wall, cpu, sum(row[0] for row in rows), sum(sum(row[1:]) for row in rows), packs)


def median(runs: Sequence[Run]) -> Run:
    """The median of each figure."""
    return Run(*(statistics.median(column) for column in zip(*runs, strict=True)))


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
            print(name, *(f"{figure:.1f}" for figure in runs[name][-1]), file=sys.stderr)
    for title, gc in (("with git's gc", True), ("without", False)):
        them, us = (median([run if gc else run.without_gc() for run in some]) for some in runs.values())
        print(f"{title:14} wall {them.wall:6.1f} {us.wall:6.1f} s {them.wall / us.wall:5.1f}   ", end="")
        print(f"CPU {them.cpu:6.1f} {us.cpu:6.1f} s {them.cpu / us.cpu:5.1f}   ", end="")
        print(f"packs {them.packs / 1e6:.1f} {us.packs / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
