"""What the secret's groups of a pattern hold."""

from __future__ import annotations

import pytest

from leakscan.rulepack.groups import secret_parts

PARTS = [
    (r"acme_(?P<secret>[0-9a-f]{8})\b", [("[0-9a-f]{8}", True)]),
    (r"(?i:acme)=(?P<secret>a(?:b|[)(]c)\))", [(r"a(?:b|[)(]c)\)", True)]),
    (r"(?i:acme=(?P<secret>[a-f]{8}))", [("[a-f]{8}", False)]),
    (r"(?:x(?P<secret>[]a]{4})|y(?P<secret2>[^]b]{4}))", [("[]a]{4}", True), ("[^]b]{4}", True)]),
    (r"\(?P<secret>", []),
    (r"acme_[0-9]{4}", []),
]


@pytest.mark.parametrize(("pattern", "parts"), PARTS)
def test_parts(pattern: str, parts: list[tuple[str, bool]]) -> None:
    assert secret_parts(pattern) == parts
