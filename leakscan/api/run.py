"""A scan put together: configuration, rules, sources, the pipeline, what is collected and what a baseline hides."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from leakscan.model.finding import ScanResult, Stats
from leakscan.model.markers import MARKERS
from leakscan.model.rule import CONFIDENCES, Confidence, Rule

from .options import ScanOptions, is_whole
from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.config import Config
    from leakscan.model.finding import Dropped, Finding
    from leakscan.scanning.pipeline import Progress


def scan(options: ScanOptions | None = None, *, progress: Progress | None = None) -> ScanResult:
    """Scan, and return all that was found; `progress` is called with (done, total) units of work.

    Raises `leakscan.model.errors.LeakscanError` (or a subclass of it) when it cannot do what is asked.
    """
    started = time.monotonic()
    options = options or ScanOptions()
    where = Scene.sought(options)
    from leakscan.config import load as load_config
    from leakscan.rulepack.load import describe
    from leakscan.rulepack.load import load as load_rules
    from leakscan.rulepack.select import select
    from leakscan.rulepack.stored import ids, worth_running
    from leakscan.scanning.pipeline import Config as PipelineConfig
    from leakscan.scanning.pipeline import run

    scene = where()
    config = load_config(options.config, os.fsdecode(scene.root))
    ahead = None if options.since_last else scene.sources(options, config, None)  # git works while rules load
    rule_set = load_rules((*config.packs, *options.rules))
    if config.mentions:
        _refuse_unknown_rules(config, ids(rule_set.rules))
    confidence: Confidence = options.confidence or config.confidence or "medium"
    skip = (*options.skip, *config.disable)
    rules = select(rule_set.rules, only=options.only, skip=skip, severity=config.severity)
    audit = None
    if options.since_last:
        from .audit import asked_audit

        audit = asked_audit(scene.repository, options, config, rule_set.digest, confidence)
    sources, scope = ahead or scene.sources(options, config, audit)
    pipeline = PipelineConfig(
        rule_set=rule_set,
        rules=rules
        if options.trace
        else worth_running(rules, CONFIDENCES[: CONFIDENCES.index(confidence) + 1]),
        exhaustive=options.exhaustive,
        repetitive=options.history and not options.whole_blobs,
        inline_allow=options.inline_allow and config.inline_allow is not False,
        inline_reason=config.inline_reason is True,
        inline_markers=MARKERS if config.inline_markers is None else config.inline_markers,
        trace=options.trace,
        confidence=confidence,
    )
    harvest = run(sources, pipeline, jobs=options.jobs or _processors(), progress=progress)
    hit = {detection.rule_id for _, detection in harvest.detections}
    documented = describe(rule_set, rules, hit) if hit else {}
    today = (options.today() if callable(options.today) else options.today) if config.allow else None
    allow = config.allows(today) if config.allow else None
    accepts = allow if allow is not None and options.allow_list else _nothing
    findings: tuple[Finding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    if harvest.detections:
        from leakscan.scanning.collect import Policy, collect

        policy = Policy(confidence, options.severities, accepts, config.exclude)
        findings, dropped = collect(harvest.detections, sources, documented, policy)
        harvest.detections.clear()  # hundreds of megabytes where a history is full of secrets
    saw_all = scope == "history" and options.allow_list and is_whole(options)
    saw_all = saw_all and not any(skipped.incomplete for skipped in harvest.skipped)
    unnoted: list[str] = []
    if audit is not None:
        from .audit import note_audit

        unnoted = note_audit(audit, sources, harvest.skipped)
    result = ScanResult(
        root=scene.root,
        findings=findings,
        skipped=tuple(sorted(set(harvest.skipped))),
        dropped=dropped if options.trace else (),
        baselined=0,
        notes=(*unnoted, *config.notes(today), *config.idle_notes(allow.idle if allow and saw_all else ())),
        stats=Stats(
            chunks=harvest.chunks,
            bytes=harvest.bytes,
            commits=harvest.commits,
            seconds=time.monotonic() - started,
        ),
        scope=scope,
        strict=config.strict is True,
    )
    baseline = options.baseline or config.baseline
    if baseline is not None and not options.no_baseline:
        from leakscan.baseline import hide, load

        result = hide(load(baseline), result, whole=is_whole(options))
    return result


def _refuse_unknown_rules(config: Config, ids: Sequence[str]) -> None:
    problems = config.unknown_rules(ids)
    if problems:
        from leakscan.model.errors import DocumentError

        raise DocumentError(problems)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _nothing(rule: Rule, secret: bytes, path: bytes | None) -> str | None:
    """An allow-list without entries."""
    return None
