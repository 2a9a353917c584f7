"""The hook: what a commit of five changed files waits for, beside every peer on PATH.

python benchmarks/hook.py [--runs 11] REPOSITORY        (cloned into a temporary directory first)
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from measure import Command, installed, measure, table, versions

FILES = 5


def commands(files: tuple[str, ...]) -> dict[str, Command]:
    """What each tool's own pre-commit hook runs."""
    return {
        c.name: c
        for c in (
            Command("leakscan", ("leakscan", "scan", "--staged"), (0, 1)),
            Command(
                "gitleaks", ("gitleaks", "git", "--pre-commit", "--redact", "--staged", "--no-banner"), (0, 1)
            ),
            Command("betterleaks", ("betterleaks", "git", "--staged", "--no-banner"), (0, 1)),
            Command("detect-secrets", ("detect-secrets-hook", *files), (0, 1)),
            Command(
                "kingfisher",
                ("kingfisher", "scan", ".", "--staged", "--quiet", "--no-update-check", "--no-validate"),
                (0, 200, 205),
            ),
        )
    }


def staged_change(repository: str, directory: str) -> tuple[str, ...]:
    """A clone of `repository` in `directory` with one line added to each of five text files, and staged."""
    subprocess.run(["git", "clone", "-q", repository, directory], check=True)
    names = subprocess.run(
        ["git", "-C", directory, "ls-files", "*.py", "*.c", "*.go"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    chosen = tuple(names[:: max(1, len(names) // FILES)][:FILES])
    for name in chosen:
        with Path(directory, name).open("a", encoding="utf-8") as file:
            file.write("\n# one line more\n")
    subprocess.run(["git", "-C", directory, "add", "--", *chosen], check=True)
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository")
    parser.add_argument("--runs", type=int, default=11)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        directory = str(Path(scratch, "clone"))
        chosen = installed(commands(staged_change(args.repository, directory)))
        print(
            table(
                f"five staged files of {args.repository}",
                measure(chosen, args.runs, directory, {}),
                "leakscan",
            )
        )
    print(versions(chosen))


if __name__ == "__main__":
    main()
