"""From detections to findings: located, judged by path, grouped by secret, sorted. Deterministic for any order of input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from leakscan.filters import places
from leakscan.model.finding import Dropped, Finding, Locus, Place
from leakscan.model.origin import FileOrigin, NameOrigin, StagedOrigin
from leakscan.model.record import NamedTuple
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


Standing = dict[Place, "Detection"]


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
    for numbered in set(detections):
        groups.setdefault((numbered[1].rule_id, numbered[1].secret), []).append(numbered)
    for some in groups.values():  # each by itself: sorting all of millions costs twice as much
        some.sort(key=_numbered_key)
    groups = dict(sorted(groups.items(), key=lambda group: _numbered_key(group[1][0])))
    dropped: list[Dropped] = []
    kept = {key: [d for d in some if d[1].reason is None] for key, some in groups.items()}
    kept = {key: _sure_enough(rules[key[0]], some, policy) for key, some in kept.items()}
    kept = {key: some for key, some in kept.items() if some}
    order = sorted(kept)
    loci, lives = _attribution(sources, [kept[key] for key in order])
    standing: list[Standing] = []
    for key in order:
        stands, allowed = _standing(rules[key[0]], key[1], kept[key], loci, policy)
        standing.append(stands)
        dropped += allowed
    named = {_spot(p) for (id, _), some in zip(order, standing, strict=True) if rules[id].paths for p in some}
    findings = []
    for (id, secret), stands, life in zip(order, standing, lives, strict=True):
        if rules[id].generic and named:
            stands = {place: d for place, d in stands.items() if _spot(place) not in named}
        findings += _finding(rules[id], secret, stands, life, policy)
    for some in groups.values():
        dropped += [_dropped(d, _path(d.origin), d.reason) for _, d in some if d.reason is not None]
    return Collected(tuple(sorted(findings, key=_rank)), tuple(sorted(dropped, key=_dropped_key)))


def _sure_enough(
    rule: Rule, detections: Sequence[tuple[int, Detection]], policy: Policy
) -> list[tuple[int, Detection]]:
    """Those that may be reported. A vendor's token is one wherever it stands: a sure place vouches for the others.
    What a generic rule finds is often a word, a secret here and nothing there: each place stands for itself."""
    sure = [
        n for n in detections if CONFIDENCES.index(n[1].confidence) <= CONFIDENCES.index(policy.confidence)
    ]
    return sure if rule.generic or not sure else list(detections)


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


def _standing(
    rule: Rule, secret: bytes, detections: Sequence[tuple[int, Detection]], loci: Loci, policy: Policy
) -> tuple[Standing, list[Dropped]]:
    """The places of a secret that its paths let stand; and what was dropped for its path."""
    standing: Standing = {}
    dropped = []
    for index, detection in detections:
        known = loci.get((index, type(detection.origin), detection.origin))
        for path, commit in known or (Locus(_path(detection.origin)),):
            reason = places.reason(rule, path, secret) or policy.allow(rule, secret, path)
            if (
                reason is None
                and path is not None
                and policy.exclude
                and places.matches(policy.exclude, path)
            ):
                reason = "a path that the configuration leaves out"
            if reason is None:
                standing.setdefault(_place(detection, path)._replace(commit=commit), detection)
            else:
                dropped.append(_dropped(detection, path, reason))
    return standing, dropped


def _spot(place: Place) -> tuple[object, ...]:
    """Where a secret begins: what two rules that see the same one agree on."""
    return (type(place.origin), place.origin, place.path, place.line, place.column)


def _finding(
    rule: Rule, secret: bytes, standing: Standing, life: Life | None, policy: Policy
) -> list[Finding]:
    """The finding, if any place of it stands and it is sure and severe enough."""
    surest = min((CONFIDENCES.index(d.confidence) for d in standing.values()), default=len(CONFIDENCES))
    if surest > CONFIDENCES.index(policy.confidence) or rule.severity not in policy.severities:
        return []
    finding = Finding(
        rule=rule,
        secret=Secret(secret),
        severity=rule.severity,
        confidence=CONFIDENCES[surest],
        fingerprint=Secret(secret).fingerprint(rule.id),
        places=tuple(sorted(standing, key=_place_key)),
        parts=next((d.parts for d in standing.values() if d.parts), ()),
        life=life,
    )
    return [finding]


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
        encoding=detection.encoding,
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


def _numbered_key(d: tuple[int, Detection]) -> tuple[object, ...]:
    return d[0], _key(d[1])


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
