"""What the path of a finding says about it."""

from __future__ import annotations

import pytest

from leakscan.filters.places import reason
from leakscan.model.rule import Rule


def rule(*, generic: bool = False, paths: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Rule:
    return Rule(
        id="a.b", name="", description="", severity="low", confidence="low", pattern="x", generic=generic, paths=paths,
        exclude_paths=exclude,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of", "path", "stands"),
    [
        (rule(), b"a/b.py", True),
        (rule(), None, True),
        (rule(paths=("*.ini",)), b"a/b.ini", True),
        (rule(paths=("*.ini",)), b"a/b.py", False),
        (rule(paths=("*.ini",)), None, False),
        (rule(exclude=("test/",)), b"test/b.py", False),
        (rule(generic=True), b"sub/.secrets.baseline", False),
        (rule(generic=True), b".gitleaksignore", False),
        (rule(generic=True), b"gitleaksignore", True),
        (rule(), b".secrets.baseline", True),
    ],
)
def test_places(of: Rule, path: bytes | None, stands: bool) -> None:
    assert (reason(of, path) is None) == stands
