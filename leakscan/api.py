"""The composition root: from what is asked for to a `ScanResult`. The command line is its client."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from leakscan.model.errors import UsageError
from leakscan.model.finding import ScanResult, Scope, Stats
from leakscan.model.markers import MARKERS
from leakscan.model.record import NamedTuple
from leakscan.model.rule import CONFIDENCES, SEVERITIES, Confidence, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from leakscan.config import Config
    from leakscan.git.audited import Audited
    from leakscan.git.repository import Repository
    from leakscan.model.content import Skipped
    from leakscan.model.finding import Dropped, Finding
    from leakscan.scanning.audit import Audit
    from leakscan.scanning.pipeline import Progress
    from leakscan.sources.base import Source


class ScanOptions(NamedTuple):
    """What to scan, with what, and what to report of it. The defaults scan the files of the current directory.

    Several kinds of content may be asked for at once: history, the index, a range, a message, standard input. `paths` are
    scanned as files where none of these is asked for, and say which repository is meant where one is.
    None means "as the configuration says, else the default".
    """

    paths: tuple[str, ...] = (".",)
    history: bool = False  # every object of the repository, and the working tree's uncommitted content
    since_last: bool = False  # of history, only what has come since the last such audit with the same rules
    staged: bool = False  # what the next commit would add
    # What these commits add: A..B, A...B, one commit, or several arguments for `git rev-list`.
    range: str | tuple[str, ...] | None = None
    # Refs by name and object id: their names, tags' messages and what they point at besides commits (see `range`).
    refs: tuple[tuple[bytes, str], ...] = ()
    message: str | None = None  # a file with the message of a commit that is about to be made
    message_edited: bool = True  # whether an editor has seen it: then git strips comments from it
    stdin: bool = False
    rules: tuple[Path, ...] = ()  # packs besides the built-in one
    only: tuple[str, ...] = ()  # rule ids or globs
    skip: tuple[str, ...] = ()
    confidence: Confidence | None = None  # at least; default medium
    severities: tuple[Severity, ...] = SEVERITIES
    config: Path | None = None  # default: .leakscan.yml at the root of the repository or directory
    baseline: Path | None = None  # default: as the configuration says
    no_baseline: bool = False  # whatever the configuration says
    inline_allow: bool = True
    allow_list: bool = True  # False: report what the configuration's allow-list accepts as well
    exhaustive: bool = False  # the slow oracle: whole contents, every pattern, no automaton
    whole_blobs: bool = (
        False  # the other oracle: every blob read whole, attribution from all trees; detection as ever
    )
    trace: bool = False  # keep what was dropped, with reasons
    jobs: int | None = None  # worker processes at most; default: one a processor
    max_file_size: int | None = None  # bytes; default 100 MiB
    hook: bool = (
        False  # started by git: its variables say where the repository, its index and its objects are
    )
    # For expiry dates of allow-list entries: the day, or what says it where there are such. None: nothing expires.
    today: date | Callable[[], date] | None = None


def scan(options: ScanOptions | None = None, *, progress: Progress | None = None) -> ScanResult:
    """Scan, and return all that was found; `progress` is called with (done, total) units of work.

    Raises `leakscan.model.errors.LeakscanError` (or a subclass of it) when it cannot do what is asked.
    """
    started = time.monotonic()
    options = options or ScanOptions()
    where = _Scene.sought(options)
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
    audit = _audit(scene.repository, options, config, rule_set.digest, confidence)
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
    unnoted = _note(audit, sources, harvest.skipped) if audit is not None else ()
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


def is_whole(options: ScanOptions) -> bool:
    """Whether a scan looks with every rule and reports every severity, so that what it lacks is gone."""
    return not options.only and not options.skip and options.severities == SEVERITIES


class _Scene(NamedTuple):
    """Where a scan takes place: a repository or not, and what paths are relative to."""

    repository: Repository | None
    root: bytes
    needs_repository: bool

    @classmethod
    def sought(cls, options: ScanOptions) -> Callable[[], _Scene]:
        """Git looks for it now, and is waited for in the call of what comes back.

        Raises UsageError for options that do not go together, GitError (at the latest in the call) where a repository is
        needed and is none.
        """
        needed = options.history or options.staged or options.range is not None or bool(options.refs)
        if not needed and options.message is None and not options.stdin:
            from leakscan.sources.worktree import WorktreeSource

            root = WorktreeSource(options.paths).root
            return lambda: cls(None, root, False)
        from leakscan.git.repository import Repository

        if needed and len(options.paths) > 1:
            raise UsageError(
                "history, the index and a range are those of one repository: give one PATH at most"
            )
        where = options.paths[0] if options.paths else "."
        if needed:
            answer = Repository.asked_for(where, hook=options.hook)

            def found_there() -> _Scene:
                repository = answer()
                return cls(repository, repository.root, True)

            return found_there
        found = Repository.discover(".")
        return lambda: cls(None, found.root if found else os.getcwdb(), False)

    def sources(
        self, options: ScanOptions, config: Config, audit: Audit | None
    ) -> tuple[list[Source], Scope]:
        """What to read, in the order in which it is reported."""
        from leakscan.sources.gate import DEFAULT_MAX_SIZE

        max_size = options.max_file_size or config.max_file_size or DEFAULT_MAX_SIZE
        sources: list[Source] = []
        scope: Scope = "part"
        if self.repository is not None:
            if options.history:
                since = audit.since() if audit is not None else None
                scope = "history" if since is None else "part"
                sources += _history(self.repository, options, config, max_size, since)
            if options.range is not None:
                sources.append(_range(self.repository, options, max_size))
            if options.refs:
                from leakscan.git.refs import Ref
                from leakscan.sources.named import NamedSource

                refs = (Ref(name, oid) for name, oid in options.refs)
                sources.append(NamedSource(self.repository, *refs, max_size=max_size))
            if options.staged:
                from leakscan.sources.staged import StagedSource

                sources.append(StagedSource(self.repository, max_size=max_size))
        if options.message is not None:
            from leakscan.sources.message import MessageSource

            sources.append(MessageSource(options.message, edited=options.message_edited))
        if options.stdin:
            from leakscan.sources.stdin import StdinSource

            sources.append(StdinSource(max_size=max_size))
        if not sources:
            from leakscan.sources.worktree import WorktreeSource

            sources.append(WorktreeSource(options.paths, exclude=config.exclude, max_size=max_size))
            whole = len(options.paths) == 1 and os.path.realpath(os.fsencode(options.paths[0])) == self.root
            scope = "tree" if whole else "part"
        return sources, scope


def _history(
    repository: Repository, options: ScanOptions, config: Config, max_size: int, since: Audited | None
) -> list[Source]:
    from leakscan.sources.worktree import WorktreeSource

    sources: list[Source] = []
    if options.exhaustive or options.whole_blobs:
        from leakscan.sources.history import PlainHistorySource

        sources.append(PlainHistorySource(repository, max_size=max_size))
    else:
        from leakscan.detect.detector import Detector
        from leakscan.sources.novelty import NoveltyHistorySource

        sources.append(
            NoveltyHistorySource(repository, context=Detector.context, max_size=max_size, since=since)
        )
    if repository.work_tree is not None:
        tree = WorktreeSource(
            [repository.work_tree],
            exclude=config.exclude,
            max_size=max_size,
            uncommitted_only=True,
            known=None if repository.env else repository,  # what a hook was given is not what the files are
        )
        sources.append(tree)
    return sources


def _range(repository: Repository, options: ScanOptions, max_size: int) -> Source:
    asked = options.range or ()
    revs = (asked,) if isinstance(asked, str) else asked
    if options.exhaustive or options.whole_blobs:
        from leakscan.sources.commits import PlainRangeSource

        return PlainRangeSource(repository, *revs, max_size=max_size)
    from leakscan.detect.detector import Detector
    from leakscan.sources.range import NoveltyRangeSource

    return NoveltyRangeSource(repository, *revs, context=Detector.context, max_size=max_size)


def _audit(
    repository: Repository | None, options: ScanOptions, config: Config, digest: str, confidence: Confidence
) -> Audit | None:
    """The incremental audit that is asked for. Raises UsageError where that makes no sense."""
    if not options.since_last:
        return None
    plain = options.exhaustive or options.whole_blobs
    if repository is None or not options.history or plain or options.trace:
        raise UsageError("--since-last goes with --history, and not with --exhaustive or --whole-blobs")
    from leakscan.scanning.audit import Audit

    size = options.max_file_size or config.max_file_size
    only, skip = sorted(options.only), sorted((*options.skip, *config.disable))
    inline = options.inline_allow and config.inline_allow is not False
    return Audit.of(repository, digest, only, skip, confidence, size, inline, config.inline_reason is True)


def _note(audit: Audit, sources: Sequence[Source], skipped: Iterable[Skipped]) -> list[str]:
    """Write down what has been read; a sentence where that is impossible."""
    from leakscan.sources.novelty import NoveltyHistorySource

    sentences = [audit.note(s, skipped) for s in sources if isinstance(s, NoveltyHistorySource)]
    return [sentence for sentence in sentences if sentence is not None]


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
