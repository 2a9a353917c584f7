"""The JUnit report: well-formed whatever the repository holds, and counted right."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from sample_results import HOSTILE, drawn, finding, place, result, rich

from leakscan.model.origin import FileOrigin
from leakscan.report import junit


def suite(text: str) -> ElementTree.Element:
    found = ElementTree.fromstring(text.encode()).find("testsuite")
    assert found is not None
    return found


def test_findings_fail_and_gaps_are_skipped() -> None:
    found = rich()
    cases = suite("".join(junit.render(found)))
    missed = sum(s.incomplete for s in found.skipped)
    assert (cases.get("tests"), cases.get("failures"), cases.get("skipped")) == (
        str(len(cases)),
        str(len(found.findings)),
        str(missed),
    )
    assert len(cases.findall("testcase/failure")) == len(found.findings)
    assert len(cases.findall("testcase/skipped")) == missed
    first = cases.find("testcase")
    assert first is not None
    assert (first.get("classname"), first.get("file")) == ("leakscan.acme.api-key", "config/settings.py")


def test_nothing_found_is_a_test_that_passed() -> None:
    cases = suite("".join(junit.render(result())))
    assert [len(case) for case in cases] == [0]


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=30))
def test_any_name_is_well_formed(name: bytes) -> None:
    for path in (name, HOSTILE, b'<a b="c">&amp;]]>'):
        cases = suite("".join(junit.render(result(finding(drawn(1), place(FileOrigin(path)))))))
        assert len(cases.findall("testcase/failure")) == 1
