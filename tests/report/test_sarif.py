"""SARIF: valid against the standard's schema, within code scanning's limits, without a secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_results import HOSTILE, commit, drawn, finding, place, result, rich, rule

from leakscan.model.content import Skipped
from leakscan.model.finding import Life, ScanResult
from leakscan.model.origin import BlobOrigin, CommitOrigin, FileOrigin, NameOrigin, RefOrigin, StdinOrigin
from leakscan.report import sarif
from leakscan.report.redact import Redactor
from leakscan.report.sarif_json import plain
from leakscan.report.sarif_places import uri

# "sarif-2.1.0" of https://www.schemastore.org, a copy of the schema that OASIS publishes with the standard.
SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def log(found: ScanResult) -> Any:
    return json.loads("".join(sarif.render(found)))


def only(found: ScanResult) -> Any:
    """The one result of a scan that is not of history."""
    (run,) = log(found)["runs"]
    (one,) = run["results"]
    return one


def file(path: bytes, **more: Any) -> Any:
    return place(FileOrigin(path), **more)


@pytest.mark.parametrize("found", [result(), rich()], ids=["clean", "rich"])
def test_a_log_is_valid(found: ScanResult) -> None:
    VALIDATOR.validate(log(found))


def test_every_region_has_its_line() -> None:
    """The schema's first errata ask for it, which the copy here does not have yet."""
    regions = re.findall(r'"region": (\{[^}]*\})', "".join(sarif.render(rich())))
    assert len(regions) > 100
    assert all("startLine" in json.loads(region) for region in regions)


def test_the_validator_can_fail() -> None:
    broken = log(rich())
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(broken)


def test_the_serialiser_says_what_sarif_om_says() -> None:
    from jschema_to_python.to_json import to_json

    found = rich()
    redactor = Redactor(found, show_secrets=False)
    run = sarif._run(found, "leakscan/", [f.rule for f in found.findings], 4, redactor)
    alerts = [alert for f in found.findings for alert in sarif._alerts(f)]
    run.results = [sarif._result(alert, n, 99, redactor) for n, alert in enumerate(alerts)]
    assert plain(run) == json.loads(to_json(run))


def test_every_file_that_is_there_has_an_alert_of_its_own() -> None:
    """Code scanning shows the first location of a result and no other."""
    (run,) = log(result(finding(drawn(1), file(b"a"), file(b"b"), file(b"b", line=9))))["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places] == [
        ("a", 3),
        ("b", 3),
        ("b", 9),
    ]
    assert [len(one["relatedLocations"]) for one in run["results"]] == [2, 2, 2]
    assert len({one["partialFingerprints"]["leakscan/v1"] for one in run["results"]}) == 1


def test_rules_carry_what_code_scanning_shows() -> None:
    (run,) = log(result(finding(drawn(1), of=rule("acme.key", "medium", confidence="low")))).pop("runs")
    (described,) = run["tool"]["driver"]["rules"]
    assert described["id"] == "acme.key"
    assert described["shortDescription"]["text"] == described["name"] == "Name of acme.key"
    assert described["fullDescription"]["text"] == "Grants access to everything."
    assert "1. Create a new key.\n2. Revoke the old one." in described["help"]["text"]
    assert "<https://acme.example/keys>" in described["help"]["markdown"]
    assert described["properties"]["security-severity"] == "5.5"
    assert described["properties"]["precision"] == "low"
    assert "security" in described["properties"]["tags"]


@pytest.mark.parametrize(
    ("severity", "level", "low", "high"),
    [
        ("critical", "error", 9.0, 10.0),
        ("high", "error", 7.0, 8.9),
        ("medium", "warning", 4.0, 6.9),
        ("low", "note", 0.1, 3.9),
    ],
)
def test_severities_land_where_code_scanning_has_them(
    severity: Any, level: str, low: float, high: float
) -> None:
    found = log(result(finding(drawn(1), of=rule(severity=severity))))["runs"][0]
    assert found["results"][0]["level"] == level
    described = found["tool"]["driver"]["rules"][found["results"][0]["ruleIndex"]]
    assert low < float(described["properties"]["security-severity"]) <= high


def test_a_result_points_at_its_own_rule() -> None:
    rules = [rule(f"acme.{name}") for name in ("c", "a", "b", "a")]
    run = log(result(*(finding(drawn(n), of=r) for n, r in enumerate(rules))))["runs"][0]
    assert [r["id"] for r in run["tool"]["driver"]["rules"]] == ["acme.a", "acme.b", "acme.c"]
    assert [r["ruleIndex"] for r in run["results"]] == [2, 0, 1, 0]


def test_the_working_tree_is_shown_first() -> None:
    places = (
        place(CommitOrigin("a" * 40, "message")),
        place(BlobOrigin("b" * 40), path=b"old.py", commit=commit(1)),
        file(b"now.py", line=8),
    )
    one = only(result(finding(drawn(1), *places)))
    (first,) = one["locations"]
    assert first["physicalLocation"]["artifactLocation"]["uri"] == "now.py"
    assert first["physicalLocation"]["region"] == {
        "startLine": 8,
        "startColumn": 9,
        "endLine": 8,
        "endColumn": 49,
    }
    assert [other["id"] for other in one["relatedLocations"]] == [1, 2]
    assert "[old.py:3](1)" in one["message"]["text"]


def test_versions_of_a_file_are_one_place() -> None:
    places = [place(BlobOrigin(f"{n:040x}"), path=b"a.py", commit=commit(n)) for n in range(5)]
    one = only(result(finding(drawn(1), *places, file(b"a.py"))))
    assert "relatedLocations" not in one
    assert "Also" not in one["message"]["text"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"a/b.py", "a/b.py"),
        (b"a b%20.py", "a%20b%2520.py"),
        (b"c:/x", "c%3A/x"),
        ("ä".encode(), "%C3%A4"),
        (b"\xff\n?#", "%FF%0A%3F%23"),
    ],
)
def test_uris(path: bytes, expected: str) -> None:
    assert uri(path) == expected


@given(st.binary(min_size=1, max_size=30))
def test_every_path_comes_back_from_its_uri(path: bytes) -> None:
    assert unquote_to_bytes(uri(path)) == path
    assert uri(path).isascii()


def test_what_is_outside_of_the_root_has_an_absolute_uri() -> None:
    found = log(result(finding(drawn(1), file(b"/etc/a b"))))
    (location,) = found["runs"][0]["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "file:///etc/a%20b"}
    VALIDATOR.validate(found)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (CommitOrigin("a" * 40, "message"), f".git/commit/{'a' * 40}/message"),
        (BlobOrigin("b" * 40), f".git/blob/{'b' * 40}"),
        (RefOrigin(b"refs/heads/x y"), ".git/refs/heads/x%20y"),
        (StdinOrigin(), "stdin"),
        (NameOrigin(b"a/b"), "a/b"),
    ],
)
def test_what_is_no_file_has_a_path_all_the_same(origin: Any, expected: str) -> None:
    found = only(result(finding(drawn(1), place(origin))))
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == expected


def test_history_is_a_run_of_its_own() -> None:
    gone = finding(
        drawn(1),
        place(BlobOrigin("b" * 40), path=b"old.py"),
        life=Life(commit(1), commit(2), False, (), True),
    )
    here = finding(
        drawn(2), place(BlobOrigin("c" * 40), path=b"new.py"), life=Life(commit(3), None, True, (), True)
    )
    runs = log(result(gone, here, scope="history"))["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == ["leakscan/", "leakscan-history/"]
    assert [[r["partialFingerprints"]["leakscan/v1"] for r in run["results"]] for run in runs] == [
        [here.fingerprint],
        [gone.fingerprint],
    ]
    past = runs[1]["results"][0]["message"]["text"]
    assert commit(1).date in past
    assert commit(2).oid[:12] in past


def test_a_clean_history_still_has_its_run_so_that_alerts_close() -> None:
    assert [run["results"] for run in log(result(scope="history"))["runs"]] == [[], []]
    assert [run["results"] for run in log(result(scope="tree"))["runs"]] == [[]]


@pytest.mark.parametrize(("length", "given_away"), [(40, True), (12, True), (11, False)])
def test_the_hash_of_a_line_does_not_betray_a_short_secret(length: int, given_away: bool) -> None:
    one = only(result(finding(drawn(1, length), file(b"a", line_hash="39fa2ee980eb94b0:1"))))
    assert ("primaryLocationLineHash" in one["partialFingerprints"]) is given_away


def test_a_level_of_its_own_is_not_lost() -> None:

    changed = finding(drawn(1), of=rule(severity="critical"))._replace(severity="medium")
    assert only(result(changed))["level"] == "warning"


def test_what_was_not_scanned_is_notified() -> None:
    skipped = (Skipped("a", "missing", "fetch it"), Skipped("b", "binary"), Skipped("c", "excluded"))
    (run,) = log(result(skipped=skipped, notes=("a note",)))["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert [n["message"]["text"] for n in invocation["toolExecutionNotifications"]] == [
        "not scanned: a (missing): fetch it",
        "2 binary or excluded contents left out on purpose",
        "a note",
    ]


def test_limits_hold_and_say_so() -> None:
    skipped = tuple(Skipped(f"{n:05}", "missing") for n in range(1001))
    many = [finding(drawn(n)) for n in range(25_002)]
    (run,) = log(result(*many, skipped=skipped))["runs"]
    assert len(run["results"]) == 25_000
    assert run["results"][-1]["partialFingerprints"]["leakscan/v1"] == many[24_999].fingerprint
    texts = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert len(texts) == 1002
    assert texts[1000].startswith("and 1 more not scanned")
    assert texts[1001].startswith("2 results left out")


@pytest.mark.parametrize(("findings", "places", "related"), [(1, 150, 99), (1100, 100, 9)])
def test_related_locations_are_bounded(findings: int, places: int, related: int) -> None:
    where = tuple(file(f"{n}".encode()) for n in range(places))
    (run,) = log(result(*(finding(drawn(n), *where) for n in range(findings))))["runs"]
    assert {len(r["relatedLocations"]) for r in run["results"]} == {related}
    assert f"and {places - 6} more places." in run["results"][0]["message"]["text"]


def test_texts_are_bounded() -> None:
    long = rule(name="n" * 5000, description="d" * 5000, tags=tuple(f"t{n}" for n in range(50)))
    places = [file(b"p" * 4000 + b"%d" % n) for n in range(3)]
    found = log(result(finding(drawn(1), *places, of=long)))
    (run,) = found["runs"]
    (described,) = run["tool"]["driver"]["rules"]
    assert len(described["name"]) == 255
    assert max(len(described[key]["text"]) for key in ("shortDescription", "fullDescription")) == 1024
    assert len(described["properties"]["tags"]) <= 10
    assert len(run["results"][0]["message"]["text"]) <= 1024
    VALIDATOR.validate(found)


def test_brackets_and_braces_stay_text() -> None:
    found = result(finding(drawn(1), file(b"a"), file(HOSTILE), of=rule(name="[x](1) {0} \\")))
    message = log(found)["runs"][0]["results"][0]["message"]["text"]
    assert message.startswith("\\[x\\](1) {{0}} \\\\: ")
    assert "\\[a\\](b) {{0}}" in message
