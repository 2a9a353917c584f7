"""The rules that leakscan comes with: all of them read, lint and find what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from leakscan.cli.trial import Trial
from leakscan.detect.checks import CHECKS
from leakscan.detect.checksum import CHECKSUMS
from leakscan.model.document import read
from leakscan.model.errors import Problem
from leakscan.rulepack.check import check
from leakscan.rulepack.compose import compose
from leakscan.rulepack.lint import Known, lint
from leakscan.rulepack.load import builtin_directory, pack_files
from leakscan.rulepack.schema import Definition
from leakscan.rulepack.width import NEAR, anchors, measure


@pytest.fixture(scope="module")
def definitions() -> list[Definition]:
    return compose(pack_files((), builtin=True))


def test_there_are_enough(definitions: list[Definition]) -> None:
    assert len(definitions) >= 150


def test_they_read_the_same_where_yaml_has_no_compiled_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {path.name: path.read_bytes() for path in sorted(Path(builtin_directory()).rglob("*.yaml"))}
    problems: list[Problem] = []
    compiled = {name: read(text, name, problems) for name, text in texts.items()}
    monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    assert {name: read(text, name, problems) for name, text in texts.items()} == compiled
    assert problems == []


def test_they_find_their_examples_and_leave_their_counterexamples_alone(
    definitions: list[Definition],
) -> None:
    failures = check(definitions, Trial(d.rule for d in definitions))
    assert [str(f) for f in failures] == []


def test_the_linter_finds_no_error(definitions: list[Definition]) -> None:
    found = lint(definitions, known=Known(CHECKS, CHECKSUMS), thorough=False)
    assert [str(r) for r in found if r.level == "error"] == []


def test_shapes_put_together_are_those_of_the_whole(definitions: list[Definition]) -> None:
    for d in definitions[::7]:
        assert d.prepared.shape == measure(d.rule.pattern), d.rule.id


def test_far_rules_are_anchored(definitions: list[Definition]) -> None:
    for d in definitions:
        if d.prepared.shape.max_len > NEAR:
            assert min(map(len, anchors(d.rule.pattern)), default=0) >= 5, d.rule.id


def test_no_token_is_written_out() -> None:
    """Examples are templates: no vendor's rule finds a token in the packs themselves."""
    from leakscan.api import ScanOptions, scan

    result = scan(
        ScanOptions(paths=(str(builtin_directory()),), confidence="high", inline_allow=False, jobs=1)
    )
    assert [(f.rule.id, f.places[0].path, f.places[0].line) for f in result.findings] == []
