"""The library as docs/api.md describes it."""

from __future__ import annotations

from pathlib import Path

import pytest

import leakscan
from leakscan.rulepack.template import fill


def test_what_a_scan_gives(tmp_path: Path) -> None:
    secret = fill("{github-token:ghp_}", "api")
    (tmp_path / "a.env").write_text(f"T={secret}\n")
    steps: list[tuple[int, int]] = []
    options = leakscan.ScanOptions(paths=(str(tmp_path),))
    result = leakscan.scan(options, progress=lambda done, total: steps.append((done, total)))
    (finding,) = result.findings
    assert isinstance(result, leakscan.ScanResult)
    assert isinstance(finding, leakscan.Finding)
    assert isinstance(finding.places[0], leakscan.Place)
    assert (finding.rule.id, finding.places[0].path, finding.places[0].line) == (
        "github.pat-classic",
        b"a.env",
        1,
    )
    assert finding.secret.reveal() == secret.encode()
    assert secret not in f"{finding.secret} {finding!r} {result!r}"
    assert steps[-1] == (len(steps), len(steps))
    assert not result.incomplete


def test_what_it_cannot_do_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(leakscan.LeakscanError, match="not a git repository"):
        leakscan.scan(leakscan.ScanOptions(paths=(str(tmp_path),), history=True))


def test_it_has_what_it_lists_and_nothing_else() -> None:
    for name in leakscan.__all__:
        assert getattr(leakscan, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'unheard_of'"):
        leakscan.unheard_of  # noqa: B018
