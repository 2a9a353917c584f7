"""What a baseline knows, and what it does to a result."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakscan.model.finding import Finding, ScanResult, Scope

SALT = 16  # bytes
VERDICTS = ("real", "false")
_WIDER: dict[Scope, int] = {"part": 0, "tree": 1, "history": 2}


class Entry(NamedTuple):
    """A known secret: which one only a scan that finds it can tell."""

    id: str  # "hmac-sha256:" and 64 hex digits
    rule: str  # a rule's id, for people; what decides is `id`
    reason: str = ""  # why it is known, in somebody's words
    verdict: str = ""  # what somebody has judged it to be, one of VERDICTS; "" where nobody has


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Known secrets, sorted by id. `scope` is what the widest scan that went into it looked at."""

    salt: bytes
    scope: Scope
    entries: tuple[Entry, ...]

    def id(self, finding: Finding) -> str:
        """HMAC-SHA256 (RFC 2104) of the finding's fingerprint under the salt, with its name in front.

        It depends on the rule and the secret alone: not on a path, a line or a commit.
        """
        return f"hmac-sha256:{hmac.digest(self.salt, finding.fingerprint.encode(), hashlib.sha256).hex()}"


class Updated(NamedTuple):
    """What `update` did."""

    baseline: Baseline
    added: tuple[Entry, ...]
    dropped: tuple[Entry, ...]  # entries of secrets that are gone
    unseen: tuple[Entry, ...]  # kept although they were not found: the scan could not have seen all of them


def create(result: ScanResult, *, salt: bytes | None = None) -> Baseline:
    """A baseline that hides exactly the findings of `result`. `salt`: 16 bytes of its own if it is not given."""
    empty = Baseline(salt=salt or os.urandom(SALT), scope=result.scope, entries=())
    return replace(empty, entries=_sorted(_entry(empty, finding) for finding in result.findings))


def update(old: Baseline, result: ScanResult, *, whole: bool = True) -> Updated:
    """`old` with the findings of `result` (a scan without a baseline): same salt, same reasons.

    Entries that were not found go, if the scan was complete and looked at as much as went into `old`. A scan that left
    out some rules, severities or confidences is not `whole` and says of no entry that it is stale.
    """
    found = {entry.id: entry for entry in (_entry(old, finding) for finding in result.findings)}
    known = {entry.id: entry for entry in old.entries}
    missing = tuple(entry for entry in old.entries if entry.id not in found)
    stale, unseen = (missing, ()) if whole and _sees_all(old, result) else ((), missing)
    new = Baseline(
        salt=old.salt,
        scope=max(old.scope, result.scope, key=_WIDER.__getitem__),
        entries=_sorted([*(known.get(id, entry) for id, entry in found.items()), *unseen]),
    )
    return Updated(new, _sorted(e for e in found.values() if e.id not in known), stale, unseen)


def hide(baseline: Baseline, result: ScanResult, *, whole: bool = True) -> ScanResult:
    """`result` without what `baseline` knows. What is hidden is counted; so are, in a note, entries without a secret.

    The latter not if the scan is not `whole` (see `update`).
    """
    ids = {entry.id for entry in baseline.entries}
    found = [(finding, baseline.id(finding)) for finding in result.findings]
    kept = tuple(finding for finding, id in found if id not in ids)
    seen = {id for _, id in found}
    real = seen & {entry.id for entry in baseline.entries if entry.verdict == "real"}
    stale = sum(id not in seen for id in ids) if whole and _sees_all(baseline, result) else 0
    return result._replace(
        findings=kept,
        baselined=result.baselined + len(found) - len(kept),
        notes=(*result.notes, *([_real(len(real))] if real else []), *([_stale(stale)] if stale else [])),
    )


def judge(baseline: Baseline, finding: Finding, verdict: str, reason: str) -> Baseline:
    """`baseline` with the verdict (one of VERDICTS) on `finding`, which becomes known if it was not."""
    new = _entry(baseline, finding)._replace(verdict=verdict, reason=reason)
    others = (entry for entry in baseline.entries if entry.id != new.id)
    return replace(baseline, entries=_sorted((*others, new)))


def _sees_all(baseline: Baseline, result: ScanResult) -> bool:
    """Whether a secret that `baseline` knows and `result` lacks is gone."""
    wide = result.scope == "history" or result.scope == baseline.scope == "tree"
    return wide and not result.incomplete


def _real(count: int) -> str:
    secrets = "1 secret" if count == 1 else f"{count} secrets"
    return f"{secrets} of the baseline judged real and still there: rotate, then take out"


def _stale(count: int) -> str:
    entries = "1 entry" if count == 1 else f"{count} entries"
    return (
        f"{entries} of the baseline without a secret any more; `leakscan baseline update` drops what is stale"
    )


def _entry(baseline: Baseline, finding: Finding) -> Entry:
    return Entry(baseline.id(finding), finding.rule.id)


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple({entry.id: entry for entry in sorted(entries)}.values())
