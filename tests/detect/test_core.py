"""Wherever a pattern matches, the look of its secret is found at the secret."""

from __future__ import annotations

import re

import pytest

from leakscan.detect.core import core
from leakscan.rulepack.compose import compose
from leakscan.rulepack.groups import secret_groups, secret_span
from leakscan.rulepack.load import pack_files
from leakscan.rulepack.template import fill


def seen(pattern: str, text: bytes) -> list[int]:
    look = core(pattern)
    assert look is not None
    return [m.start() for m in look.finditer(text)]


def test_what_stands_on_either_side_counts() -> None:
    pattern = r"(?i:acme)[ =]{1,3}(?:key[\"'])?(?P<secret>[0-9a-f]{4})(?![0-9a-z])"
    assert seen(pattern, b"acme=0badx acme='00ff00 ff00' 0000 =0bad") == [24, 30, 36]
    assert seen(pattern, b"\"00ff y00ff '1234.") == [1, 13]


def test_a_pattern_that_is_its_secret_is_looked_for_as_it_is() -> None:
    pattern = r"(?<![0-9a-z])(?P<secret>ab[0-9a-f]{2,4})(?![0-9a-z])"
    assert seen(pattern, b"ab00 xab00 ab00g ab0000") == [0, 17]


def test_what_cannot_be_known_is_left_open() -> None:
    assert seen(r"x?(?P<secret>[0-9]{4})", b"a1234") == [1]
    assert seen(r"(?:a|b(?P<secret>[0-9]{4}))", b"c1234") == [1]
    assert seen(r"a=(?P<secret>[0-9]{4})|b", b"=1234") == [1]
    assert seen(r"a=(?P<secret>[0-9]{4})(?=x)|b", b"=1234y") == [1]
    assert seen(r"(?i:[a-c])(?P<secret>[0-9]{4})", b"C1234 d1234") == [1]


def test_flags_around_a_secret_are_its_meaning() -> None:
    assert core(r"(?i:acme=(?P<secret>[a-f]{8}))") is None
    assert core(r"(?i)acme=(?P<secret>[a-f]{8})") is None


@pytest.mark.parametrize("part", range(4))
def test_every_built_in_example_is_seen(part: int) -> None:
    tried = 0
    for d in compose(pack_files([], builtin=True))[part::24]:
        look, whole = core(d.rule.pattern), re.compile(d.rule.pattern.encode())
        if look is None:
            continue
        for example in d.rule.examples:
            text = fill(example, "core").encode()
            for m in whole.finditer(text):
                start, _ = secret_span(m, secret_groups(whole.groupindex))
                assert look.match(text, start), d.rule.id
                tried += 1
    assert tried > 40
