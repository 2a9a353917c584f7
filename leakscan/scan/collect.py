"""From detections to findings: located, judged by path, grouped by secret, sorted. Deterministic for any order of input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from leakscan.filters import places
from leakscan.model.finding import Dropped, Finding, Locus, Place
from leakscan.model.origin import FileOrigin, NameOrigin, StagedOrigin
from leakscan.model.rule import CONFIDENCES, SEVERITIES, Confidence, Severity
from leakscan.model.secret import Secret

if TYPE_CHECKING:
    from leakscan.model.finding import Life
    from leakscan.model.match import Detection
    from leakscan.model.origin import Origin
    from leakscan.model.rule import Rule
    from leakscan.sources.base import Source

Allow = Callable[["Rule", bytes, bytes | None], str | None]
"""The configuration's allow-list: (rule, secret, path) → the entry that allows it, in words, or None."""


Loci = Mapping[tuple[int, type, "Origin"], tuple[Locus, ...]]
"""By source, and by origin with its type: a NamedTuple equals any other of the same fields."""


class Policy(NamedTuple):
    """What is reported of what was found."""

    confidence: Confidence = "medium"  # at least
    severities: tuple[Severity, ...] = SEVERITIES
    allow: Allow = lambda rule, secret, path: None
    exclude: tuple[str, ...] = ()  # gitignore-style paths that the configuration leaves out


class Collected(NamedTuple):
    findings: tuple[Finding, ...]
    dropped: tuple[Dropped, ...]


def collect(
    detections: Sequence[tuple[int, Detection]],
    sources: Sequence[Source],
    rules: Mapping[str, Rule],
    policy: Policy,
) -> Collected:
    """Findings and, where detections carry reasons, what was dropped.

    `detections` come with the index of their source; `rules` are by id.
    """
    groups: dict[tuple[str, bytes], list[tuple[int, Detection]]] = {}
    for numbered in sorted(set(detections), key=lambda d: (d[0], _key(d[1]))):
        groups.setdefault((numbered[1].rule_id, numbered[1].secret), []).append(numbered)
    dropped: list[Dropped] = []
    kept = {key: [d for d in some if d[1].reason is None] for key, some in groups.items()}
    kept = {key: some for key, some in kept.items() if some and _sure_enough((d for _, d in some), policy)}
    order = sorted(kept)
    loci, lives = _attribution(sources, [kept[key] for key in order])
    findings: list[Finding] = []
    for number, (rule_id, secret) in enumerate(order):
        finding, allowed = _finding(
            rules[rule_id], secret, kept[rule_id, secret], loci, lives[number], policy
        )
        findings += finding
        dropped += allowed
    for some in groups.values():
        dropped += [_dropped(d, _path(d.origin), d.reason) for _, d in some if d.reason is not None]
    return Collected(tuple(sorted(findings, key=_rank)), tuple(sorted(dropped, key=_dropped_key)))


def _sure_enough(detections: Iterable[Detection], policy: Policy) -> bool:
    best = min(CONFIDENCES.index(d.confidence) for d in detections)
    return best <= CONFIDENCES.index(policy.confidence)


def _attribution(
    sources: Sequence[Source], groups: Sequence[Sequence[tuple[int, Detection]]]
) -> tuple[Loci, list[Life | None]]:
    loci: dict[tuple[int, type, Origin], tuple[Locus, ...]] = {}
    lives: list[Life | None] = [None] * len(groups)
    for index, source in enumerate(sources):
        asked = [tuple(dict.fromkeys(d.origin for i, d in some if i == index)) for some in groups]
        if not any(asked):
            continue
        found = source.attribute(asked)
        loci |= {(index, type(origin), origin): some for origin, some in found.loci.items()}
        lives = [
            life or other for life, other in zip(lives, found.lives or [None] * len(groups), strict=True)
        ]
    return loci, lives


def _finding(
    rule: Rule,
    secret: bytes,
    detections: Sequence[tuple[int, Detection]],
    loci: Loci,
    life: Life | None,
    policy: Policy,
) -> tuple[list[Finding], list[Dropped]]:
    """The finding, if any place of it stands and it is severe enough; and what was dropped for its path."""
    standing: dict[Place, Detection] = {}
    dropped = []
    for index, detection in detections:
        for path, commit in loci.get((index, type(detection.origin), detection.origin)) or (
            Locus(_path(detection.origin)),
        ):
            reason = places.reason(rule, path) or policy.allow(rule, secret, path)
            if (
                reason is None
                and path is not None
                and policy.exclude
                and places.matches(policy.exclude, path)
            ):
                reason = "a path that the configuration leaves out"
            if reason is not None:
                dropped.append(_dropped(detection, path, reason))
                continue
            standing.setdefault(_place(detection, path)._replace(commit=commit), detection)
    surest = min((CONFIDENCES.index(d.confidence) for d in standing.values()), default=len(CONFIDENCES))
    if surest > CONFIDENCES.index(policy.confidence) or rule.severity not in policy.severities:
        return [], dropped
    parts = next((d.parts for d in standing.values() if d.parts), ())
    finding = Finding(
        rule=rule,
        secret=Secret(secret),
        severity=rule.severity,
        confidence=CONFIDENCES[surest],
        fingerprint=Secret(secret).fingerprint(rule.id),
        places=tuple(sorted(standing, key=_place_key)),
        parts=parts,
        life=life,
    )
    return [finding], dropped


def _place(detection: Detection, path: bytes | None) -> Place:
    return Place(
        detection.origin,
        path,
        detection.line,
        detection.column,
        detection.end_line,
        detection.end_column,
        detection.snippet,
        line_hash=detection.line_hash,
        evidence=detection.evidence,
    )


def _dropped(detection: Detection, path: bytes | None, reason: str | None) -> Dropped:
    return Dropped(
        rule_id=detection.rule_id,
        secret=Secret(detection.secret),
        place=_place(detection, path),
        reason=reason or "",
        evidence=detection.evidence,
    )


def _path(origin: Origin) -> bytes | None:
    return origin.path if isinstance(origin, FileOrigin | StagedOrigin | NameOrigin) else None


def _key(d: Detection) -> tuple[object, ...]:
    return (
        d.rule_id,
        d.secret,
        type(d.origin).__name__,
        tuple(map(str, d.origin)),
        d.line,
        d.column,
        d.reason or "",
    )


def _place_key(p: Place) -> tuple[object, ...]:
    return (
        p.path is None,
        p.path or b"",
        p.line,
        p.column,
        type(p.origin).__name__,
        tuple(map(str, p.origin)),
        p.commit.oid if p.commit else "",
    )


def _rank(f: Finding) -> tuple[object, ...]:
    return (
        SEVERITIES.index(f.severity),
        CONFIDENCES.index(f.confidence),
        f.rule.id,
        _place_key(f.places[0]),
        f.fingerprint,
    )


def _dropped_key(d: Dropped) -> tuple[object, ...]:
    return (_place_key(d.place), d.rule_id, d.reason)
