"""Markdown (GitHub's and GitLab's): for job summaries, comments and wikis."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from leakscan.model.rule import SEVERITIES
from leakscan.model.text import escape

from .life import WORDS, sentence, state, where
from .order import nearest_first
from .redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Finding, ScanResult

LIMIT = 900_000  # bytes: GitHub refuses a job summary of over 1 MiB
PLACES = 10  # of one finding
MISSED = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~@:&$^=])")
_MARK = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🔵"}


def render(result: ScanResult, *, show_secrets: bool = False, limit: int = LIMIT) -> Iterator[str]:
    """A summary, a table, and the details of every finding, worst first.

    At most `limit` bytes of details; how many findings are left out is said. Names from the repository have no effect:
    they are escaped or stand in code spans.
    """
    redactor = Redactor(result, show_secrets=show_secrets)
    yield "# leakscan\n\n"
    yield _counts(result) + "\n"
    if result.findings:
        yield from _findings(result, redactor, limit)
    yield from _missed(result, redactor)
    if result.notes:
        yield "\n" + "".join(f"- Note: {plain(redactor.line(note))}\n" for note in result.notes)


def _counts(result: ScanResult) -> str:
    counts = Counter(finding.severity for finding in result.findings)
    known = f" {result.baselined:,} known from the baseline." if result.baselined else ""
    if not counts:
        unsure = " in what was scanned" if result.incomplete else ""
        return f"✅ No {'new ' if result.baselined else ''}secrets{unsure}.{known}"
    total = sum(counts.values())
    each = ", ".join(f"{_MARK[s]} {counts[s]:,} {s}" for s in SEVERITIES if counts[s])
    return f"**{total:,} {'secret' if total == 1 else 'secrets'}**: {each}.{known}"


def _findings(result: ScanResult, redactor: Redactor, limit: int) -> Iterator[str]:
    yield "\n| | Secret | Where | State |\n|---|---|---|---|\n"
    spent, rows = 0, 0
    for finding in result.findings:
        row = _table_row(finding, redactor)
        spent += len(row.encode())
        if spent > limit // 3:
            break
        rows += 1
        yield row
    yield _rest(len(result.findings) - rows)
    detailed = 0
    for finding in result.findings:
        text = "".join(_details(finding, redactor))
        spent += len(text.encode())
        if spent > limit:
            break
        detailed += 1
        yield text
    yield _rest(len(result.findings) - detailed)
    yield "\nRotate what is real first: whoever has read it keeps it.\n"


def _rest(left: int) -> str:
    if not left:
        return ""
    noun = "finding is" if left == 1 else "findings are"
    return f"\n_{left:,} more {noun} left out for size; the JSON report has them all._\n"


def _table_row(finding: Finding, redactor: Redactor) -> str:
    first = nearest_first(finding.places)[0]
    secret = escape(redactor.secret(finding.secret))
    name = f"{plain(finding.rule.name)}<br>{code(secret, table=True)}"
    more = f" and {len(finding.places) - 1} more" if len(finding.places) > 1 else ""
    place = f"{code(where(first, redactor), table=True)}{more}"
    return f"| {_MARK[finding.severity]} {finding.severity} | {name} | {place} | {WORDS[state(finding)]} |\n"


def _details(finding: Finding, redactor: Redactor) -> Iterator[str]:
    rule = finding.rule
    yield f"\n<details><summary>{_MARK[finding.severity]} {html(rule.name)}: "
    yield f"<code>{html(where(nearest_first(finding.places)[0], redactor))}</code></summary>\n\n"
    if rule.description:
        yield f"{plain(rule.description)}\n\n"
    yield f"- rule {code(rule.id)}, {finding.confidence} confidence, fingerprint {code(finding.fingerprint)}\n"
    if said := sentence(finding.life):
        yield f"- {plain(said)}\n"
    places = nearest_first(finding.places)
    for place in places[:PLACES]:
        commit = f", {code(place.commit.oid[:12])} {place.commit.date[:10]}" if place.commit else ""
        author = (
            f" {plain(redactor.printable(place.commit.author).partition(' <')[0])}" if place.commit else ""
        )
        yield f"- {code(where(place, redactor))}{commit}{author}\n"
        if place.snippet:
            yield f"  {code(redactor.line(place.snippet))}\n"
    if len(places) > PLACES:
        yield f"- and {len(places) - PLACES:,} more places\n"
    if rule.rotate.url or rule.rotate.steps:
        yield f"\nRotate it{': ' + link(rule.rotate.url) if rule.rotate.url else ':'}\n\n"
        yield "".join(f"{n}. {plain(step)}\n" for n, step in enumerate(rule.rotate.steps, 1))
    yield "\n</details>\n"


def _missed(result: ScanResult, redactor: Redactor) -> Iterator[str]:
    missed = [s for s in result.skipped if s.incomplete]
    if not missed:
        return
    yield f"\n⚠️ **{len(missed):,} contents were not scanned, so there may be more:**\n\n"
    for skipped in missed[:MISSED]:
        detail = f" ({plain(redactor.line(skipped.detail))})" if skipped.detail else ""
        yield f"- {code(redactor.line(skipped.what))}: {skipped.why}{detail}\n"
    if len(missed) > MISSED:
        yield f"- and {len(missed) - MISSED:,} more\n"


def plain(text: str) -> str:
    """`text` as words: nothing in it is Markdown, HTML, a mention or a link."""
    return _SPECIAL.sub(r"\\\1", escape(text.encode("utf-8", "backslashreplace")))


def html(text: str) -> str:
    """`text` inside an HTML element of a Markdown document: neither HTML nor Markdown."""
    printable = escape(text.encode("utf-8", "backslashreplace"))
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", printable)


def code(text: str, *, table: bool = False) -> str:
    """`text` as a code span, whatever it holds (https://spec.commonmark.org/0.31.2/#code-spans).

    In a `table` a bar ends a cell even inside a span, unless it is escaped (https://github.github.com/gfm/#example-200).
    """
    text = escape(text.encode("utf-8", "backslashreplace")) or " "
    if table:
        # A backslash before a bar would be read as its escape: such a text is written as HTML instead.
        return f"<code>{html(text)}</code>"
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def link(url: str) -> str:
    """An address as itself, if it is one."""
    if re.fullmatch(r"https?://[A-Za-z0-9./_~%?=&#:@+,;-]+", url):
        return f"<{url}>"
    return code(url)
