"""What people type is told from what generators make."""

from __future__ import annotations

import random
import string

import pytest

from leakscan.filters.sequences import altered, dull


@pytest.mark.parametrize("alphabet", [string.hexdigits[:16], string.ascii_letters + string.digits])
def test_random_strings_are_neither(alphabet: str) -> None:
    rng = random.Random(7)
    texts = ["".join(rng.choices(alphabet, k=40)).encode() for _ in range(4000)]
    assert sum(map(altered, texts)) <= 3
    assert not any(map(dull, texts))


@pytest.mark.parametrize(
    "run", ["123456", "abcdef", "FEDCBA", "qwerty", "AAAABBBB", "00000aaaaa", "a1b2c3d4"]
)
def test_a_run_inside_a_random_string_was_put_there(run: str) -> None:
    rng = random.Random(run)
    text = "".join(rng.choices("ghjkmpq347", k=30))
    for at in (0, 13, 30):
        assert altered((text[:at] + run + text[at:]).encode())
        assert not dull((text[:at] + run + text[at:]).encode())


@pytest.mark.parametrize("text", ["0123456789abcdef" * 2, "abcd1234" * 4, "1234567890" * 3, "z" * 20])
def test_what_is_made_of_runs_is_dull_and_not_altered(text: str) -> None:
    assert dull(text.encode())
    assert not altered(text.encode())


def test_a_run_says_nothing_of_what_is_long() -> None:
    rng = random.Random(3)
    assert not altered("".join(rng.choices("ghjkmpq347", k=300)).encode() + b"123456")
