"""The end of the text report: how much was found, what was not looked at, what to do next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leakscan.model.content import POLICY
from leakscan.model.rule import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakscan.model.content import Skipped
    from leakscan.model.finding import ScanResult

    from .redact import Redactor
    from .style import Style

NAMES = 5  # shown of the contents that were skipped for one reason; how many more there are is said
_WORDS = {
    "too-large": "larger than --max-file-size",
    "unreadable": "could not be read",
    "missing": "not in the repository",
    "corrupt": "corrupt",
    "special-file": "no regular file",
    "shallow": "the clone is shallow",
    "partial": "the clone is partial",
    "timeout": "took too long",
    "encoded": "encoded, and not decoded to the end",
    "uninitialised-submodule": "a submodule that is not there",
    "binary": "binary",
    "excluded": "excluded",
}


def summary(result: ScanResult, redactor: Redactor, style: Style, *, hints: bool = True) -> Iterator[str]:
    """Lines of text: what a scan missed (incomplete ones first), notes, counts, and (`hints`) the next step."""
    yield from _missed([s for s in result.skipped if s.incomplete], redactor, style)
    for note in result.notes:
        yield f"Note: {redactor.line(note)}\n"
    left_out = Counter(s.why for s in result.skipped if not s.incomplete)
    if left_out:
        words = ", ".join(f"{left_out[why]:,} {_WORDS[why]}" for why in sorted(POLICY) if left_out[why])
        yield style.dim(f"Left out on purpose: {words}.") + "\n"
    stats = result.stats
    commits = f", {stats.commits:,} {'commit' if stats.commits == 1 else 'commits'}" if stats.commits else ""
    yield (
        style.dim(
            f"Scanned {stats.chunks:,} {'text' if stats.chunks == 1 else 'texts'} ({_size(stats.bytes)})"
            f"{commits} in {stats.seconds:.1f} s."
        )
        + "\n"
    )
    yield _counts(result, style) + "\n"
    if result.findings and hints:
        yield "Rotate what is real first: whoever has read it keeps it.\n"
        yield "`leakscan explain FILE:LINE` says why one is reported, a comment `leakscan:allow` lets it pass.\n"


def _missed(skipped: Sequence[Skipped], redactor: Redactor, style: Style) -> Iterator[str]:
    if not skipped:
        return
    yield style.warn("Not scanned, so there may be more:") + "\n"
    groups: dict[str, list[Skipped]] = {}
    for one in skipped:
        groups.setdefault(one.why, []).append(one)
    for why, ones in groups.items():
        yield f"  {_WORDS[why]} ({len(ones):,}):\n"
        for one in ones[:NAMES]:
            detail = f"  {style.dim(redactor.line(one.detail))}" if one.detail else ""
            yield f"    {redactor.line(one.what)}{detail}\n"
        if len(ones) > NAMES:
            yield f"    and {len(ones) - NAMES:,} more (--format json lists them all)\n"


def _counts(result: ScanResult, style: Style) -> str:
    counts = Counter(finding.severity for finding in result.findings)
    known = f" {result.baselined:,} known from the baseline." if result.baselined else ""
    if not counts:
        unsure = " in what was scanned" if result.incomplete else ""
        return style.good(f"No new secrets{unsure}." if result.baselined else f"No secrets{unsure}.") + known
    total = sum(counts.values())
    each = ", ".join(style.severity(s, f"{counts[s]:,} {s}") for s in SEVERITIES if counts[s])
    return f"{style.bold(f'{total:,} ' + ('secret' if total == 1 else 'secrets'))}: {each}.{known}"


def _size(count: int) -> str:
    size, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
