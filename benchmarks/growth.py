"""How the cost of a history scan grows with the number of commits, and with the size of files.

    python benchmarks/growth.py [--runs 3] [--commits 10000 100000 1000000] [--huge 4]

Histories are made from a seed by `git fast-import` in a temporary directory: each commit changes a few lines of one of 200
files. `--huge N` makes N text files of 64 MiB instead, each in four versions.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import Command, measure, table

FILES = 200
LINES = 120


def stream(commits: int, seed: int = 1) -> Iterator[bytes]:
    """A fast-import stream (https://git-scm.com/docs/git-fast-import#_input_format) of that many commits."""
    chance = random.Random(seed)
    files = [[_line(chance) for _ in range(LINES)] for _ in range(FILES)]
    for number in range(1, commits + 1):
        at = chance.randrange(FILES)
        for _ in range(3):
            files[at][chance.randrange(LINES)] = _line(chance)
        content = "\n".join(files[at]).encode()
        message = f"change {number}".encode()
        yield b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\n" % (1_600_000_000 + number)
        yield b"data %d\n%s\n" % (len(message), message)
        yield b"M 100644 inline src/file%d.py\ndata %d\n%s\n" % (at, len(content), content)
    yield b"done\n"


def huge(files: int, seed: int = 1) -> Iterator[bytes]:
    """Few but large files: each version appends to the one before."""
    chance = random.Random(seed)
    blocks = ["\n".join(_line(chance) for _ in range(20_000)).encode() for _ in range(files)]
    for version in range(4):
        message = b"version %d" % version
        yield b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\n" % (1_600_000_000 + version)
        yield b"data %d\n%s\n" % (len(message), message)
        for number, block in enumerate(blocks):
            content = (block * (1 + (64 << 20) // len(block))) + b"\n# %d %d\n" % (number, version)
            yield b"M 100644 inline data%d.txt\ndata %d\n%s\n" % (number, len(content), content)
    yield b"done\n"


def _line(chance: random.Random) -> str:
    words = ("value", "config", "user", "item", "index", "load", "key", "result", "name", "total")
    return f"    {chance.choice(words)}_{chance.randrange(10_000)} = {chance.choice(words)}({chance.randrange(1_000_000)})"


def make(directory: str, content: Iterator[bytes]) -> None:
    """A bare repository with that history, packed."""
    subprocess.run(["git", "init", "-q", "--bare", directory], check=True)
    # A few objects would be left loose otherwise, each whole.
    command = ["git", "-C", directory, "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--done"]
    importer = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert importer.stdin is not None
    for piece in content:
        importer.stdin.write(piece)
    importer.stdin.close()
    if importer.wait():
        raise SystemExit("git fast-import failed")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--commits", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--huge", type=int, default=4)
    args = parser.parse_args()
    made = [(f"{n:,} commits", stream(n)) for n in args.commits]
    made += [(f"{args.huge} files of 64 MiB, four versions", huge(args.huge))] if args.huge else []
    for title, content in made:
        with tempfile.TemporaryDirectory() as scratch:
            repo = str(Path(scratch, "repo.git"))
            make(repo, content)
            commands = [
                Command(
                    "leakscan",
                    ("leakscan", "scan", "--history", repo, "--format", "sarif", "--output", "{out}"),
                    (0, 1),
                ),
                Command(
                    "git cat-file",
                    ("git", "-C", repo, "cat-file", "--batch-all-objects", "--unordered", "--batch"),
                ),
            ]
            print(table(title, measure(commands, args.runs, "/", {}), "leakscan"), flush=True)


if __name__ == "__main__":
    main()
