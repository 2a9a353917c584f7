"""SARIF 2.1.0, as GitHub code scanning wants it. What goes where, and why, is in docs/sarif.md.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from leakscan import __version__
from leakscan.model.record import NamedTuple
from leakscan.model.secret import mask

from .order import nearest_first
from .redact import Redactor
from .sarif_json import plain
from .sarif_places import ROOT, distinct, has_file, location, title
from .sarif_rules import LEVELS, NAME, TEXT, cut, descriptor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakscan.model.finding import Finding, Place, ScanResult
    from leakscan.model.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# What code scanning takes of one run; more, and it rejects the whole file.
RESULTS = 25_000
RELATED = 99  # with the first one, the 100 locations that it keeps
RELATED_IN_ALL = 100_000  # from here on 9 a result: the file has to stay under 10 MB gzipped
NOTIFICATIONS = 1_000
LINKS = 5  # other places that a message links to


def render(result: ScanResult, *, show_secrets: bool = False) -> Iterator[str]:
    """`result` as a SARIF log, as pieces of text. Pure ASCII, a result a line.

    `show_secrets` is taken for the sake of one signature for all formats, and not heeded: SARIF is made to be
    uploaded. A scan of history gives two runs, so that scans of the tree do not close the alerts of history.
    """
    redactor = Redactor(result, show_secrets=False)
    yield f'{{"$schema": {json.dumps(SCHEMA)},\n"version": "2.1.0",\n"runs": ['
    for n, (category, findings) in enumerate(_runs(result)):
        rules = sorted({finding.rule.id: finding.rule for finding in findings}.items())
        alerts = [alert for finding in findings for alert in _alerts(finding)]
        run = plain(_run(result, category, [rule for _, rule in rules], len(alerts), redactor))
        yield (",\n" if n else "\n") + json.dumps(run)[:-1] + ', "results": ['
        yield from _results(alerts, {rule_id: i for i, (rule_id, _) in enumerate(rules)}, redactor)
        yield "\n]}"
    yield "\n]}\n"


def _runs(result: ScanResult) -> list[tuple[str, list[Finding]]]:
    if result.scope != "history":
        return [("leakscan/", list(result.findings))]
    now = [finding for finding in result.findings if _is_now(finding)]
    past = [finding for finding in result.findings if not _is_now(finding)]
    return [("leakscan/", now), ("leakscan-history/", past)]


def _is_now(finding: Finding) -> bool:
    """Whether a file that is there now, or HEAD, holds the secret."""
    return has_file(finding.places) or (finding.life is not None and finding.life.in_head)


def _run(result: ScanResult, category: str, rules: Sequence[Rule], found: int, redactor: Redactor) -> Any:
    from .sarif_om_parts import om

    driver = om.ToolComponent(
        name="leakscan",
        rules=[descriptor(rule) for rule in rules],
        **_version(),
    )
    return om.Run(
        tool=om.Tool(driver=driver),
        automation_details=om.RunAutomationDetails(id=category),
        column_kind="unicodeCodePoints",
        original_uri_base_ids={
            ROOT: om.ArtifactLocation(description=om.Message(text="The root of what was scanned."))
        },
        invocations=[
            om.Invocation(
                execution_successful=True,
                tool_execution_notifications=_notifications(result, found, redactor),
            )
        ],
    )


def _version() -> dict[str, str]:
    return {
        "version": __version__,
        **({"semantic_version": __version__} if re.fullmatch(r"\d+\.\d+\.\d+", __version__) else {}),
    }


def _notifications(result: ScanResult, found: int, redactor: Redactor) -> list[Any]:
    """What was not scanned, one by one; what was left out on purpose, by number; notes."""
    missed = [
        f"not scanned: {s.what} ({s.why}){': ' + s.detail if s.detail else ''}"
        for s in result.skipped
        if s.incomplete
    ]
    left_out = sum(not s.incomplete for s in result.skipped)
    told = [("warning", redactor.line(text)) for text in missed[:NOTIFICATIONS]]
    if len(missed) > NOTIFICATIONS:
        told.append(
            ("warning", f"and {len(missed) - NOTIFICATIONS} more not scanned; --format json lists them all")
        )
    if found > RESULTS:
        told.append(
            (
                "warning",
                f"{found - RESULTS} results left out: code scanning takes {RESULTS}, the worst are here",
            )
        )
    if left_out:
        told.append(("note", f"{left_out} binary or excluded contents left out on purpose"))
    told += [("note", redactor.line(note)) for note in result.notes]
    return [_notification(level, text) for level, text in told]


def _notification(level: str, text: str) -> Any:
    from .sarif_om_parts import om

    return om.Notification(level=level, message=om.Message(text=_literal(text)))


class _Alert(NamedTuple):
    """One result: code scanning looks at the first location of each and at no other."""

    finding: Finding
    first: Place
    others: Sequence[Place]


def _alerts(finding: Finding) -> list[_Alert]:
    """One alert for every place in a file that is there now; one for a finding that has none."""
    places = distinct(nearest_first(finding.places))
    now = [n for n, place in enumerate(places) if has_file([place])] or [0]
    return [_Alert(finding, places[n], places[:n] + places[n + 1 :]) for n in now]


def _results(alerts: Sequence[_Alert], index: dict[str, int], redactor: Redactor) -> Iterator[str]:
    alerts = alerts[:RESULTS]
    most = RELATED
    if sum(min(len(alert.others), RELATED) for alert in alerts) > RELATED_IN_ALL:
        most = 9
    for n, alert in enumerate(alerts):
        value = plain(_result(alert, index[alert.finding.rule.id], most, redactor))
        # Left out where it is the schema's default, but what is absent means the rule's level.
        value["level"] = LEVELS[alert.finding.severity]
        yield (",\n" if n else "\n") + json.dumps(value)


def _result(alert: _Alert, rule: int, most: int, redactor: Redactor) -> Any:
    from .sarif_om_parts import om

    finding, first, others = alert
    result = om.Result(
        rule_id=finding.rule.id,
        rule_index=rule,
        level=LEVELS[finding.severity],
        message=om.Message(text=_message(finding, first, others[:most], len(others), redactor)),
        locations=[location(first, redactor)],
        partial_fingerprints=_fingerprints(finding, first),
        properties={"confidence": finding.confidence, "severity": finding.severity},
    )
    if others:
        result.related_locations = [location(p, redactor, number=n) for n, p in enumerate(others[:most], 1)]
    return result


def _fingerprints(finding: Finding, first: Place) -> dict[str, str]:
    prints = {"leakscan/v1": finding.fingerprint}
    # The hash of a line is a weak one: it would betray a secret so short that its mask shows nothing.
    if first.line_hash and finding.secret.masked() != mask(b""):
        prints["primaryLocationLineHash"] = first.line_hash
    return prints


def _message(finding: Finding, first: Place, others: Sequence[Place], count: int, redactor: Redactor) -> str:
    """What an alert says; `others` are the related locations, `count` is how many other places there are."""
    masked = redactor.secret(finding.secret).decode()
    text = _literal(f"{cut(finding.rule.name, NAME)}: {masked}.") + _history(finding, first)
    shown = 0
    for number, place in enumerate(others[:LINKS], 1):
        link = f"{', ' if shown else ' Also '}[{_literal(title(place, redactor))}]({number})"
        if len(text) + len(link) > TEXT - len(" and 1000000 more places."):
            break
        text += link
        shown += 1
    if count > shown:
        text += f"{' and' if shown else ' Also'} {count - shown} more places"
    return f"{text}." if count else text


def _history(finding: Finding, first: Place) -> str:
    life, commit = finding.life, first.commit
    if life is None:
        return f" Commit {commit.oid[:12]} of {commit.date}." if commit else ""
    since = f" since {life.introduced.date} (commit {life.introduced.oid[:12]})" if life.introduced else ""
    if life.in_head:
        return f" In HEAD{since}."
    gone = f", removed {life.removed.date} (commit {life.removed.oid[:12]})" if life.removed else ""
    return f" In the history{since}{gone}; not in HEAD."


def _literal(text: str) -> str:
    """`text` as a SARIF message needs it, where brackets make links and braces placeholders."""
    for char in ("\\", "[", "]"):
        text = text.replace(char, "\\" + char)
    return text.replace("{", "{{").replace("}", "}}")
