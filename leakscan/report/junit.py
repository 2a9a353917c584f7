"""JUnit XML: findings as failed tests, for CI systems that show test results.

The format has no standard of its own; this keeps to what Jenkins' and GitLab's readers share
(https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd,
https://docs.gitlab.com/ci/testing/unit_test_reports/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as xml
from xml.sax.saxutils import quoteattr

from leakscan.model.text import escape

from .life import path_of, sentence, where
from .order import nearest_first
from .redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.content import Skipped
    from leakscan.model.finding import Finding, ScanResult

PLACES = 50  # listed of one finding; how many more there are is said


def render(result: ScanResult, *, show_secrets: bool = False) -> Iterator[str]:
    """One suite: a failed case a finding, a skipped case for each content that could not be scanned.

    Where there is neither, one case that has passed: readers take an empty suite for a job that did not run.
    """
    redactor = Redactor(result, show_secrets=show_secrets)
    missed = [s for s in result.skipped if s.incomplete]
    failures = len(result.findings)
    tests = failures + len(missed) or 1
    counts = f'tests="{tests}" failures="{failures}" errors="0" skipped="{len(missed)}"'
    seconds = f'time="{result.stats.seconds:.3f}"'
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="leakscan" {counts} {seconds}>\n<testsuite name="leakscan" {counts} {seconds}>\n'
    for finding in result.findings:
        yield _failure(finding, redactor)
    for skipped in missed:
        yield _skipped(skipped, redactor)
    if not failures and not missed:
        yield '<testcase classname="leakscan" name="no secrets"/>\n'
    yield "</testsuite>\n</testsuites>\n"


def _failure(finding: Finding, redactor: Redactor) -> str:
    places = nearest_first(finding.places)
    first = places[0]
    path = path_of(first)
    location = f' file={_attribute(redactor.printable(path))} line="{first.line}"' if path else ""
    secret = escape(redactor.secret(finding.secret))
    title = f"{_plain(finding.rule.name)} {secret}"
    name = f"{where(first, redactor)} {finding.fingerprint}"
    body = "\n".join(_body(finding, redactor))
    return (
        f"<testcase classname={_attribute(f'leakscan.{finding.rule.id}')} name={_attribute(name)}{location}>"
        f'<failure type="{finding.severity}" message={_attribute(title)}>{xml(body)}</failure></testcase>\n'
    )


def _body(finding: Finding, redactor: Redactor) -> Iterator[str]:
    yield f"{finding.severity}, {finding.confidence} confidence, fingerprint {finding.fingerprint}"
    if said := sentence(finding.life):
        yield said
    places = nearest_first(finding.places)
    for place in places[:PLACES]:
        commit = f"  {place.commit.oid[:12]} {place.commit.date[:10]}" if place.commit else ""
        yield f"{where(place, redactor)}{commit}"
        if place.snippet:
            yield f"    {redactor.line(place.snippet)}"
    if len(places) > PLACES:
        yield f"and {len(places) - PLACES} more places"
    rotate = finding.rule.rotate
    if rotate.url or rotate.steps:
        yield f"rotate it: {_plain(rotate.url)}".rstrip()
    for number, step in enumerate(rotate.steps, 1):
        yield f"  {number}. {_plain(step)}"


def _skipped(skipped: Skipped, redactor: Redactor) -> str:
    message = f"not scanned: {skipped.why} {redactor.line(skipped.detail)}".rstrip()
    return (
        f'<testcase classname="leakscan.coverage" name={_attribute(redactor.line(skipped.what))}>'
        f"<skipped message={_attribute(message)}/></testcase>\n"
    )


def _plain(text: str) -> str:
    return escape(text.encode("utf-8", "backslashreplace"))


def _attribute(text: str) -> str:
    """`text` (printable: XML 1.0 has no way to write most control characters) as a quoted attribute."""
    return quoteattr(_plain(text))
