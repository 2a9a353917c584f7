"""Attribution against an independent computation from `git log --raw -m --all --no-renames`.

    python benchmarks/attribution.py [--seed 1] [--groups 400] REPOSITORY...

Takes blobs, names and commits at random, asks leakscan where and from when to when they are there, and answers the same
question from git's own diffs: the content of every commit is followed from its first parent, and checked against the diffs
to its other parents. Prints every difference; exits with 1 if there is one. For repositories in which refs lead to all
commits, and whose log fits into memory.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from leakscan.detect.detector import Detector
from leakscan.git.repository import Repository
from leakscan.model.origin import BlobOrigin, CommitOrigin, NameOrigin, Origin
from leakscan.sources.novelty import NoveltyHistorySource

_ESCAPE = re.compile(rb'\\([abfnrtv"\\]|[0-7]{3})')
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
GITLINK = b"160000"

Hit = tuple[Origin, bytes]  # what, and its path


@dataclass
class Commit:
    """A commit of the log: what it changes against each parent, as (path, old entry, new entry)."""

    parents: list[str] = field(default_factory=list)
    time: int = 0
    diffs: dict[str, list[tuple[bytes, bytes, bytes]]] = field(default_factory=dict)


def log(repo: str) -> dict[str, Commit]:
    """All commits that refs lead to, children before parents."""
    command = ("git", "-C", repo, "-c", "core.quotePath=false", "log", "--raw", "-m", "--all", "--no-renames")
    process = subprocess.Popen(
        (*command, "--topo-order", "--pretty=raw", "--no-abbrev", "--root"), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    commits: dict[str, Commit] = {}
    commit, diff = Commit(), []
    for line in process.stdout:
        if line.startswith(b"commit "):
            words = line.decode().split()
            commit = commits.setdefault(words[1], Commit())
            source = words[3].rstrip(")") if len(words) > 2 else ""
            commit.parents = []
            diff = commit.diffs[source] = []
        elif line.startswith(b"parent "):
            commit.parents.append(line.split()[1].decode())
        elif line.startswith(b"committer "):
            commit.time = int(line.split()[-2])
        elif line.startswith(b":"):
            facts, _, path = line.rstrip(b"\n").partition(b"\t")
            old_mode, new_mode, old, new, _ = facts[1:].split()
            diff.append((unquoted(path), entry(old_mode, old), entry(new_mode, new)))
    if process.wait():
        raise SystemExit("git log failed")
    return commits


def entry(mode: bytes, oid: bytes) -> bytes:
    """What stands at a path: nothing, a submodule, or a blob by its id."""
    return b"" if not mode.strip(b"0") else GITLINK if mode == GITLINK else oid


def unquoted(path: bytes) -> bytes:
    if not path.startswith(b'"'):
        return path

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8)]) if code.isdigit() else _LETTERS.get(code, code)

    return _ESCAPE.sub(plain, path[1:-1])


class Answer:
    """What the log says of some groups of origins."""

    def __init__(self, commits: dict[str, Commit], groups: list[list[Origin]]) -> None:
        self.commits = commits
        self.groups = groups
        self.wanted = {origin for group in groups for origin in group}
        self.holds: dict[str, Counter[Hit]] = {}
        self.texts: dict[str, frozenset[str]] = {}
        messages = {origin.commit for origin in self.wanted if isinstance(origin, CommitOrigin)}
        for oid in reversed(commits):  # parents first
            commit = commits[oid]
            first = commit.parents[0] if commit.parents else ""
            self.holds[oid] = self._after(first, commit.diffs.get(first, commit.diffs.get("", [])))
            for parent in commit.parents[1:]:
                # Git prints no diff where there is no difference.
                if self._after(parent, commit.diffs.get(parent, [])) != self.holds[oid]:
                    raise SystemExit(f"git's diffs of {oid} contradict each other")
            above = [self.texts[parent] for parent in commit.parents]
            mine = frozenset([oid]) & messages
            self.texts[oid] = above[0] if above and not mine and len(set(above)) == 1 else mine.union(*above)

    def _after(self, parent: str, diff: list[tuple[bytes, bytes, bytes]]) -> Counter[Hit]:
        before: Counter[Hit] = self.holds.get(parent) or Counter()
        changes: Counter[Hit] = Counter()
        for path, old, new in diff:
            changes.subtract(self._hits(path, old))
            changes.update(self._hits(path, new))
        if not any(changes.values()):
            return before
        after = before.copy()
        after.update(changes)
        return Counter({hit: count for hit, count in after.items() if count})

    def _hits(self, path: bytes, what: bytes) -> Iterator[Hit]:
        if not what:
            return
        blob = BlobOrigin(what.decode())
        if what != GITLINK and blob in self.wanted:
            yield blob, path
        parts = path.split(b"/")
        for number, part in enumerate(parts, 1):
            if NameOrigin(part) in self.wanted:
                yield NameOrigin(part), b"/".join(parts[:number])

    def _key(self, oid: str) -> tuple[int, str]:
        return self.commits[oid].time, oid

    def loci(self) -> dict[Origin, list[tuple[bytes | None, str]]]:
        """By origin, its paths and the earliest commit that has it there while no parent has."""
        first: dict[Hit, str] = {}
        for oid, commit in self.commits.items():
            for hit in self.holds[oid]:
                if all(hit not in self.holds[parent] for parent in commit.parents):
                    first[hit] = min(oid, first.get(hit, oid), key=self._key)
        found: dict[Origin, list[tuple[bytes | None, str]]] = {}
        for (origin, path), oid in first.items():
            found.setdefault(origin, []).append((path, oid))
        found |= {
            origin: [(None, origin.commit)] for origin in self.wanted if isinstance(origin, CommitOrigin)
        }
        return {origin: sorted(some, key=lambda one: one[0] or b"") for origin, some in found.items()}

    def lives(self, head: str, tips: dict[bytes, str]) -> list[tuple[object, ...]]:
        """For each group: introduced, removed, in HEAD, refs."""
        of_head = set()
        todo = [head]
        while todo:
            oid = todo.pop()
            if oid not in of_head:
                of_head.add(oid)
                todo += self.commits[oid].parents
        members: dict[str, set[int]] = {}
        by_origin: dict[Origin, set[int]] = {}
        for number, group in enumerate(self.groups):
            for origin in group:
                by_origin.setdefault(origin, set()).add(number)
        for oid in self.commits:
            origins = {hit[0] for hit in self.holds[oid]} | {
                CommitOrigin(t, "message") for t in self.texts[oid]
            }
            members[oid] = set().union(*(by_origin.get(origin, ()) for origin in origins))
        came: dict[int, list[str]] = {}
        went: dict[int, list[str]] = {}
        for oid, commit in self.commits.items():
            before = set().union(*(members[parent] for parent in commit.parents))
            for number in members[oid] - before:
                came.setdefault(number, []).append(oid)
            for number in before - members[oid] if oid in of_head else ():
                went.setdefault(number, []).append(oid)
        out: list[tuple[object, ...]] = []
        for number in range(len(self.groups)):
            in_head = number in members[head]
            introduced = min(came.get(number, ()), key=self._key, default=None)
            removed = None if in_head else max(went.get(number, ()), key=self._key, default=None)
            refs = tuple(sorted(name for name, tip in tips.items() if number in members[tip]))
            out.append((introduced, removed, in_head, refs))
        return out


def groups_of(commits: dict[str, Commit], count: int, chance: random.Random) -> list[list[Origin]]:
    """Blobs, names and messages at random: alone, and some together."""
    changes = [change for commit in commits.values() for diff in commit.diffs.values() for change in diff]
    blobs = sorted({new for _, _, new in changes if new and new != GITLINK})
    names = sorted({part for path, _, _ in changes for part in path.split(b"/")})
    origins: list[Origin] = [BlobOrigin(oid.decode()) for oid in chance.sample(blobs, min(count, len(blobs)))]
    some: list[Origin] = [NameOrigin(name) for name in chance.sample(names, min(count // 4, len(names)))]
    some += [CommitOrigin(oid, "message") for oid in chance.sample(sorted(commits), min(20, len(commits)))]
    together = [chance.sample(origins, min(3, len(origins))) for _ in range(count // 4)]
    return [*([origin] for origin in origins + some), *together, [*origins[:2], *some[-2:]]]


def compare(path: str, groups: int, seed: int) -> int:
    """Print the differences of one repository; how many there are."""
    chance = random.Random(seed)
    commits = log(path)
    asked = groups_of(commits, groups, chance)
    repo = Repository.open(path)
    source = NoveltyHistorySource(repo, context=Detector.context)
    source.units()
    started = time.perf_counter()
    found = source.attribute(asked)
    took = time.perf_counter() - started
    answer = Answer(commits, asked)
    head = repo.git("rev-parse", "HEAD").decode().strip()
    listing = repo.git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)").splitlines()
    tips = {
        words[0]: words[-1].decode() for words in map(bytes.split, listing) if words[-1].decode() in commits
    }
    wrong = 0
    loci = answer.loci()
    for origin in sorted({o for group in asked for o in group}, key=repr):
        got = [(locus.path, locus.commit.oid if locus.commit else "") for locus in found.loci[origin]]
        if got != loci.get(origin, []):
            wrong += 1
            print(f"{origin}: leakscan says {got}, the log {loci.get(origin)}")
    for group, life, expected in zip(asked, found.lives, answer.lives(head, tips), strict=True):
        assert life is not None
        commits_of = [commit.oid if commit else None for commit in (life.introduced, life.removed)]
        if (*commits_of, life.in_head, tuple(sorted(life.refs))) != expected:
            wrong += 1
            print(f"{group}: leakscan says {life}, the log {expected}")
    places = sum(map(len, loci.values()))
    print(
        f"{path}: {len(commits)} commits, {len(asked)} groups, {places} places in {took:.2f} s: {wrong} differences"
    )
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--groups", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    wrong = sum(compare(repo, args.groups, args.seed) for repo in args.repositories)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
