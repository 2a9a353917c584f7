"""Histories at random, from a seed: lines edited, files renamed, merges of any shape, several roots, odd trees."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from gitrepo import START, GitRepo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PACKINGS = (
    "loose",
    "one pack",
    "two packs",
    "overlapping packs",
    "no deltas",
    "midx",
    "cruft",
    "pack and loose",
)


def random_history(
    path: Path, seed: int, *, commits: int = 25, object_format: str = "sha1", extra: Sequence[str] = ()
) -> GitRepo:
    """A repository with about `commits` commits on some branches; objects are loose. `extra` are lines that occur."""
    rng = random.Random(seed)
    repo = GitRepo.init(path, object_format=object_format)
    lines = [f"line {i} {rng.random()} {rng.choice('abcdefgh') * rng.randrange(30)}\n" for i in range(60)]
    lines += extra
    files: dict[int, dict[str, str]] = {}
    stream: list[str] = ["feature done\n"]
    time = START

    def data(text: str) -> str:
        return f"data {len(text.encode())}\n{text}\n"

    tips: dict[str, int] = {}
    for mark in range(1, commits + 1):
        branch = rng.choice(["main", "main", "side", "other"])
        root = branch not in tips and (mark == 1 or rng.random() < 0.3)
        parent = None if root else tips.get(branch, rng.randrange(1, mark) if mark > 1 else None)
        merged = [m for m in tips.values() if m != parent and parent and rng.random() < 0.25]
        tree = dict(files[parent]) if parent else {}
        for m in merged:
            tree |= {name: text for name, text in files[m].items() if rng.random() < 0.5}
        for _ in range(rng.randrange(0, 4)):
            _edit(rng, tree, lines)
        time += rng.choice([60, 60, 0, -100])
        stream.append(f"commit refs/heads/{branch}\nmark :{mark}\n")
        stream.append(f"author A{rng.randrange(3)} U Thor <a@example.com> {time} +0100\n")
        stream.append(f"committer C O Mitter <c@example.com> {time} +0000\n")
        stream.append(data(f"message {mark}\n\nwith a body {rng.random()}\n"))
        if parent:
            stream.append(f"from :{parent}\n")
        stream += [f"merge :{m}\n" for m in dict.fromkeys(merged)]
        stream.append("deleteall\n")
        stream += [f"M 100644 inline {name}\n" + data(text) for name, text in sorted(tree.items())]
        files[mark] = tree
        tips[branch] = mark
    stream.append(f"tag v1\nfrom :{rng.randrange(1, commits + 1)}\ntagger T <t@example.com> {time} +0000\n")
    stream.append(data("a tag\n") + "done\n")
    repo.git("fast-import", "--quiet", "--force", "--done", input="".join(stream).encode())
    if "main" in tips:
        repo.git("reset", "-q", "--hard", "main")
    if rng.random() < 0.5:  # what nothing points to
        repo.git("update-ref", "-d", f"refs/heads/{rng.choice(sorted(tips))}")
    repo.blob("".join(rng.sample(lines, 20)) + "dangling\n")
    unpack(repo)
    return repo


def _edit(rng: random.Random, tree: dict[str, str], lines: list[str]) -> None:
    name = rng.choice(["a.txt", "b.txt", "dir/a.txt", "dir/deep/c.txt", "dir2/a long enough name.txt", "a"])
    if any(other.startswith(name + "/") or name.startswith(other + "/") for other in tree):
        return
    action = rng.random()
    if name not in tree or action < 0.15:
        tree[name] = "".join(rng.choices(lines, k=rng.randrange(1, 200)))
    elif action < 0.25:
        del tree[name]
    elif action < 0.35:
        tree[f"moved/{rng.randrange(3)}.txt"] = tree.pop(name)
    else:
        text = tree[name].splitlines(keepends=True)
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(3)] = rng.choices(lines, k=rng.randrange(3))
        tree[name] = "".join(text)


def unpack(repo: GitRepo) -> None:
    """Make all objects of all packs loose."""
    directory = repo.path / ".git" / "objects" / "pack"
    for pack in sorted(directory.glob("*.pack")):
        content = pack.read_bytes()
        for file in directory.glob(f"{pack.stem}.*"):
            file.unlink()
        repo.git("unpack-objects", "-q", input=content)


def pack(repo: GitRepo, how: str) -> None:
    """Store the objects in one of the ways of `PACKINGS`."""
    deep = ("--depth=50", "--window=50")
    every = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    into = str(repo.path / ".git" / "objects" / "pack" / "pack")

    def make(oids: list[str], *options: str) -> None:
        repo.git("pack-objects", "-q", *options, into, input="".join(f"{oid}\n" for oid in oids).encode())

    half = len(every) // 2
    if how == "loose":
        return
    if how == "one pack":
        make(every, *deep)
    elif how == "no deltas":
        make(every, "--depth=0", "--window=0")
    elif how in ("two packs", "midx"):
        make(every[:half], *deep)
        make(every[half:], *deep)
    elif how == "overlapping packs":
        make(every[: half + half // 2], *deep)
        make(every[half // 2 :], *deep, "--delta-base-offset")
    elif how == "cruft":
        repo.git("repack", "-q", "-d", "--cruft", *deep)
    elif how == "pack and loose":
        make(every[:half], *deep)
        for oid in every[:half]:
            (repo.path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
        return
    repo.git("prune-packed", "-q")
    if how == "midx":
        repo.git("multi-pack-index", "write")
