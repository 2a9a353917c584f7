"""History: leakscan against git's own printing of all objects and every peer on PATH.

python benchmarks/history.py [--runs 5] REPOSITORY...     (bare clones are best: --bare --single-branch --no-tags)
"""

from __future__ import annotations

import argparse

from measure import Command, installed, measure, table, versions


def commands(repo: str) -> dict[str, Command]:
    """What is run on one repository; reports go to files, nothing is validated over the network."""
    return {
        c.name: c
        for c in (
            Command(
                "leakscan",
                ("leakscan", "scan", "--history", repo, "--format", "sarif", "--output", "{out}"),
                (0, 1),
            ),
            Command(
                "git cat-file",
                ("git", "-C", repo, "cat-file", "--batch-all-objects", "--unordered", "--batch"),
            ),
            Command(
                "gitleaks",
                (
                    "gitleaks",
                    "git",
                    repo,
                    "-f",
                    "sarif",
                    "-r",
                    "{out}",
                    "--no-banner",
                    "--log-level",
                    "error",
                ),
                (0, 1),
            ),
            Command(
                "betterleaks", ("betterleaks", "git", repo, "-o", "{out}.json", "-s", "--no-banner"), (0, 1)
            ),
            Command(
                "kingfisher",
                (
                    "kingfisher",
                    "scan",
                    repo,
                    "--no-validate",
                    "--no-update-check",
                    "-f",
                    "sarif",
                    "-o",
                    "{out}",
                    "-q",
                ),
                (0, 200, 205),
            ),
        )
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--skip", action="append", default=[], metavar="NAME")
    args = parser.parse_args()
    for repo in args.repositories:
        chosen = [c for c in installed(commands(repo)) if c.name not in args.skip]
        print(table(repo, measure(chosen, args.runs, "/", {}), "leakscan"), flush=True)
    print(versions(installed(commands("."))))


if __name__ == "__main__":
    main()
