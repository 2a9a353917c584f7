"""What a purge asks of the kernel: the compiled one and its twin say the same of generated packs, and it is right."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.git import kernel, purge_twin
from leakscan.git.buffer import Buffer
from leakscan.git.pack import Pack, make_index
from leakscan.git.steps import LARGEST, POSITION, column, positions
from leakscan.purge import rewrite_text
from leakscan.purge.pack_writer import PackWriter

try:
    from leakscan.git import _purge as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

MODULES: list[Any] = [purge_twin, *([compiled] if compiled is not None else [])]
OLD = [bytes([n]) * 20 for n in range(1, 5)]


def digest(data: Buffer) -> bytes:
    raw = bytes(data)
    return hashlib.sha1(b"tree %d\0" % len(raw) + raw).digest()


def packed(directory: Path, objects: list[bytes]) -> Pack:
    """Trees, deltas of one another where they resemble the one before."""
    path = directory / f"p{len(list(directory.iterdir()))}.pack"
    writer = PackWriter(bytes(path), 20)
    for raw in objects:
        writer.add("tree", raw, "tree")
    writer.close()
    return Pack(bytes(path), 20, make_index(list(writer.offsets.items()), 20))


def tree(rows: list[tuple[bytes, bytes, bytes]]) -> bytes:
    return b"".join(mode + b" " + name + b"\0" + oid for mode, name, oid in rows)


modes = st.sampled_from(
    [b"100644", b"40000", b"120000", b"160000", b"100755", b"040000", b"100664", b"0160000"]
)
names = st.sampled_from(
    [b"a", b"a.b", b"a-", b"a0", b"ab", b".git", b".GIT\xe2\x80\x8c", b"x~1", b"b\\c", b"d" * 60, b".."]
)
rows = st.lists(st.tuples(modes, names, st.sampled_from([*OLD, bytes(20)])), max_size=9)


def in_order(some: list[tuple[bytes, bytes, bytes]]) -> list[tuple[bytes, bytes, bytes]]:
    return sorted(some, key=lambda row: row[1] + b"/" * (row[0].lstrip(b"0") == b"40000"))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs")


long = st.lists(
    st.tuples(st.just(b"100644"), st.integers(100, 140).map(b"n%d".__mod__), st.sampled_from(OLD)), min_size=9
)


@given(st.lists(st.tuples(rows, long, st.booleans()), min_size=1, max_size=5))
def test_unsound_trees(directory: Path, drawn: list[tuple[Any, Any, bool]]) -> None:
    trees = [tree(in_order([*few, *many]) if ordered else [*few, *many]) for few, many, ordered in drawn]
    if not drawn[0][2]:
        trees.append(trees[0][:-1])
    pack = packed(directory, trees)
    steps = pack.steps(pack.plan().trees)
    other = make_index([(oid, 12 + n) for n, oid in enumerate(OLD[:3])], 20)
    kinds = (bytes([2]) * pack.count, bytes([2, 3, 1]))
    said = [
        module.unsound(pack.data, steps, 20, (pack.index, other), kinds, digest, 7, LARGEST)
        for module in MODULES
    ]
    for wrong, bad, odd, unknown in said:
        assert wrong == b""
        assert set(memoryview(bad).cast("I")) <= set(memoryview(said[0][1]).cast("I"))
        assert bool(bad) == bool(said[0][1])
        assert parts(odd) == parts(said[0][2])
        assert split(unknown, 21) == split(said[0][3], 21)
    pack.close()


def parts(odd: bytes) -> set[bytes]:
    """The entries, whichever tree they were first seen in."""
    found, at = set(), 0
    while at < len(odd):
        (size, _) = struct.unpack_from("=II", odd, at)
        found.add(odd[at + 8 : at + 8 + size])
        at += 8 + size
    return found


def split(data: bytes, size: int) -> set[bytes]:
    return {data[at : at + size] for at in range(0, len(data), size)}


def test_a_tree_that_is_not_what_its_id_says(directory: Path) -> None:
    pack = packed(directory, [tree([(b"100644", b"a", OLD[0])])])
    for module in MODULES:
        wrong, *_ = module.unsound(
            pack.data,
            pack.steps(pack.plan().trees),
            20,
            (pack.index,),
            (b"\2",),
            lambda data: bytes(20),
            7,
            LARGEST,
        )
        assert list(memoryview(wrong).cast("I")) == [0]
    pack.close()


@pytest.mark.parametrize(
    ("some", "sound"),
    [
        ([(b"100644", b"a", OLD[0]), (b"100644", b"a.b", OLD[0]), (b"40000", b"a", OLD[0])], False),
        ([(b"40000", b"a", OLD[0]), (b"100644", b"a.b", OLD[0])], False),
        ([(b"100644", b"a.b", OLD[0]), (b"40000", b"a", OLD[0])], True),
        ([(b"100644", b"a", OLD[0]), (b"100644", b"a", OLD[1])], False),
    ],
)
def test_order(directory: Path, some: list[tuple[bytes, bytes, bytes]], sound: bool) -> None:
    pack = packed(directory, [tree(some)])
    for module in MODULES:
        _, bad, _, _ = module.unsound(
            pack.data, pack.steps(pack.plan().trees), 20, (pack.index,), (b"\2",), digest, 7, LARGEST
        )
        assert (not bad) == sound
    pack.close()


@given(
    st.lists(st.lists(st.tuples(st.integers(100, 140), st.sampled_from(OLD)), min_size=9), min_size=1, max_size=6),
    st.sets(st.sampled_from(OLD), min_size=1), st.data(),
)  # fmt: skip
def test_patched(
    directory: Path, drawn: list[list[tuple[int, bytes]]], old: set[bytes], data: st.DataObject
) -> None:
    trees = [tree([(b"100644", b"n%d" % n, oid) for n, oid in sorted(dict(some).items())]) for some in drawn]
    pack = packed(directory, trees)
    steps = pack.steps(pack.plan().trees)
    wanted = data.draw(st.lists(st.sampled_from([1, 3]), min_size=pack.count, max_size=pack.count))
    exchanged = {oid: oid[::-1].replace(oid[:1], b"\xee") for oid in old}
    said = []
    for module in MODULES:
        ids = dict(exchanged)
        offsets: dict[bytes, int] = {}
        table = kernel.table(b"".join(exchanged), 20, (), 9)
        entries = module.patched(
            pack.data, pack.index, steps, bytes(wanted), 20, table, 9, ids, offsets, 12, digest, compress
        )
        said.append((entries, ids, offsets))
    assert all(one == said[0] for one in said)
    entries, ids, offsets = said[0]
    path = directory / f"p{len(list(directory.iterdir()))}.pack"
    body = struct.pack(">4sII", b"PACK", 2, len(offsets)) + entries
    path.write_bytes(body + hashlib.sha1(body).digest())
    new = Pack(bytes(path), 20, make_index(list(offsets.items()), 20))
    made = kernel.unpack_all(new.data, new.steps(new.plan().trees), LARGEST)
    there = {new.oid(at): raw for at, raw in zip(positions(new.plan().trees), made, strict=True)}
    for number, position in enumerate(column(steps, POSITION)):
        if wanted[number] & 2:
            before = next(raw for raw in trees if digest(raw) == pack.oid(position))
            after = b"".join(
                before[at : at + 12] + exchanged.get(before[at + 12 : at + 32], before[at + 12 : at + 32])
                for at in range(0, len(before), 32)
            )
            assert ids[pack.oid(position)] == digest(after)
            assert after == before or there[digest(after)] == after
    pack.close()
    new.close()


def compress(data: Buffer) -> bytes:
    return zlib.compress(bytes(data), 1)


@given(st.lists(st.binary(min_size=20, max_size=20), unique=True, max_size=30), st.data())
def test_ordered(ids: list[bytes], data: st.DataObject) -> None:
    offsets = data.draw(st.permutations([12 + 9 * n for n in range(len(ids))]))
    some = [
        (oid, offset << (31 if data.draw(st.booleans()) else 0))
        for oid, offset in zip(ids, offsets, strict=True)
    ]
    omit = data.draw(st.lists(st.sampled_from(ids), max_size=5)) if ids else []
    index = make_index(some, 20)
    expected = b"".join(oid for oid, _ in sorted(some, key=lambda row: (row[1], row[0])) if oid not in omit)
    for module in MODULES:
        assert module.ordered(index, b"".join(omit), 20) == expected


TEXTS = [
    b"tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nm\n",
    b"tree %s\nparent %s\nparent %s\nauthor A B <> 1234567890 -0130\ncommitter  <x> 0 +0000\nHG:extra b\n\n 0123abc. \n",
    b"tree %s\nparent %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\ngpgsig x\n y\n\nm",
    b"tree %s\nparent %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\nmergetag object\n x\n y\nz z\n\nabcdef1",
    b"tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\ngpgsig-sha256 x\n y\ngpgsigs z\ngpgsig\n\nm",
    b"tree %s\ngpgsig x\n y",
    b"tree %s\nauthor A<a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx0123456 01234567_ 0123ABC",
    b"tree %s\nauthor A <a@b> 01 +0000\ncommitter A <a@b> 1 +0000\n\n" + b"1" * 65,
    b"tree %s\nauthor A <a@b> 1 +00000\ncommitter A <a@b> 1 +0000\n\n" + b"1" * 64,
    b"tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 99999999999 +0000\n\n\ngpgsig x",
    b"tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n",
    b"tree %s\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n\0",
    b"tree %s\nparent x\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n",
    b"tree %s\nparent %s",
    b"tree \n\n",
    b"",
]


@given(st.sampled_from(TEXTS), st.sampled_from([20, 32]), st.data())
def test_commits(text: bytes, size: int, data: st.DataObject) -> None:
    oids = [bytes([n + 1]) * size for n in range(text.count(b"%s"))]
    raw = text % tuple(oid.hex().encode() for oid in oids)
    cut = data.draw(st.integers(0, len(raw)) | st.just(len(raw)))
    raw = raw[:cut] + data.draw(st.sampled_from([b"", b"", b"\n", b"\0", b"F", b"parent "])) + raw[cut:]
    commits = {oid: bytes([200]) * size for oid in oids[1:2]}
    tree = bytes([9]) * size
    said = [
        (
            module.links(raw, size),
            module.links(raw, size, True),
            module.relinked(raw, tree, commits, size),
            module.quotes(raw),
        )
        for module in MODULES
    ]
    assert all(one == said[0] for one in said)
    ids, plain, new, _ = said[0]
    assert plain in (None, ids)
    if new is not None and ids is not None:
        parents = [ids[at : at + size] for at in range(size, len(ids), size)]
        made, signatures, mergetags = new
        assert kernel.links(made, size) == b"".join((tree, *(commits.get(oid, oid) for oid in parents)))
        assert (len(made) == len(raw)) == (signatures + mergetags == 0)
        assert not rewrite_text.is_signed(made, "commit")


@pytest.mark.parametrize(
    ("number", "plain"), [(0, True), (1, True), (2, True), (4, True), *((n, False) for n in range(5, 13))]
)
def test_commits_that_git_might_find_fault_with(number: int, plain: bool) -> None:
    text = TEXTS[number]
    raw = text % ((b"1" * 40,) * text.count(b"%s"))
    assert (kernel.links(raw, 20, True) is not None) == plain
