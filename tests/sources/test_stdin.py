"""Standard input."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from planted import MARK, read

from leakscan.model.origin import StdinOrigin
from leakscan.sources.stdin import StdinSource

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def put(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    return put


def test_text(piped: Callable[[bytes], None]) -> None:
    piped(MARK)
    assert read(StdinSource()).origins() == [StdinOrigin()]


@pytest.mark.parametrize(("data", "why"), [(b"\0\1\2", "binary"), (b"123456", "too-large")])
def test_what_is_not_scanned_is_said(piped: Callable[[bytes], None], data: bytes, why: str) -> None:
    piped(data)
    assert read(StdinSource(max_size=5)).why() == {"standard input": why}
