"""A purge beside git-filter-repo's result on a repository as it is: signatures, odd encodings, pull request refs and all.

    python benchmarks/purge_oracle.py REPOSITORY.git SECRET

Both take the same secret out of mirror clones of REPOSITORY. Then every old commit's two new forms are compared: trees,
who and when, parents, messages. Each difference is put down to a cause that is looked up in the objects; what has none is
`unexplained`, and makes this exit with 1. Prints how many commits, refs and signatures each tool has left as they were.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

TOKEN = b"***REMOVED***"
QUOTED = re.compile(rb"\b[0-9a-f]{7,40}\b")
SIGNED = (b"gpgsig", b"gpgsig-sha256", b"mergetag")


class Commit(NamedTuple):
    """A commit taken apart."""

    tree: str
    parents: tuple[str, ...]
    who: tuple[bytes, ...]  # author and committer lines
    other: tuple[bytes, ...]  # keys of all further headers
    message: bytes


def git(where: Path, *args: str, data: bytes = b"") -> bytes:
    return subprocess.run(["git", "-C", where, *args], input=data, check=True, capture_output=True).stdout


def objects(where: Path, names: Iterable[str]) -> Iterator[bytes]:
    """The contents of many objects, in their order."""
    asked = "".join(f"{name}\n" for name in names)
    with tempfile.TemporaryFile() as file:
        file.write(asked.encode())
        file.seek(0)
        with subprocess.Popen(
            ["git", "-C", where, "cat-file", "--batch", "--buffer"], stdin=file, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            while head := process.stdout.readline():
                yield process.stdout.read(int(head.split()[2]))
                process.stdout.read(1)


def parsed(raw: bytes) -> Commit:
    head, _, message = raw.partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if not line.startswith(b" ")]
    rows = [line.split(b" ", 1) for line in lines]
    return Commit(
        next(row[1].decode() for row in rows if row[0] == b"tree"),
        tuple(row[1].decode() for row in rows if row[0] == b"parent"),
        tuple(b" ".join(row) for row in rows if row[0] in (b"author", b"committer")),
        tuple(row[0] for row in rows if row[0] not in (b"tree", b"parent", b"author", b"committer")),
        message,
    )


def theirs(clone: Path, secret: str) -> dict[str, str]:
    """git-filter-repo's work; its commit map."""
    words = clone.with_suffix(".words")
    words.write_text(f"literal:{secret}==>{TOKEN.decode()}\n")
    found = find_spec("git_filter_repo")
    if found is None or found.origin is None:
        raise SystemExit("pip install git-filter-repo")
    never = ("--prune-empty", "never", "--prune-degenerate", "never")
    replace = ("--replace-text", str(words), "--replace-message", str(words))
    command = [sys.executable, found.origin, "--force", "--quiet", *never, *replace]
    subprocess.run(command, cwd=clone, check=True, capture_output=True)
    rows = [line.split() for line in (clone / "filter-repo/commit-map").read_text().splitlines()[1:]]
    return {old: new for old, new in rows if new.strip("0")}


def ours(clone: Path, secret: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    """The purge's work; its commit map, and in which forms the secret stood in each changed blob, by old id."""
    file = clone.with_suffix(".json")
    purge = [sys.executable, "-m", "leakscan", "purge"]
    where = ["--repo", str(clone), "--json"]
    answers = ["--answer", "archive=drop", "--answer", "lfs=drop"]
    said = subprocess.run(
        [*purge, "plan", *where, "--secret-stdin", *answers, "-o", str(file)],
        input=secret.encode(), check=True, capture_output=True,
    )  # fmt: skip
    confirmed = [str(file), "--yes", "--confirm", json.loads(said.stdout)["plan_id"], "--no-backup"]
    subprocess.run([*purge, "run", *where, *confirmed], check=True, capture_output=True)
    text = Path(f"{file}.commit-map").read_text()
    blobs = {b["old"]: {s[3] for s in b["spans"]} for b in json.loads(file.read_text())["blobs"]}
    return dict(line.split() for line in text.splitlines()), blobs


class Comparison:
    """Where the two results differ, and why."""

    def __init__(self, old: Path, them: Path, us: Path, forms: dict[str, set[str]]) -> None:
        self.old, self.them, self.us, self.forms = old, them, us, forms
        self.causes: Counter[str] = Counter()
        self._trees: dict[tuple[str, str], str] = {}

    def commit(self, before: Commit, their: Commit, our: Commit, mapped: tuple[bool, bool]) -> None:
        """`mapped`: whether each tool's parents are the new forms of the old ones."""
        if their.tree != our.tree:
            self.causes[f"tree: {self._tree(before.tree, their.tree, our.tree)}"] += 1
        if not all(mapped):
            self.causes["unexplained: parents"] += 1
        if their.who != our.who:
            self.causes[
                "theirs: author or committer line rewritten" if our.who == before.who else "unexplained: who"
            ] += 1
        kept = set(our.other) - set(their.other)
        for key in kept:
            what = "signature kept" if key in SIGNED else f"header {key.decode()} kept"
            self.causes[f"ours: {what}"] += 1
        if set(their.other) - set(our.other):
            self.causes["unexplained: header lost"] += 1
        if their.message != our.message:
            self.causes[self._message(before, their, our)] += 1

    def _message(self, before: Commit, their: Commit, our: Commit) -> str:
        if QUOTED.sub(b"", their.message) == QUOTED.sub(b"", our.message):
            return "message: quoted ids"
        if b"encoding" in before.other:
            return "theirs: message re-encoded"
        if their.message.rstrip(b"\n") == our.message.rstrip(b"\n"):
            return "theirs: line end added or dropped"
        return "unexplained: message"

    def _tree(self, before: str, their: str, our: str) -> str:
        if (their, our) not in self._trees:
            self._trees[their, our] = self._cause(before, their, our)
        return self._trees[their, our]

    def _cause(self, before: str, their: str, our: str) -> str:
        """Paths in which our tree differs from the old one, less those where theirs does alike."""
        changed = (
            self._changed(self.old, before, their, self.them),
            self._changed(self.old, before, our, self.us),
        )
        paths = {
            path
            for path in changed[0].keys() | changed[1].keys()
            if changed[0].get(path) != changed[1].get(path)
        }
        causes = set()
        for path in paths:
            old = (changed[1].get(path) or changed[0][path])[0]
            data = git(self.old, "cat-file", "blob", old)
            if old not in self.forms:
                causes.add("unexplained")
            elif b"\0" in data[:8192]:
                causes.add("binary, which they skip")
            elif self.forms[old] - {"raw"}:
                causes.add("encoded, which they do not look for")
            elif not self.forms[old]:
                causes.add("archive dropped, which they skip")
            else:
                causes.add("unexplained")
        return ", ".join(sorted(causes)) or "unexplained"

    def _changed(self, old: Path, before: str, after: str, other: Path) -> dict[bytes, tuple[str, str]]:
        out = git(other, "diff-tree", "-r", "-z", before, after).split(b"\0")
        return {out[n + 1]: tuple(out[n].decode().split()[2:4]) for n in range(0, len(out) - 1, 2)}  # type: ignore[misc]


def refs(where: Path) -> dict[bytes, bytes]:
    rows = git(where, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return {row.split(b" ")[0]: row.split(b" ")[1] for row in rows}


def main() -> int:
    """Compare, and print."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    source, secret = Path(sys.argv[1]).resolve(), sys.argv[2]
    with tempfile.TemporaryDirectory() as directory:
        old, them, us = (Path(directory, name) for name in ("old.git", "theirs.git", "ours.git"))
        for clone in (old, them, us):
            subprocess.run(["git", "clone", "-q", "--mirror", f"file://{source}", clone], check=True)
        their_map, (our_map, forms) = theirs(them, secret), ours(us, secret)
        for clone in (them, us):  # so that old and new trees can be compared in one place
            (clone / "objects/info").mkdir(exist_ok=True)
            (clone / "objects/info/alternates").write_text(f"{old}/objects\n")
        names = git(old, "rev-list", "--all").decode().split()
        before, missing = dict(zip(names, map(parsed, objects(old, names)), strict=True)), []
        known = [name for name in names if name in their_map]
        missing = [name for name in names if name not in their_map]
        their = zip(known, map(parsed, objects(them, [their_map[name] for name in known])), strict=True)
        our = map(parsed, objects(us, [our_map.get(name, name) for name in known]))
        comparison = Comparison(old, them, us, forms)
        signed: Counter[str] = Counter(old=sum(b"gpgsig" in c.other for c in before.values()))
        for (name, theirs_now), ours_now in zip(their, our, strict=True):
            parents = before[name].parents
            mapped = (
                theirs_now.parents == tuple(their_map[p] for p in parents),
                ours_now.parents == tuple(our_map.get(p, p) for p in parents),
            )
            comparison.commit(before[name], theirs_now, ours_now, mapped)
            signed["theirs"] += b"gpgsig" in theirs_now.other
            signed["ours"] += b"gpgsig" in ours_now.other
        tips, their_tips, our_tips = refs(old), refs(them), refs(us)
        moved = [sum(now.get(name) != oid for name, oid in tips.items()) for now in (their_tips, our_tips)]
        changed = sum(new != name for name, new in their_map.items())
        print(f"{source.name}: {len(names)} commits, {len(tips)} refs, {signed['old']} signed commits")
        print("  left as they were      git-filter-repo    leakscan purge")
        print(f"  commits  {len(names) - changed:24} {len(names) - len(our_map):17}")
        print(f"  refs     {len(tips) - moved[0]:24} {len(tips) - moved[1]:17}")
        print(f"  signed   {signed['theirs']:24} {signed['ours']:17}")
        if missing:
            comparison.causes["unexplained: commits that git-filter-repo does not name"] = len(missing)
        for cause, count in sorted(comparison.causes.items()):
            print(f"  {count:6} {cause}")
    return int(any("unexplained" in cause for cause in comparison.causes))


if __name__ == "__main__":
    raise SystemExit(main())
