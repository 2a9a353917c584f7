"""Whether a clone still has what a purge took out: old ids in its object database, and the secrets themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.record import NamedTuple
from leakscan.purge.model import digest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakscan.git.repository import Repository
    from leakscan.purge.model import SecretRef

_HOLDERS = 50  # refs that are named


class Candidate(NamedTuple):
    """A secret that a scan has found, and by which rule."""

    rule: str
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """What a clone still has. All zero and empty: it is clean as far as the plan can tell."""

    commits: int = 0
    tags: int = 0
    blobs: int = 0
    others: int = 0
    refs: tuple[str, ...] = ()  # those that hold old history; some of them, if there are many
    reachable: bool = False  # whether a ref, HEAD or the index of this work tree holds any of it
    secrets: tuple[str, ...] = ()  # masked: those that were recognised by their digest

    @property
    def clean(self) -> bool:
        return not (self.commits or self.tags or self.blobs or self.others or self.secrets)


def check(repo: Repository, banned: Iterable[str], recognised: Sequence[str] = ()) -> Stale:
    """Look for `banned` ids among all objects, reachable or not; `recognised` are masks, see `recognise`.

    Raises GitError.
    """
    asked = sorted(set(banned))
    there: dict[str, str] = {}
    if asked:
        out = repo.git("cat-file", "--batch-check", input="".join(f"{oid}\n" for oid in asked).encode())
        for line in out.decode().splitlines():
            words = line.split()
            if words[-1] != "missing":
                there[words[0]] = words[1]
    kinds = list(there.values())
    held = _reached(repo, set(there))
    return Stale(
        commits=kinds.count("commit"),
        tags=kinds.count("tag"),
        blobs=kinds.count("blob"),
        others=kinds.count("tree"),
        refs=_holders(repo, [oid for oid, kind in there.items() if kind == "commit"], set(there))
        if held
        else (),
        reachable=held,
        secrets=tuple(recognised),
    )


def recognise(secrets: Sequence[SecretRef], candidates: Iterable[Candidate]) -> dict[int, bytes]:
    """Which candidates are the secrets of a plan: index into `secrets`, and the secret.

    The slow digest is computed only for candidates of the right length, first for those of the right rule.
    """
    found: dict[int, bytes] = {}
    pool = list(dict.fromkeys(candidates))
    for number, secret in enumerate(secrets):
        likely = [c for c in pool if len(c.secret) == secret.length]
        likely.sort(key=lambda c: c.rule != secret.rule)
        tried = dict.fromkeys(c.secret for c in likely)
        hit = next((s for s in tried if digest(s, secret.salt) == secret.digest), None)
        if hit is not None:
            found[number] = hit
    return found


def _reached(repo: Repository, there: set[str]) -> bool:
    """Whether anything that git would push, check out or commit reaches one of these objects."""
    if not there:
        return False
    index = [] if repo.is_bare else ["--indexed-objects"]
    out = repo.git("rev-list", "--objects", "--all", "HEAD", *index) if _has_head(repo) else repo.git(
        "rev-list", "--objects", "--all", *index
    )  # fmt: skip
    return any(line[: 2 * repo.oid_size].decode() in there for line in out.splitlines())


def _has_head(repo: Repository) -> bool:
    return run.attempt(repo.where, "rev-parse", "--quiet", "--verify", "HEAD^{commit}")[0] == 0


def _holders(repo: Repository, commits: Sequence[str], there: set[str]) -> tuple[str, ...]:
    """Refs whose tip is one of these objects, or has one of these commits in its history."""
    out = repo.git("for-each-ref", "--format=%(objectname) %(refname)")
    direct = {
        name for oid, name in (line.split(b" ", 1) for line in out.splitlines()) if oid.decode() in there
    }
    contains = [f"--contains={oid}" for oid in commits[:_HOLDERS]]
    if contains:
        direct |= set(repo.git("for-each-ref", *contains, "--format=%(refname)").split())
    return tuple(shown(name) for name in sorted(direct)[:_HOLDERS])


def way_out(stale: Stale, plan: str) -> str:
    """What to do with this clone, for a person; `plan` is a plan's file or id."""
    if stale.clean:
        return ""
    if not stale.reachable:
        return (
            "No branch, tag or stash leads to it any more, but it is still on disk:\n"
            "  git reflog expire --expire=now --all && git gc --prune=now\n"
            f"or, if a purge was run or adopted here: leakscan purge cleanup {plan}"
        )
    return (
        "Never push, merge or pull in this clone. Delete it and clone again, carrying your own work over as patches;\n"
        f"or bring it over with everything that is yours: leakscan purge adopt {plan}"
    )
