"""Choosing rules by ids and globs."""

from __future__ import annotations

import pytest
from packs import pack, read, rule

from leakscan.model.errors import UsageError
from leakscan.rulepack.select import select

RULES = tuple(
    d.rule
    for d in read(
        pack(
            rule("aws.id"),
            rule("aws.secret", requires="[{rule: aws.id, lines: 3}]"),
            rule("aws.session", requires="[{rule: aws.secret, lines: 3}]"),
            rule("github.pat"),
            rule("gitlab.pat"),
        )
    )[0]
)


def ids(**options: list[str]) -> str:
    return " ".join(r.id + ("!" if r.part else "") for r in select(RULES, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "aws.id aws.secret aws.session github.pat gitlab.pat"),
        ({"only": ["git*"]}, "github.pat gitlab.pat"),
        ({"only": ["gitlab.pat", "aws.id"]}, "aws.id gitlab.pat"),
        ({"skip": ["aws.*"]}, "github.pat gitlab.pat"),
        ({"only": ["*.pat"], "skip": ["gitlab.*"]}, "github.pat"),
        ({"only": ["aws.session"]}, "aws.id! aws.secret! aws.session"),
        ({"skip": ["aws.id"]}, "aws.id! aws.secret aws.session github.pat gitlab.pat"),
        ({"only": ["*.pat"], "skip": ["*.pat"]}, ""),
    ],
)
def test_selections(options: dict[str, list[str]], expected: str) -> None:
    assert ids(**options) == expected


def test_all_unknown_names_are_reported_with_the_closest() -> None:
    with pytest.raises(UsageError) as caught:
        select(RULES, only=["githbu.pat"], skip=["nothing.*"], severity={"zzz": "low"})
    assert str(caught.value).splitlines() == [
        'no rule is called "githbu.pat"; did you mean "github.pat"?',
        'no rule fits the pattern "nothing.*"',
        'no rule is called "zzz"',
    ]


def test_severities_change_and_nothing_else() -> None:
    changed = select(RULES, severity={"*.pat": "low", "gitlab.pat": "critical"})
    assert [r.severity for r in changed] == ["high", "high", "high", "low", "critical"]
    assert changed[0] is RULES[0]
