"""What a purge of each finding would touch: an estimate for choosing; the plan is exact."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from leakscan.model.origin import (
    BlobOrigin,
    CommitOrigin,
    FileOrigin,
    NameOrigin,
    ReflogOrigin,
    RefOrigin,
    StagedOrigin,
    StdinOrigin,
    TagOrigin,
)
from leakscan.model.text import escape
from leakscan.purge.replace import NAME_TOKEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from leakscan.git.repository import Repository
    from leakscan.model.finding import Finding
    from leakscan.model.origin import Origin

Reach = Literal["uncommitted", "unreachable", "unpushed", "pushed"]
_PATHS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One secret that could be purged."""

    fingerprint: str  # what `leakscan purge plan --finding` takes
    rule: str
    name: str
    severity: str
    label: str  # masked
    reach: Reach
    in_head: bool
    blobs: int
    paths: tuple[str, ...]  # some of them, without the secret
    paths_total: int
    homes: dict[str, int] = field(default_factory=dict)  # other places: "message", "tag", "ref name" …
    first_commits: tuple[str, ...] = ()  # those that brought it
    commits: int = 0  # that brought it or come after one that did
    commits_total: int = 0
    refs: dict[str, int] = field(default_factory=dict)  # that would move, by kind: "heads", "tags" …


class History:
    """Commits and refs, read once for all findings."""

    def __init__(self, repo: Repository) -> None:
        """Raises GitError."""
        lines = repo.git("rev-list", "--all", "--topo-order", "--reverse", "--parents").decode().splitlines()
        self._rows = [line.split() for line in lines]
        out = repo.git("for-each-ref", "--format=%(objectname) %(*objectname) %(refname)").decode(
            "utf-8", "replace"
        )
        self._tips = [
            (line.split(" ", 2)[0], line.split(" ", 2)[1], line.split(" ", 2)[2]) for line in out.splitlines()
        ]

    @property
    def total(self) -> int:
        return len(self._rows)

    def after(self, commits: Collection[str]) -> set[str]:
        """`commits`, and all that come after one of them."""
        touched: set[str] = set(commits)
        for oid, *parents in self._rows:
            if not touched.isdisjoint(parents):
                touched.add(oid)
        return touched & {row[0] for row in self._rows}

    def refs(self, touched: Collection[str]) -> list[str]:
        """Full names of the refs that would move."""
        return [name for oid, peeled, name in self._tips if oid in touched or peeled in touched]


def candidates(repo: Repository, findings: Sequence[Finding]) -> tuple[Candidate, ...]:
    """The findings of a history scan, worst first as they come. Raises GitError."""
    if not findings:
        return ()
    history = History(repo)
    secrets = sorted({f.secret.reveal() for f in findings}, key=len, reverse=True)
    return tuple(_candidate(finding, history, secrets) for finding in findings)


def _candidate(finding: Finding, history: History, secrets: Sequence[bytes]) -> Candidate:
    committed = [
        p for p in finding.places if not isinstance(p.origin, (FileOrigin, StagedOrigin, StdinOrigin))
    ]
    first = {p.commit.oid for p in committed if p.commit is not None}
    first |= {p.origin.commit for p in committed if isinstance(p.origin, CommitOrigin)}
    touched = history.after(first)
    tags = {p.origin.tag for p in committed if isinstance(p.origin, TagOrigin)}
    refs = history.refs(touched | tags)
    paths = sorted({p.path for p in finding.places if p.path is not None})
    life = finding.life
    return Candidate(
        fingerprint=finding.fingerprint,
        rule=finding.rule.id,
        name=finding.rule.name,
        severity=finding.severity,
        label=finding.secret.masked(),
        reach=_reach(bool(committed), bool(touched), refs),
        in_head=bool(life and life.in_head),
        blobs=len({p.origin.blob for p in committed if isinstance(p.origin, BlobOrigin)}),
        paths=tuple(_shown(path, secrets) for path in paths[:_PATHS]),
        paths_total=len(paths),
        homes=_homes(p.origin for p in committed),
        first_commits=tuple(sorted(first)),
        commits=len(touched),
        commits_total=history.total,
        refs=dict(sorted(Counter(name.split("/")[1] for name in refs).items())),
    )


def _reach(committed: bool, held: bool, refs: Sequence[str]) -> Reach:
    if not committed:
        return "uncommitted"
    if not held and not refs:
        return "unreachable"
    local = ("refs/heads/", "refs/stash", "refs/notes/", "refs/tags/")
    return "unpushed" if all(name.startswith(local) for name in refs) else "pushed"


def _homes(origins: Iterable[Origin]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for origin in origins:
        match origin:
            case CommitOrigin(_, part):
                found["message" if part == "message" else part] += 1
            case TagOrigin():
                found["tag"] += 1
            case RefOrigin():
                found["ref name"] += 1
            case ReflogOrigin():
                found["reflog"] += 1
            case NameOrigin():
                found["file name"] += 1
            case _:
                pass
    return dict(sorted(found.items()))


def _shown(path: bytes, secrets: Sequence[bytes]) -> str:
    for secret in secrets:
        path = path.replace(secret, NAME_TOKEN)
    return escape(path)


def lines(candidate: Candidate, number: int) -> list[str]:
    """A candidate in plain words."""
    c = candidate
    where = f"{_count(c.blobs, 'version')} of {_count(c.paths_total, 'file')}: {', '.join(c.paths)}"
    more = c.paths_total - len(c.paths)
    reach = {
        "uncommitted": "not committed yet: take it out of the file, nothing has to be purged",
        "unreachable": "no branch, tag or stash leads to it any more: git reflog expire --expire=now --all && git gc "
        "--prune=now",
        "unpushed": "only here so far: not in any remote-tracking branch",
        "pushed": "it has been pushed: others may have it",
    }[c.reach]
    found = [
        f"Secret {number}: {c.name} {c.label} ({c.severity}, {c.rule})",
        f"  in      {where}" + (f" and {more} more" if more > 0 else ""),
    ]
    if c.homes:
        found.append("  also in " + ", ".join(_count(n, kind) for kind, n in c.homes.items()))
    if c.reach in ("unpushed", "pushed"):
        kinds = ", ".join(f"{n} {kind}" for kind, n in c.refs.items())
        found.append(
            f"  touches {c.commits} of {_count(c.commits_total, 'commit')}, {_count(sum(c.refs.values()), 'ref')}"
            + (f" ({kinds})" if kinds else "")
        )
        found.append(f"  first   {', '.join(oid[:12] for oid in c.first_commits[:_PATHS])}")
    found.append(f"  reach   {reach}" + ("; still in the current commit" if c.in_head else ""))
    return found


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
