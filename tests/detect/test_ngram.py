"""The model of text: words are cheap, random strings are not, and the table is what its script says."""

from __future__ import annotations

import random
import string
from collections import Counter

import pytest

from leakscan.detect import build_ngram
from leakscan.detect.ngram import SIZE, unlike_text

WORDS = [
    "password", "configuration", "getCurrentUserName", "MAX_BUFFER_SIZE", "application/json", "my-service-account",
    "ThisIsASentenceInCamelCase", "the quick brown fox", "test_connection_pool_timeout", "com.example.project.Controller",
]  # fmt: skip


def _random(alphabet: str, length: int, seed: int) -> bytes:
    rng = random.Random(seed)
    return "".join(rng.choice(alphabet) for _ in range(length)).encode()


@pytest.mark.parametrize("word", WORDS)
def test_words_are_like_text(word: str) -> None:
    assert unlike_text(word.encode()) < 4.6


@pytest.mark.parametrize(
    "alphabet", [string.ascii_letters + string.digits, string.ascii_lowercase + string.digits]
)
def test_random_is_not(alphabet: str) -> None:
    scores = sorted(unlike_text(_random(alphabet, 32, seed)) for seed in range(200))
    assert scores[4] > 5.4


def test_nothing_costs_nothing() -> None:
    assert unlike_text(b"") == 0.0


def test_case_does_not_count() -> None:
    assert unlike_text(b"SecretKey") == unlike_text(b"secretkey")


def test_any_bytes() -> None:
    assert unlike_text(bytes(range(256))) > 0.0


def test_table_prefers_what_it_has_seen() -> None:
    costs = build_ngram.table(Counter({b"hello": 50, b"help": 50, b"rare": 1}))
    assert len(costs) == SIZE**3

    def cost(two: str, one: str) -> int:
        a, b, c = (ord(x) - ord("a") for x in two + one)
        return costs[(a * SIZE + b) * SIZE + c]

    assert cost("he", "l") < cost("he", "z")
    assert cost("ra", "r") > cost("el", "l")  # a word seen once does not count
