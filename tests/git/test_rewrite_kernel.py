"""What rewriting asks of the kernel: the compiled one and its twin do the same, and what they make is right."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.git import kernel, kernel_twin
from leakscan.git import rewrite_twin as twin

try:
    from leakscan.git import _kernel as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

MODULES = [twin, *([compiled] if compiled is not None else [])]

Row = tuple[bytes, bytes, bytes]


@st.composite
def trees(draw: st.DrawFn) -> tuple[int, list[Row]]:
    """The size of an id, and entries. Few ids and names, so that many are looked for."""
    size = draw(st.sampled_from([20, 32]))
    modes = st.sampled_from([b"100644", b"40000", b"120000", b"160000", b"100755", b"040000"])
    names = st.binary(min_size=1, max_size=12).map(lambda name: name.replace(b"\0", b" "))
    ids = st.sampled_from([bytes([n]) * size for n in range(6)]) | st.binary(min_size=size, max_size=size)
    return size, draw(st.lists(st.tuples(modes, names, ids), max_size=12))


def raw(rows: list[Row]) -> bytes:
    return b"".join(mode + b" " + name + b"\0" + oid for mode, name, oid in rows)


@given(trees(), st.integers(0, 2**64 - 1), st.booleans(), st.data())
def test_the_entries_that_are_looked_for(
    tree: tuple[int, list[Row]], seed: int, named: bool, data: st.DataObject
) -> None:
    size, rows = tree
    ids = data.draw(st.lists(st.sampled_from([row[2] for row in rows]), max_size=4)) if rows else []
    names = tuple(data.draw(st.lists(st.sampled_from([row[1] for row in rows]), max_size=3)) if rows else ())
    expected: list[Any] = []
    at = 0
    for mode, name, oid in rows:
        at += len(mode) + len(name) + 2
        if oid in ids or (named and name in names):
            expected.append((mode, name, oid, at))
        at += size
    tables = {module.table(b"".join(ids), size, names, seed) for module in MODULES}
    assert len(tables) == 1
    for module in MODULES:
        found = module.entries(raw(rows), size, next(iter(tables)), seed, named)
        assert found == expected


@given(trees(), st.data())
def test_in_what_two_trees_differ(tree: tuple[int, list[Row]], data: st.DataObject) -> None:
    size, rows = tree
    changed = [
        (mode, name, data.draw(st.sampled_from([oid, bytes(size), b"\xff" * size])))
        for mode, name, oid in rows
    ]
    expected = [(*row, other[2]) for row, other in zip(rows, changed, strict=True) if row != other]
    for module in MODULES:
        assert module.differing(raw(rows), raw(changed), size) == expected
        assert module.differing(raw(rows), raw([*changed, (b"100644", b"more", bytes(size))]), size) is None
        if rows:
            renamed = [(rows[0][0], rows[0][1][:-1] + b"\xfe", rows[0][2]), *rows[1:]]
            same = rows[0][1].endswith(b"\xfe")
            assert module.differing(raw(rows), raw(renamed), size) == ([] if same else None)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    "tree", [b"x", b"100644 a\0short", b"100644 \0" + bytes(20), b"12345678 a\0" + bytes(20)]
)
def test_malformed_trees_are_refused(module: Any, tree: bytes) -> None:
    with pytest.raises(ValueError, match="malformed"):
        module.entries(tree, 20, module.table(b"", 20, (), 1), 1)
    with pytest.raises(ValueError, match="malformed"):
        module.differing(tree, tree, 20)


@given(
    st.lists(st.binary(max_size=40) | st.integers(8, 70_000).map(bytes), max_size=5),
    st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=9)), max_size=6),
    st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 90_000), st.integers(0, 90_000)), max_size=3),
)
def test_a_delta_along_ranges_makes_its_target_whatever_they_are(
    pieces: list[bytes], order: list[tuple[int, bytes]], noise: list[tuple[int, int, int]]
) -> None:
    base = b"".join(pieces)
    starts = [sum(map(len, pieces[:n])) for n in range(len(pieces))]
    data, ranges = b"", []
    for number, between in order:
        if number < len(pieces):
            ranges.append((starts[number], len(data), len(pieces[number])))
            piece = bytearray(pieces[number])
            if len(piece) > 20 and between:
                piece[10 : 10 + len(between)] = between  # what the range says is not quite true
            data += bytes(piece[: len(pieces[number])])
        data += between
    packed = b"".join(struct.pack("=3I", *row) for row in sorted(ranges + noise, key=lambda row: row[1]))
    made = {module.along(base, data, packed) for module in MODULES}
    assert len(made) == 1
    assert kernel_twin.delta(base, made.pop(), 0, 1 << 30)[0] == data


def test_what_is_alike_is_copied_around_what_is_not() -> None:
    base = bytes(range(256)) * 20
    data = base[:1000] + b"\xff" * 20 + base[1020:]
    made = kernel.along(base, data, struct.pack("=3I", 0, 0, len(base)))
    assert len(made) < 50
    assert kernel.delta(base, made, 0, 1 << 30)[0] == data
