"""Where a scan takes place, and what is read there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.errors import UsageError
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from leakscan.config import Config
    from leakscan.git.audited import Audited
    from leakscan.git.repository import Repository
    from leakscan.model.finding import Scope
    from leakscan.scanning.audit import Audit
    from leakscan.sources.base import Source

    from .options import ScanOptions


class Scene(NamedTuple):
    """Where a scan takes place: a repository or not, and what paths are relative to."""

    repository: Repository | None
    root: bytes
    needs_repository: bool

    @classmethod
    def sought(cls, options: ScanOptions) -> Callable[[], Scene]:
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

            def found_there() -> Scene:
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
