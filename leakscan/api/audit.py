"""Audits that go on where the last one ended: what is asked for, and what is written down of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakscan.config import Config
    from leakscan.git.repository import Repository
    from leakscan.model.content import Skipped
    from leakscan.model.rule import Confidence
    from leakscan.scanning.audit import Audit
    from leakscan.sources.base import Source

    from .options import ScanOptions


def asked_audit(
    repository: Repository | None, options: ScanOptions, config: Config, digest: str, confidence: Confidence
) -> Audit:
    """The incremental audit that is asked for. Raises UsageError where that makes no sense."""
    plain = options.exhaustive or options.whole_blobs
    if repository is None or not options.history or plain or options.trace:
        raise UsageError("--since-last goes with --history, and not with --exhaustive or --whole-blobs")
    from leakscan.scanning.audit import Audit

    size = options.max_file_size or config.max_file_size
    only, skip = sorted(options.only), sorted((*options.skip, *config.disable))
    inline = options.inline_allow and config.inline_allow is not False
    return Audit.of(repository, digest, only, skip, confidence, size, inline, config.inline_reason is True)


def note_audit(audit: Audit, sources: Sequence[Source], skipped: Iterable[Skipped]) -> list[str]:
    """Write down what has been read; a sentence where that is impossible."""
    from leakscan.sources.novelty import NoveltyHistorySource

    sentences = [audit.note(s, skipped) for s in sources if isinstance(s, NoveltyHistorySource)]
    return [sentence for sentence in sentences if sentence is not None]
