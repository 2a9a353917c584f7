"""Windows that are none of a text are refused by whatever takes windows, compiled or not, before anything is done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.detect import _blocks, _places, blocks_twin, places_twin
from leakscan.detect.blocks_twin import SECRET, SLOT

Taking = Callable[[bytes, Any], object]
TEXT = b"some text\n" * 9
NEED = (3).to_bytes(4, sys.byteorder)


def looking(module: Any) -> Taking:
    def look(text: bytes, windows: Any) -> object:
        table = bytearray(SLOT * 64)
        try:
            return module.look(text, windows, 8, bytes(SECRET), table, 32)
        except ValueError:
            assert not any(table)
            raise

    return look


def clipping(module: Any) -> Taking:
    return lambda text, windows: module.fresh({0: [(0, len(text))]}, windows, NEED, len(text), 12, 4)


TAKING = [looking(_blocks), looking(blocks_twin), clipping(_places), clipping(places_twin)]
takers = pytest.mark.parametrize("take", TAKING, ids=["blocks", "blocks twin", "places", "places twin"])


@takers
@pytest.mark.parametrize(
    "windows",
    [
        ((2, 1),),
        ((-1, 1),),
        ((0, -1),),
        ((0, len(TEXT) + 1),),
        ((len(TEXT) + 1, len(TEXT) + 1),),
        ((0, 5), (4, 9)),
        ((5, 9), (0, 4)),
        ((0, 4), (6, 9), (7, 8)),
        ((0, 1 << 70),),
    ],
    ids=str,
)
def test_what_is_no_window_is_refused(take: Taking, windows: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="malformed"):
        take(TEXT, windows)


@takers
@pytest.mark.parametrize("windows", [((1,),), ((1, 2, 3),)], ids=str)
def test_what_is_no_pair_is_refused(take: Taking, windows: object) -> None:
    with pytest.raises(ValueError):
        take(TEXT, windows)


@pytest.mark.parametrize("take", [TAKING[0], TAKING[2]], ids=["blocks", "places"])
@pytest.mark.parametrize("windows", [(3,), (None,), (("0", "1"),), ((0.0, 1.0),), ([0, 1],)], ids=str)
def test_what_python_would_not_take_either_is_refused(take: Taking, windows: object) -> None:
    """The compiled ones look into what they are given: whatever it is, they say so and do not crash."""
    with pytest.raises(ValueError, match="malformed"):
        take(TEXT, windows)


@takers
@pytest.mark.parametrize("windows", [(), ((0, len(TEXT)),), ((0, 0), (0, 4), (4, 4), (4, 9))], ids=str)
def test_windows_may_be_none_or_all_empty_or_touch(
    take: Taking, windows: tuple[tuple[int, int], ...]
) -> None:
    take(TEXT, windows)


@given(st.lists(st.tuples(st.integers(-2, 12), st.integers(-2, 12)), max_size=4), st.binary(max_size=10))
def test_all_refuse_the_same(windows: list[tuple[int, int]], text: bytes) -> None:
    said = set()
    for take in TAKING:
        try:
            take(text, tuple(windows))
            said.add("taken")
        except ValueError:
            said.add("refused")
    assert len(said) == 1


@pytest.mark.parametrize("module", [_places, places_twin])
@pytest.mark.parametrize("numbers", [(-1, 12, 4), (9, -1, 4), (9, 12, -1)], ids=str)
def test_sizes_below_zero_are_refused(module: Any, numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="malformed"):
        module.fresh({}, (), NEED, *numbers)
