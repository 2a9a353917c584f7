"""What the others have to be told: a message to everybody with a clone, and what to ask of each kind of server.

What servers do with purged commits, and whom to ask, is from their documentation:
https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository,
https://docs.gitlab.com/user/project/repository/repository_size/,
https://support.atlassian.com/bitbucket-cloud/docs/reduce-repository-size/,
https://gerrit-review.googlesource.com/Documentation/cmd-ban-commit.html.
All of it is made from the plan, which has no secret in it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from leakscan.purge.handoff_texts import MESSAGE, TICKETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leakscan.purge.model import Plan, RefMove
    from leakscan.purge.push_compare import HiddenRef

Host = Literal["github", "gitlab", "bitbucket", "gerrit", "azure", "other"]
HOSTS: tuple[Host, ...] = get_args(Host)
_MARKS: tuple[tuple[str, Host], ...] = (
    (r"github", "github"),
    (r"gitlab", "gitlab"),
    (r"bitbucket|/scm/", "bitbucket"),
    (r"gerrit|googlesource|:29418", "gerrit"),
    (r"dev\.azure\.com|visualstudio\.com|/_git/", "azure"),
)
REQUESTS = {
    "pull": "pull request",
    "merge-requests": "merge request",
    "pull-requests": "pull request",
    "changes": "change",
}
_MAP_LINES = 20_000  # what GitLab takes of a commit map at a time
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known besides the plan. `hidden` as of `push.compare`; None where the server was not asked."""

    host: Host
    address: str = ""  # without user and password
    hidden: tuple[HiddenRef, ...] | None = None
    rotated: str = ""  # an answer of `rotate`
    commit_map: Mapping[str, str] | None = None
    banned: tuple[str, ...] = ()


def host_of(address: str) -> Host:
    """Which kind of server an address is of, as far as its name tells."""
    return next((host for mark, host in _MARKS if re.search(mark, address, re.IGNORECASE)), "other")


def project_of(address: str) -> str:
    """OWNER/NAME, or whatever stands in its place."""
    path = re.sub(r"^[A-Za-z0-9+.-]+://[^/]*/|^[^/:]*:", "", address)
    return path.strip("/").removesuffix(".git") or "(name of the repository)"


def requests(plan: Plan, hidden: Sequence[HiddenRef] | None) -> tuple[list[str], int]:
    """Pull, merge or change requests with old history, sorted by number, and how many could not be looked at."""
    if hidden is None:
        return _numbers(move.name for move in plan.refs if move.old != move.new), 0
    old = _numbers(h.ref for h in hidden if h.state == "old")
    unknown = _numbers(h.ref for h in hidden if h.state == "unknown")
    return old, len(set(unknown) - set(old))


def files(plan: Plan, facts: Facts) -> dict[str, str]:
    """Name: text of every file to hand over."""
    affected, unknown = requests(plan, facts.hidden)
    words = _words(plan, facts, affected, unknown)
    made = {
        "message.md": MESSAGE.format_map(words),
        f"ticket-{facts.host}.md": TICKETS[facts.host].format_map(words),
        "first-changed-commits.txt": _list(plan.first_changed),
        "blob-ids.txt": _list(sorted({b.old for b in plan.blobs})),
        "affected-requests.txt": _list(affected),
    }
    if plan.lfs:
        made["lfs-objects.txt"] = _list(plan.lfs)
    if facts.banned:
        from leakscan.purge.guard import dumps, portable

        made["banned-ids"] = dumps(facts.banned)
        made["pre-receive"] = portable("pre-receive")
    if facts.host == "gitlab" and facts.commit_map:
        pairs = [f"{old} {new or '0' * len(old)}" for old, new in sorted(facts.commit_map.items())]
        for number, start in enumerate(range(0, len(pairs), _MAP_LINES), 1):
            made[f"commit-map-{number:03}.txt"] = _list(pairs[start : start + _MAP_LINES])
    if facts.host == "gerrit":
        project = shlex.quote(project_of(facts.address))
        made["ban-commits.sh"] = "#!/bin/sh\n# Usage: sh ban-commits.sh USER@HOST\n" + "".join(
            f'ssh -p 29418 "$1" gerrit ban-commit {project} {oid}\n' for oid in plan.first_changed
        )
    return made


def _words(plan: Plan, facts: Facts, affected: Sequence[str], unknown: int) -> dict[str, object]:
    counts = plan.counts
    kinds = [f"{_name(s.rule)} ({s.label})" for s in plan.secrets]
    moved = {k: sum(m.kind == k for m in plan.refs) for k in ("heads", "tags")}
    return {
        "plan": plan.plan_id,
        "project": project_of(facts.address),
        "address": facts.address or "(address of the repository)",
        "what": ", ".join(kinds) or f"{_count(len(plan.remove_paths), 'file')} that should never have been committed",
        "rotated": {
            "yes": "It has been replaced and no longer works.",
            "later": "It has NOT been replaced yet: treat it as stolen until we tell you otherwise.",
            "no": "It has NOT been replaced: treat it as stolen.",
        }.get(facts.rotated, "(Say here whether it has been replaced.)"),
        "mitigated": {
            "yes": "The credential has been revoked. The exposed copies still disclose it, and what it was used for.",
        }.get(facts.rotated, "The credential cannot be relied on to be revoked in time, so the risk cannot be mitigated"
              " by rotating it alone."),
        "commits": counts.commits_rewritten,
        "of_commits": counts.commits,
        "branches": _count(moved["heads"], "branch", "branches"),
        "tags": _count(moved["tags"], "tag"),
        "refs": counts.refs_moved,
        "signatures": counts.signatures_lost,
        "requests": len(affected),
        "request_list": ", ".join(f"#{n}" for n in affected[:_SHOWN]) or "none",
        "unknown": (
            f"\n({_count(unknown, 'more request')} could not be looked at from here: "
            "this clone has not fetched what they contain; leakscan purge handoff --count-requests does.)"
            if unknown
            else "\n(The server was not asked; counted from the clone that was purged.)"
            if facts.hidden is None
            else ""
        ),
        "first_changed": "\n".join(f"    {oid}" for oid in plan.first_changed[:_SHOWN]) or "    none",
        "first": plan.first_changed[0] if plan.first_changed else "COMMIT",
        "branch_list": "\n".join(f"    {m.name.removeprefix('refs/heads/')}" for m in _moved(plan, "heads")[:_SHOWN]),
        "blobs": len({b.old for b in plan.blobs}),
        "lfs": len(plan.lfs),
        "lfs_list": "\n".join(f"    {oid}" for oid in plan.lfs[:_SHOWN]) or "    none",
    }  # fmt: skip


def _moved(plan: Plan, kind: str) -> list[RefMove]:
    return sorted((m for m in plan.refs if m.kind == kind), key=lambda m: m.name)


def _name(rule: str) -> str:
    return rule or "a secret"


def _numbers(names: Iterable[str]) -> list[str]:
    found = set()
    for name in names:
        parts = name.split("/")
        if len(parts) > 3 and parts[1] in REQUESTS:
            # refs/changes/LAST TWO DIGITS/NUMBER/PATCH SET
            found.add(parts[3] if parts[1] == "changes" else parts[2])
    return sorted(found, key=lambda n: (len(n), n))


def _list(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
