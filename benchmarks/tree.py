"""Working trees: leakscan against every peer on PATH, on the files of a directory.

python benchmarks/tree.py [--runs 5] DIRECTORY...
"""

from __future__ import annotations

import argparse
import os

from measure import Command, installed, measure, table, versions


def commands(directory: str) -> dict[str, Command]:
    """What is run on one directory."""
    return {
        c.name: c
        for c in (
            Command("leakscan", ("leakscan", "scan", directory, "--format", "sarif", "--output", "{out}"), (0, 1)),
            Command(
                "gitleaks",
                ("gitleaks", "dir", directory, "-f", "sarif", "-r", "{out}", "--no-banner", "--log-level", "error"),
                (0, 1),
            ),
            Command("betterleaks", ("betterleaks", "fs", directory, "-o", "{out}.json", "-s", "--no-banner"), (0, 1)),
            Command(
                "kingfisher",
                (
                    "kingfisher", "scan", directory, "--git-history", "none", "--no-validate", "--no-update-check",
                    "-f", "sarif", "-o", "{out}", "-q",
                ),
                (0, 200, 205),
            ),
        )
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directories", nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    for directory in map(os.path.abspath, args.directories):
        print(
            table(directory, measure(installed(commands(directory)), args.runs, "/", {}), "leakscan"),
            flush=True,
        )
    print(versions(installed(commands("."))))


if __name__ == "__main__":
    main()
