"""A baseline hides what it knows and nothing else."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_results import drawn, finding, place, result, rule

from leakscan.baseline import Baseline, Entry, create, hide, update
from leakscan.model.content import Skipped
from leakscan.model.origin import FileOrigin

if TYPE_CHECKING:
    from leakscan.model.finding import Finding, Scope

SALT = bytes(range(16))
NUMBERS = st.sets(st.integers(0, 12))


def found(*numbers: int) -> tuple[Finding, ...]:
    return tuple(finding(drawn(n), of=rule(f"acme.r{n % 3}")) for n in numbers)


@given(NUMBERS, NUMBERS)
def test_exactly_what_is_known_is_hidden(known: set[int], now: set[int]) -> None:
    baseline = create(result(*found(*known)))
    left = hide(baseline, result(*found(*now), baselined=5))
    assert left.findings == found(*(n for n in now if n not in known))
    assert left.baselined == 5 + len(known & now)
    stale = len(known - now)
    assert len(left.notes) == (stale > 0)
    assert all(str(stale) in note and "baseline update" in note for note in left.notes)


def test_a_place_does_not_matter() -> None:
    baseline = create(result(finding(drawn(1), place(FileOrigin(b"old.py"), line=3))))
    moved = finding(drawn(1), place(FileOrigin(b"new/name.py"), line=400))
    assert hide(baseline, result(moved)).findings == ()


def test_a_changed_secret_in_the_same_place_is_new() -> None:
    baseline = create(result(finding(drawn(1))))
    changed = finding(drawn(2))
    assert changed.places[0].path == finding(drawn(1)).places[0].path
    assert hide(baseline, result(changed)).findings == (changed,)


def test_another_rule_is_new() -> None:
    baseline = create(result(finding(drawn(1), of=rule("acme.a"))))
    assert len(hide(baseline, result(finding(drawn(1), of=rule("acme.b")))).findings) == 1


def test_salts_differ_and_so_do_entries() -> None:
    one, two = create(result(*found(1))), create(result(*found(1)))
    assert one.salt != two.salt
    assert one.entries[0].id != two.entries[0].id
    assert found(1)[0].fingerprint not in {one.entries[0].id, two.entries[0].id}


@given(NUMBERS, NUMBERS)
def test_an_update_knows_what_there_is_now(old: set[int], now: set[int]) -> None:
    before = create(result(*found(*old)), salt=SALT)
    done = update(before, result(*found(*now)))
    assert done.baseline == create(result(*found(*now)), salt=SALT)
    assert len(done.added) == len(now - old)
    assert len(done.dropped) == len(old - now)
    assert done.unseen == ()


def test_an_update_keeps_reasons() -> None:
    before = create(result(*found(1, 2)))
    reasoned = dataclasses.replace(
        before, entries=tuple(e._replace(reason="test key") for e in before.entries)
    )
    done = update(reasoned, result(*found(1, 3)))
    assert sorted(e.reason for e in done.baseline.entries) == ["", "test key"]


@pytest.mark.parametrize(
    ("of_baseline", "of_scan", "whole", "incomplete", "drops"),
    [
        ("tree", "tree", True, False, True),
        ("tree", "history", True, False, True),
        ("history", "history", True, False, True),
        ("part", "history", True, False, True),
        ("history", "tree", True, False, False),
        ("tree", "part", True, False, False),
        ("part", "part", True, False, False),
        ("part", "tree", True, False, False),
        ("tree", "tree", False, False, False),
        ("tree", "tree", True, True, False),
    ],
)
def test_only_a_scan_that_saw_everything_makes_an_entry_stale(
    of_baseline: Scope, of_scan: Scope, whole: bool, incomplete: bool, drops: bool
) -> None:
    before = create(result(*found(1, 2), scope=of_baseline))
    skipped = (Skipped("a", "missing"), Skipped("b", "binary")) if incomplete else (Skipped("b", "binary"),)
    now = result(*found(1), scope=of_scan, skipped=skipped)
    done = update(before, now, whole=whole)
    assert (len(done.dropped), len(done.unseen)) == ((1, 0) if drops else (0, 1))
    assert len(done.baseline.entries) == (1 if drops else 2)
    assert bool(hide(before, now, whole=whole).notes) is drops


@pytest.mark.parametrize(
    ("before", "scan", "after"),
    [
        ("tree", "part", "tree"),
        ("part", "tree", "tree"),
        ("tree", "history", "history"),
        ("history", "tree", "history"),
    ],
)
def test_a_baseline_remembers_its_widest_scan(before: Scope, scan: Scope, after: Scope) -> None:
    assert update(create(result(scope=before)), result(scope=scan)).baseline.scope == after


def test_entries_are_sorted_and_unique() -> None:
    entries = create(result(*found(*range(20)), *found(3))).entries
    assert list(entries) == sorted(set(entries))
    assert len(entries) == 20


def test_an_entry_of_another_salt_hides_nothing() -> None:
    id = create(result(*found(1)), salt=SALT).entries[0].id
    other = Baseline(salt=bytes(16), scope="tree", entries=(Entry(id, "acme.r1"),))
    assert len(hide(other, result(*found(1))).findings) == 1
