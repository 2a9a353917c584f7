"""What the linter and the checker say about rules."""

from __future__ import annotations

import pytest
from packs import named, pack, read, rule

from leakscan.rulepack.check import check
from leakscan.rulepack.lint import Known, lint

SLOW = r"'acme(?:[a-z]{0,40}[a-z]{0,40}[a-z]{0,40}[a-z]{0,40}){1}9'"


def remarks(
    *rules: str, others: tuple[str, ...] = (), known: Known | None = None, thorough: bool = False
) -> list[str]:
    mine, problems = read(pack(*rules))
    theirs, more = read(pack(*others), "other.yaml") if others else ([], [])
    assert problems + more == []
    return [str(r) for r in lint(mine, theirs, known=known, thorough=thorough)]


def test_a_good_rule_gets_no_remark() -> None:
    assert remarks(rule(), named("globex.key"), thorough=True) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rule(examples=""), "p.yaml:2: error: rules[0].examples: acme.key: at least one example is needed"),
        (rule(counterexamples=""), "p.yaml:2: error: rules[0].counterexamples: acme.key: at least one"),
        (named(examples="['globex_key = {hex:32}']"), "p.yaml:7: error: rules[0].examples: acme.key: a rule with `names`"),
        (rule(description=""), "p.yaml:2: warning: rules[0].description: acme.key: say what"),
        (rule(references=""), "warning: rules[0].references: acme.key: name the page"),
        (rule(rotate=""), "warning: rules[0].rotate: acme.key: say how"),
        (rule(pattern="'[0-9a-f]{32}'"), "p.yaml:7: error: rules[0].pattern: acme.key: no literal of 3 bytes"),
        (rule(pattern="'[0-9a-f]{32}'", keywords="[globex]"), "p.yaml:12: error: rules[0].keywords: acme.key: examples[0]"),
        (rule(keywords="[acme]"), "p.yaml:12: warning: rules[0].keywords: acme.key: are not needed"),
        (rule(pattern=r"'\bacme_[\w-]{32}\b'"), "p.yaml:7: warning: rules[0].pattern: acme.key: `\\b` behind a class"),
        (rule(pattern=r"'\b[\w.]{32}_acme\b'"), "`\\b` in front of a class with ."),
        (rule(pattern=r"'\bacme_[0-9a-f]{32}'"), "it ends with a class and no boundary"),
        (rule(checks="[has-digits]"), 'p.yaml:12: error: rules[0].checks: acme.key: there is no check "has-digits"; did'),
        (rule(checksum="crc"), 'p.yaml:12: error: rules[0].checksum: acme.key: there is no checksum "crc"'),
    ],
)  # fmt: skip
def test_remarks(text: str, expected: str) -> None:
    found = remarks(text, known=Known(("has-digit",), ("luhn",)))
    assert any(expected in r for r in found), found


def test_patterns_that_run_away_are_errors() -> None:
    assert any(
        "p.yaml:7: error: rules[0].pattern: acme.key: " in r and "8 KiB" in r
        for r in remarks(rule(pattern=SLOW), thorough=True)
    )


def test_the_same_pattern_twice() -> None:
    expected = "error: rules[0].pattern: acme.key: the same pattern as globex.key (other.yaml:2)"
    assert any(expected in r for r in remarks(rule(), others=(rule("globex.key"),)))


@pytest.mark.parametrize(
    ("other", "shadowed"),
    [
        (rule("acme.wide", pattern="'(?<!x)(?P<secret>acme_[0-9a-f]{32})'"), True),
        (rule("acme.wide", pattern="'(?P<secret>acme_[0-9a-f]{32})'", confidence="low"), False),
        (rule("acme.wide", pattern="'(?P<secret>acme_[0-9a-f]{31})'"), False),
        (rule("acme.wide", pattern="'(?P<secret>acme_[0-9a-f]{32})'", generic="true"), False),
        (rule("acme.wide", pattern="'(?P<secret>acme_[0-9a-f]{32})'", part="true"), False),
        (rule("acme.wide", pattern="'(?P<secret>acme_[0-9a-f]{32})'", paths="['*.env']"), False),
    ],
)
def test_shadows(other: str, shadowed: bool) -> None:
    found = [
        r for r in remarks(rule(), others=(other,), thorough=True) if "finds all of its examples too" in r
    ]
    assert bool(found) == shadowed
    assert not shadowed or "p.yaml:2: warning: rules[0].id: acme.key: acme.wide (other.yaml:2)" in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rule(), []),
        (named(), []),
        (rule(examples="['k = acme_{hex:32}', 'k = acme_{hex:31}']"),
         ["p.yaml:8: rules[0].examples[1]: acme.key: the rule does not find it (with every filling)"]),
        (rule(counterexamples="['acme_{hex:32}']"),
         ["p.yaml:9: rules[0].counterexamples[0]: acme.key: the rule finds it (with every filling)"]),
        (rule(entropy="3.9", examples="['acme_{pick:00000000000000000000000000000000|11111111111111111111111111111111}']"),
         ["p.yaml:8: rules[0].examples[0]: acme.key: the rule does not find it (with every filling)"]),
    ],
)  # fmt: skip
def test_examples_are_tried(text: str, expected: list[str]) -> None:
    definitions, problems = read(pack(text))
    assert problems == []
    assert [str(p) for p in check(definitions)] == expected
