"""Confirming what may match, where the rules are read only as they are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leakscan.detect.confirm import Confirm
from leakscan.detect.everywhere import Everywhere
from leakscan.rulepack.width import measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakscan.detect.confirm import Timeout
    from leakscan.model.match import Match

TEXT = b"a token"


class Asked(Everywhere):
    """Remembers which rules are asked for matches."""

    def __init__(self) -> None:
        super().__init__(())
        self.rules: list[int] = []

    def matches(self, rule: int, text: bytes, spans: Iterable[tuple[int, int]]) -> tuple[list[Match], bool]:
        self.rules.append(rule)
        return [], rule == 1


@pytest.mark.parametrize("what", ["all", "standing", "touching"])
def test_a_rule_that_can_start_nowhere_is_not_read(what: str) -> None:
    asked = Asked()
    confirm = Confirm(asked, lambda rule, text, match: True, [measure("x")] * 3)
    timeouts: list[Timeout] = []
    spans = {0: (), 1: ((0, 2),), 2: ()}
    if what == "touching":
        confirm.touching(TEXT, spans, [(0, len(TEXT))], timeouts)
    else:
        getattr(confirm, what)(TEXT, spans, timeouts)
    assert asked.rules == [1]
    assert [timeout.rule for timeout in timeouts] == [1]
