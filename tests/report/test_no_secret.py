"""No secret reaches any report, wherever it stands and whatever stands around it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_results import commit, drawn, finding, place, result, rich

from leakscan.model.content import Skipped
from leakscan.model.finding import Dropped, Life, Place, ScanResult
from leakscan.model.match import Part
from leakscan.model.origin import (
    BlobOrigin,
    CommitOrigin,
    FileOrigin,
    NameOrigin,
    ReflogOrigin,
    RefOrigin,
    StagedOrigin,
    TagOrigin,
)
from leakscan.model.secret import Secret
from leakscan.model.text import escape
from leakscan.report import csv, github, gitlab, html, jsonl, junit, markdown, sarif, text
from leakscan.report import json as json_report
from leakscan.report.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

OID = "a" * 40
RENDER: dict[str, Callable[[ScanResult], str]] = {
    "text": lambda r: "".join(text.render(r)),
    "color": lambda r: "".join(text.render(r, color=True, cwd=b"/elsewhere")),
    "json": lambda r: "".join(json_report.render(r)),
    "jsonl": lambda r: "".join(jsonl.render(r)),
    "sarif": lambda r: "".join(sarif.render(r)),
    "html": lambda r: "".join(html.render(r)),
    "markdown": lambda r: "".join(markdown.render(r)),
    "csv": lambda r: "".join(csv.render(r)),
    "junit": lambda r: "".join(junit.render(r)),
    "gitlab": lambda r: "".join(gitlab.render(r, show_secrets=True)),
    "github": lambda r: "".join(github.render(r, show_secrets=True)),
}


def forms(secret: bytes) -> set[str]:
    """What a secret could look like in a report."""
    printable = escape(secret)
    return {
        printable,
        json.dumps(printable)[1:-1],
        json.dumps(secret.decode("utf-8", "replace"))[1:-1],
        quote_from_bytes(secret, safe=""),
        base64.b64encode(secret).decode()[:-4],
        escape(b" ".join(secret.split())),
    }


def leaks(report: str, secret: bytes) -> list[str]:
    return [form for form in forms(secret) if form in report]


# Long enough not to occur by chance, in all its hostility.
NOISE = st.sampled_from(
    [b"", b"\n", b"\xff", b"\x1b[2J", b'"', b"\\", b"%41", b"[", b"{0}", "é🔑".encode(), b"/", b" "]
)
SECRETS = st.builds(
    lambda seed, noise: drawn(seed, 10) + noise + drawn(seed + 1, 10), st.integers(0, 10**9), NOISE
)
WORDS = st.lists(st.one_of(NOISE, st.just(b"SECRET"), st.just(b"word")), max_size=6).map(b"".join)


@st.composite
def places(draw: st.DrawFn, secret: bytes) -> Place:
    def words() -> bytes:
        return (draw(WORDS) or b"x").replace(b"SECRET", secret)

    name = words()
    origin: Any = draw(
        st.sampled_from(
            [
                FileOrigin(name),
                StagedOrigin(name, OID),
                BlobOrigin(OID),
                CommitOrigin(OID, "message"),
                CommitOrigin(OID, "author"),
                TagOrigin(OID, "name"),
                RefOrigin(b"refs/heads/" + name),
                ReflogOrigin(name, 1),
                NameOrigin(name),
            ]
        )
    )
    path = name if isinstance(origin, BlobOrigin) and draw(st.booleans()) else None
    brought = commit(1, author=words(), subject=words()) if draw(st.booleans()) else None
    return place(
        origin, path=path, commit=brought, line_hash=draw(st.sampled_from(["", "39fa2ee980eb94b0:1"]))
    )


@st.composite
def results(draw: st.DrawFn) -> tuple[ScanResult, list[bytes]]:
    secrets = draw(st.lists(SECRETS, min_size=1, max_size=3, unique=True))
    findings = []
    for n, secret in enumerate(secrets):
        other = secrets[n - 1]
        where = draw(st.lists(places(other), min_size=1, max_size=3))
        words = draw(WORDS).replace(b"SECRET", other)
        life = Life(commit(1, words, words), commit(2, words, words), False, (words,), True)
        parts = (Part("acme.part", drawn(77, 20), 1),)
        findings.append(finding(secret, *where, parts=parts, life=draw(st.sampled_from([None, life]))))
    said = escape(draw(WORDS).replace(b"SECRET", secrets[0]))
    found = result(
        *findings,
        skipped=(Skipped(said, "missing", said), Skipped(said, "binary", said)),
        notes=(said,),
        scope=draw(st.sampled_from(["part", "tree", "history"])),
    )
    return found, [*secrets, drawn(77, 20)]


@settings(max_examples=150, deadline=None)
@given(results())
def test_no_report_shows_a_secret(case: tuple[ScanResult, list[bytes]]) -> None:
    found, secrets = case
    for name, render in RENDER.items():
        report = render(found)
        for secret in secrets:
            assert not leaks(report, secret), name


@pytest.mark.parametrize("name", RENDER)
def test_the_sample_holds_no_secret(name: str) -> None:
    for secret in (drawn(1), drawn(3), drawn(4), drawn(5, 20)):
        assert not leaks(RENDER[name](rich()), secret)


@pytest.mark.parametrize("name", ["text", "json", "jsonl"])
def test_the_search_for_secrets_can_fail(name: str) -> None:
    shown = {
        "text": lambda r: "".join(text.render(r, show_secrets=True)),
        "json": lambda r: "".join(json_report.render(r, show_secrets=True)),
        "jsonl": lambda r: "".join(jsonl.render(r, show_secrets=True)),
    }
    assert leaks(shown[name](rich()), drawn(1))


def test_sarif_never_shows_secrets() -> None:
    assert "".join(sarif.render(rich(), show_secrets=True)) == "".join(sarif.render(rich()))


def test_a_short_password_blots_out_no_other_word() -> None:
    found = result(finding(b"main", place(FileOrigin(b"main.py"))))
    assert Redactor(found, show_secrets=False).raw(b"main.py") == b"main.py"


def test_a_short_secret_in_a_name_is_masked_wherever_the_name_is() -> None:
    found = result(finding(b"hunter2", place(NameOrigin(b"pw-hunter2.txt"))))
    assert Redactor(found, show_secrets=False).raw(b"pw-hunter2.txt") == b"pw-********.txt"


def test_overlapping_secrets_leave_nothing_between() -> None:
    whole = drawn(9, 40)
    found = result(finding(whole[:25]), finding(whole[15:]))
    assert Redactor(found, show_secrets=False).raw(b"<" + whole + b">") == b"<" + whole[:4] + b"********>"


def test_what_was_dropped_is_masked_as_well() -> None:

    where = place(FileOrigin(b"a"))
    dropped = Dropped(rule_id="acme.key", secret=Secret(drawn(8)), place=where, reason="allowed")
    found = result(notes=(drawn(8).decode(),))._replace(dropped=(dropped,))
    for render in RENDER.values():
        assert not leaks(render(found), drawn(8))


def test_a_secret_of_several_lines_is_masked_in_a_subject_which_joins_them() -> None:
    secret = drawn(1) + b"\n" + drawn(2)
    where = place(
        CommitOrigin(OID, "message"), commit=commit(1, subject=b"Add " + drawn(1) + b" " + drawn(2))
    )
    found = result(finding(secret, where))
    for render in RENDER.values():
        assert drawn(2).decode() not in render(found)
