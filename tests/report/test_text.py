"""The report for a person."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_results import HOSTILE, commit, drawn, finding, place, result, rich, rule

from leakscan.model.content import Skipped
from leakscan.model.finding import Life, ScanResult
from leakscan.model.origin import BlobOrigin, FileOrigin
from leakscan.model.rule import Rotation
from leakscan.report import text


def report(found: ScanResult, *, color: bool = False, cwd: bytes | None = None) -> str:
    return "".join(text.render(found, color=color, cwd=cwd))


def test_colour_is_all_that_a_terminal_changes() -> None:
    painted = report(rich(), color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == report(rich())
    assert "\x1b[" in painted


@given(st.binary(min_size=1, max_size=20))
def test_no_name_drives_a_terminal_or_forges_a_line(name: bytes) -> None:
    found = result(finding(drawn(1), place(FileOrigin(name), commit=commit(1, name, name))))
    plain = report(result(finding(drawn(1), place(FileOrigin(b"x"), commit=commit(1, b"x", b"x")))))
    assert report(found).count("\n") == plain.count("\n")
    assert all(line.isprintable() for line in report(found).split("\n"))


@pytest.mark.parametrize(
    ("cwd", "expected"),
    [
        (None, "src/a.py:3:9"),
        (b"/repository", "src/a.py:3:9"),
        (b"/repository/src", "a.py:3:9"),
        (b"/", "repository/src/a.py:3:9"),
    ],
)
def test_files_are_named_from_where_the_reader_is(cwd: bytes | None, expected: str) -> None:
    found = result(finding(drawn(1), place(FileOrigin(b"src/a.py"))))
    assert f"\n  {expected}\n" in report(found, cwd=cwd)


def test_versions_of_a_file_are_one_line() -> None:
    places = [place(BlobOrigin(f"{n:040x}"), path=b"a.py", commit=commit(n)) for n in (3, 1, 2)]
    shown = report(result(finding(drawn(1), *places, place(FileOrigin(b"a.py")))))
    assert shown.count("a.py:3:9") == 1
    assert commit(1).oid[:12] in shown
    assert "and in 2 later commits" in shown


@pytest.mark.parametrize(("count", "said"), [(4, ""), (5, "and 1 more place "), (101, "and 97 more places ")])
def test_what_is_not_shown_is_counted(count: int, said: str) -> None:
    shown = report(result(finding(drawn(1), *(place(FileOrigin(b"f%d" % n)) for n in range(count)))))
    assert shown.count(":3:9") == min(count, 4)
    assert (said in shown) if said else ("more place" not in shown)


@pytest.mark.parametrize(
    ("life", "said"),
    [
        (
            Life(commit(1), None, True, (b"refs/heads/main",), True),
            f"in HEAD since 2024-03-02 ({commit(1).oid[:12]})",
        ),
        (Life(commit(1), commit(2), False, (), True), f"removed 2024-03-03 ({commit(2).oid[:12]})"),
        (Life(None, None, False, (), False), "only in objects that git has not collected yet"),
        (Life(None, None, False, (b"refs/heads/x",), True), "on refs/heads/x\n"),
        (
            Life(None, None, False, tuple(b"r%d" % n for n in range(5)), True),
            "on r0, r1, r2 and 2 more refs\n",
        ),
    ],
)
def test_a_life_is_told(life: Life, said: str) -> None:
    assert said in report(result(finding(drawn(1), life=life)))


def test_how_to_rotate_is_told_once_a_rule() -> None:
    shown = report(result(finding(drawn(1)), finding(drawn(2)), finding(drawn(3), of=rule("acme.other"))))
    assert shown.count("1. Create a new key.") == 2
    bare = report(result(finding(drawn(1), of=rule(rotate=Rotation()))))
    assert "rotate it:" not in bare


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (result(), "No secrets."),
        (result(baselined=2), "No new secrets. 2 known from the baseline."),
        (result(skipped=(Skipped("a", "missing"),)), "No secrets in what was scanned."),
        (result(skipped=(Skipped("a", "binary"),)), "No secrets."),
        (result(finding(drawn(1))), "1 secret: 1 critical."),
        (
            result(finding(drawn(1)), finding(drawn(2), of=rule(severity="low"))),
            "2 secrets: 1 critical, 1 low.",
        ),
    ],
)
def test_the_outcome_is_one_line(found: ScanResult, said: str) -> None:
    assert f"{said}\n" in report(found)


def test_what_makes_a_scan_incomplete_comes_before_what_was_left_out() -> None:
    skipped = (Skipped("b.bin", "binary"), *(Skipped(f"big{n}", "too-large", "way out") for n in range(7)))
    shown = report(result(skipped=skipped))
    assert "larger than --max-file-size (7):" in shown
    assert "big4  way out\n    and 2 more" in shown
    assert "b.bin" not in shown
    assert shown.index("Not scanned") < shown.index("Left out on purpose: 1 binary.")


def test_hostile_names_are_escaped() -> None:
    shown = report(result(finding(drawn(1), place(FileOrigin(HOSTILE)))), cwd=b"/repository")
    assert "evil\\n\\x1b[2J" in shown
    assert "\x1b" not in shown
