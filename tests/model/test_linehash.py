"""GitHub's line hash, against the algorithm written down plainly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.model.linehash import LineHashes, line_hash
from leakscan.model.lines import FEW


def plainly(text: bytes) -> list[str]:
    """The hashes of all lines: every code unit one by one, as the rolling hash sees them."""
    chars = text.decode("utf-8", "replace")
    raw = chars.encode("utf-16-le", "surrogatepass")
    units = [int.from_bytes(raw[i : i + 2], "little") for i in range(0, len(raw), 2)]
    kept: list[int] = []
    starts: list[int] = []
    at_start, after_cr = True, False
    for unit in [*units, 0xFFFF]:
        if unit in (0x20, 0x09) or (after_cr and unit == 0x0A):
            after_cr = False
            continue
        after_cr = unit == 0x0D
        if after_cr:
            unit = 0x0A
        if at_start:
            starts.append(len(kept))
        at_start = unit == 0x0A
        kept.append(unit)
    kept += [0] * 100
    seen: dict[int, int] = {}
    hashes = []
    for start in starts:
        value = sum(unit * 37 ** (99 - i) for i, unit in enumerate(kept[start : start + 100])) % 2**64
        seen[value] = seen.get(value, 0) + 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


PIECES = st.sampled_from(
    [
        b"a",
        b"b",
        b" ",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b"ab\n",
        "é".encode(),
        "\U0001f511".encode(),
        b"\xff",
        b"x" * 40,
    ]
)


@given(st.lists(PIECES, max_size=60).map(b"".join))
def test_every_line_hashes_as_the_plain_algorithm_says(text: bytes) -> None:
    expected = plainly(text)
    assert [line_hash(text, n + 1) for n in range(len(expected))] == expected
    hashes = LineHashes(text)
    assert [hashes.of(n + 1) for n in [*range(len(expected))] * 9] == expected * 9


def test_an_empty_file_has_the_hash_that_code_scanning_gives_it() -> None:
    assert line_hash(b"", 1) == "c129715d7a2bc9a3:1"


def test_equal_lines_are_numbered() -> None:
    text = b"same\n" * 40
    assert [line_hash(text, n).split(":")[1] for n in (1, 2, 3)] == ["1", "2", "3"]
    assert len({line_hash(text, n).split(":")[0] for n in (1, 2, 3)}) == 1


@pytest.mark.parametrize("text", [b" key = 1\n", b"key=1\r\n", b"\tkey\t= 1\r"])
def test_reindenting_and_line_ends_change_nothing(text: bytes) -> None:
    assert line_hash(text, 1) == line_hash(b"key=1\n", 1)


@pytest.mark.parametrize("line", [0, -1, 3])
def test_a_line_that_is_not_there_is_an_error(line: int) -> None:
    hashes = LineHashes(b"one\ntwo")
    for _ in range(FEW + 2):
        with pytest.raises(ValueError):
            hashes.of(line)
