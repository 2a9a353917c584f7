"""Automata that were prebuilt, for other rules than those that they were made for."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

from leakscan.detect import automaton
from leakscan.detect.automaton import LiteralSearch, Vectorised
from leakscan.detect.decode.marks import MARKS
from leakscan.detect.places import starts
from leakscan.detect.several import Several
from leakscan.model.rule import Rule
from leakscan.rulepack.width import literals

if TYPE_CHECKING:
    from pathlib import Path

WORDS = [f"{a}{b}" for a in ("acme", "bolt", "cove", "dusk", "echo") for b in ("key", "tok", "sec")]
PATTERNS = [f"{word}[_=](?P<secret>[0-9a-f]{{{8 + n}}})" for n, word in enumerate(WORDS)]
OWN = ["mine:(?P<secret>[A-Z]{9})", r"(?P<secret>your[0-9]{6})"]


def rule(pattern: str) -> Rule:
    return Rule(id="a.b", name="", description="", severity="low", confidence="low", pattern=pattern)


def text(seed: int) -> bytes:
    r = random.Random(seed)
    lines = [
        f"{r.choice(WORDS)}{r.choice('_=')}{r.getrandbits(96):024x} {r.choice(['', 'mine:ABCDEFGHI', 'your123456'])}"
        for _ in range(40)
    ]
    return "\n".join(lines).encode() + b'\nx = "QUtJQ' + b"A" * 40 + b'"\n'


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with an automaton of `PATTERNS`."""
    pytest.importorskip("hyperscan")
    directory = tmp_path_factory.mktemp("prebuilt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEAKSCAN_CACHE_DIR", str(directory))
        automaton.prebuild([[rule(p) for p in PATTERNS]], literals)
    return directory


@pytest.fixture
def prebuilt(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in use."""
    copy = shutil.copytree(directory, tmp_path / "cache")
    monkeypatch.setenv("LEAKSCAN_CACHE_DIR", str(copy))
    return copy


CASES = {
    "a few left out": [p for n, p in enumerate(PATTERNS) if n % 5],
    "another order": PATTERNS[::-1],
    "one twice": [*PATTERNS, PATTERNS[3]],
    "some of one's own": [OWN[0], *PATTERNS[:7], OWN[1], *PATTERNS[9:]],
}


@pytest.mark.parametrize("patterns", CASES.values(), ids=CASES)
def test_it_says_what_one_of_their_own_says(prebuilt: Path, patterns: list[str]) -> None:
    rules = [rule(p) for p in patterns]
    several = automaton.build(rules, literals, "quick")
    assert isinstance(several, Several)
    own = automaton.part(rules, literals, __import__("hyperscan"))
    for seed in range(8):
        content = text(seed)
        hits = several.hits(content)
        assert starts(content, hits, *several.table) == starts(content, own.hits(content), *own.table)
        marks = [mark for mark in LiteralSearch(()).marks.hits(content) if mark[0] < len(MARKS)]
        assert sorted({(n - len(rules), end) for n, end in hits if n >= len(rules)}) == sorted(set(marks))
        assert any(n >= len(rules) for n, _ in hits)


@pytest.mark.parametrize(
    "patterns",
    [PATTERNS[:5], [*PATTERNS, *(f"other{n}(?P<secret>[0-9]{{9}})" for n in range(70))]],
    ids=["too few are wanted", "too many are new"],
)
def test_where_it_does_not_pay_one_of_their_own_is_compiled(prebuilt: Path, patterns: list[str]) -> None:
    assert isinstance(automaton.build([rule(p) for p in patterns], literals, "full"), Vectorised)


def test_exactly_what_was_prebuilt_is_taken_as_it_is(prebuilt: Path) -> None:
    assert isinstance(automaton.build([rule(p) for p in PATTERNS], literals, "quick"), Vectorised)


def test_an_index_of_what_is_not_there_is_of_no_use(prebuilt: Path) -> None:
    for file in prebuilt.glob("automaton-*"):
        file.write_bytes(b"broken")
    assert isinstance(automaton.build([rule(p) for p in PATTERNS[1:]], literals, "full"), Vectorised)
