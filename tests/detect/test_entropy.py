"""Shannon entropy: known values and bounds."""

from __future__ import annotations

from math import isclose, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.detect.entropy import shannon


@pytest.mark.parametrize(
    ("data", "bits"),
    [
        (b"", 0.0),
        (b"a", 0.0),
        (b"aaaa", 0.0),
        (b"ab", 1.0),
        (b"abcd", 2.0),
        (b"aabb", 1.0),
        (b"aaab", 0.8112781244591328),
    ],
)
def test_known(data: bytes, bits: float) -> None:
    assert isclose(shannon(data), bits)


def test_all_bytes() -> None:
    assert isclose(shannon(bytes(range(256)) * 3), 8.0)


@given(st.binary(max_size=700))
def test_bounds_and_order(data: bytes) -> None:
    bits = shannon(data)
    assert 0.0 <= bits <= log2(max(1, len(set(data)))) + 1e-9
    assert isclose(bits, shannon(bytes(sorted(data))), abs_tol=1e-9)
