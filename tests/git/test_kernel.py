"""The compiled kernel and its Python twin do the same, whatever they are given."""

from __future__ import annotations

import random
import struct
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from histories import pack, random_history
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscan.git import kernel_twin as twin
from leakscan.git import steps as steps_of
from leakscan.git.objects import ObjectStore
from leakscan.git.steps import LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

try:
    from leakscan.git import _kernel as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

needs_kernel = pytest.mark.skipif(compiled is None, reason="the kernel was not compiled")


def varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def copy(start: int, length: int) -> bytes:
    op, tail = 128, bytearray()
    for i in range(4):
        if start >> 8 * i & 255:
            op |= 1 << i
            tail.append(start >> 8 * i & 255)
    if length != 0x10000:
        for i in range(3):
            if length >> 8 * i & 255:
                op |= 16 << i
                tail.append(length >> 8 * i & 255)
    return bytes([op, *tail])


@st.composite
def deltas(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A base, a sound delta, and its target."""
    base = draw(st.binary(max_size=300)) * draw(st.sampled_from([1, 1, 3, 300]))
    target, body = b"", b""
    for _ in range(draw(st.integers(0, 8))):
        if base and draw(st.booleans()):
            start = draw(st.integers(0, len(base) - 1))
            length = draw(st.integers(1, min(len(base) - start, 0x10000)))
            body += copy(start, length)
            target += base[start : start + length]
        else:
            new = draw(st.binary(min_size=1, max_size=127))
            body += bytes([len(new)]) + new
            target += new
    return base, varint(len(base)) + varint(len(target)) + body, target


def outcome(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    except (ValueError, OverflowError) as error:
        return type(error)


@settings(deadline=None)
@given(deltas(), st.integers(0, 40))
def test_a_delta_gives_its_target_and_what_is_new_in_it(
    made: tuple[bytes, bytes, bytes], context: int
) -> None:
    base, delta, target = made
    text, packed, windows = twin.delta(base, delta, context, 1 << 30)
    assert text == target
    copies = list(struct.iter_unpack("=3I", packed))
    copied = [-1] * len(target)
    for base_start, start, length in copies:
        assert target[start : start + length] == base[base_start : base_start + length]
        assert copied[start : start + length] == [-1] * length
        copied[start : start + length] = range(base_start, base_start + length)
    for (_, start, length), (_, following, _) in pairwise(copies):
        assert start + length <= following
    # A place between two bytes is a seam when what is on its sides is not side by side in the base.
    around = [-1, *copied, len(base)]
    seams = {i for i in range(len(target) + 1) if around[i] + 1 != around[i + 1]}
    new = {i for i, at in enumerate(copied) if at < 0}
    expected = {
        i
        for i in range(len(target))
        if any(i + d in new for d in range(-context, context + 1))
        or any(s - context <= i < s + context for s in seams)
    }
    assert {i for start, end in windows for i in range(start, end)} == expected
    assert all(a[1] < b[0] for a, b in pairwise(windows))
    assert all(start < end for start, end in windows)


@needs_kernel
@settings(deadline=None)
@given(deltas(), st.integers(0, 1 << 33), st.data())
def test_kernel_and_twin_agree_on_deltas(
    made: tuple[bytes, bytes, bytes], context: int, data: st.DataObject
) -> None:
    base, delta, target = made
    broken = bytearray(delta)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(broken)))
        broken[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    limit = data.draw(st.sampled_from([1 << 40, len(target), max(len(target) - 1, 0)]))
    for some in (delta, bytes(broken)):
        assert outcome(compiled.delta, base, some, context, limit) == outcome(
            twin.delta, base, some, context, limit
        )
        packed = b"xx" + zlib.compress(some) + b"yy"
        args = (packed, 2, len(some), base, context, limit)
        assert outcome(compiled.unpack, *args) == outcome(twin.unpack, *args)


@needs_kernel
@pytest.mark.parametrize(
    "delta",
    [b"", b"\x80", b"\x00", b"\x00\x00", b"\x00\x80", b"\xff" * 12, b"\x00" + b"\xff" * 8 + b"\x01", b"\x00\x05\x00",
     b"\x00\x01\x05abc", b"\x00\x01\x90\x01", b"\x00\xff\xff\xff\xff\x0f", b"\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff"],
)  # fmt: skip
def test_malformed_deltas_are_refused_alike(delta: bytes) -> None:
    theirs = outcome(twin.delta, b"", delta, 5, 1 << 62)
    assert outcome(compiled.delta, b"", delta, 5, 1 << 62) == theirs
    assert theirs in (ValueError, OverflowError) or theirs == (b"", b"", ())


def contents() -> st.SearchStrategy[bytes]:
    """From incompressible to very repetitive."""
    return st.one_of(
        st.binary(max_size=2000),
        st.builds(lambda piece, n: piece * n, st.binary(min_size=1, max_size=40), st.integers(1, 4000)),
        st.builds(
            lambda seed, n, k: bytes(random.Random(seed).choices(range(k), k=n)),
            st.integers(0, 1 << 30), st.integers(0, 70000), st.sampled_from([1, 2, 5, 40, 256]),
        ),
    )  # fmt: skip


@needs_kernel
@settings(deadline=None)
@given(
    contents(),
    st.integers(-1, 9),
    st.sampled_from([zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED, zlib.Z_RLE]),
)
def test_inflate(data: bytes, level: int, strategy: int) -> None:
    packer = zlib.compressobj(level, zlib.DEFLATED, 15, 8, strategy)
    packed = packer.compress(data) + packer.flush()
    for module in (compiled, twin):
        assert module.inflate(b"1" + packed + b"2", 1, len(data)) == data
        assert module.inflate(packed, 0, len(data) // 2, True) == data[: len(data) // 2]
        for size in (len(data) + 1, len(data) - 1):
            if size >= 0:
                assert outcome(module.inflate, packed, 0, size) is ValueError
        assert outcome(module.inflate, packed[:-1], 0, len(data)) is ValueError
        assert outcome(module.inflate, packed, len(packed) + 1, 0) is ValueError


@needs_kernel
@settings(max_examples=200, deadline=None)
@given(contents(), st.data())
def test_damaged_streams_are_refused_alike(data: bytes, drawn: st.DataObject) -> None:
    packed = bytearray(zlib.compress(data))
    for _ in range(drawn.draw(st.integers(1, 4))):
        packed[drawn.draw(st.integers(0, len(packed) - 1))] ^= 1 << drawn.draw(st.integers(0, 7))
    for size in (len(data), len(data) + 5):
        damaged = bytes(packed)
        assert outcome(compiled.inflate, damaged, 0, size) == outcome(twin.inflate, damaged, 0, size)


@needs_kernel
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 3000), st.booleans())
def test_noise_is_refused_alike(noise: bytes, size: int, partial: bool) -> None:
    for head in (b"", b"\x78\x9c"):
        args = (head + noise, 0, size, partial)
        mine, theirs = outcome(compiled.inflate, *args), outcome(twin.inflate, *args)
        if not partial or not isinstance(mine, bytes) or not isinstance(theirs, bytes):
            assert partial or mine == theirs
        else:
            assert mine == theirs


SEED = 0x123456789ABCDEF


@needs_kernel
@pytest.mark.parametrize("how", ["one pack", "overlapping packs", "no deltas"])
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_kernel_and_twin_agree_on_packs(tmp_path: Path, how: str, object_format: str) -> None:
    repo = random_history(tmp_path / "r", seed=7, commits=30, object_format=object_format)
    pack(repo, how)
    size = 20 if object_format == "sha1" else 32
    store = ObjectStore([bytes(repo.path / ".git" / "objects")], size)
    for one in store.packs:
        plan = compiled.plan(one.index, one.data, size)
        assert plan == twin.plan(one.index, one.data, size)
        _, commits, trees, blobs, tags, broken = plan
        assert not broken
        assert len(commits + trees + blobs + tags) == steps_of.PLANNED.size * one.count
        commits, trees, blobs, tags = (
            compiled.steps(one.index, one.data, planned, size) for planned in (commits, trees, blobs, tags)
        )
        assert blobs == twin.steps(one.index, one.data, plan[3], size)
        for steps in (commits, tags):
            made = compiled.unpack_all(one.data, steps, 1 << 30)
            assert made == twin.unpack_all(one.data, steps, 1 << 30)
            assert None not in made
        for known in ((), (one.index,)):
            args = (one.data, one.index, commits, size, known, SEED, 1 << 30)
            assert compiled.commits(*args) == twin.commits(*args)
            args = (one.data, one.index, trees, size, known, SEED, 1 << 30)
            found = compiled.trees(*args)
            assert found == twin.trees(*args)
        names, unread, malformed, _, heads, keys, numbers = found
        assert not unread + malformed
        ids = b"".join(one.oid(i) for i in range(0, one.count, 3)) + bytes(size)
        wanted = compiled.keys(ids, size, SEED)
        assert wanted == twin.keys(ids, size, SEED)
        assert compiled.find(one.index, ids, size) == twin.find(one.index, ids, size)
        part = (heads, keys, numbers, bytes(name == b"a" for name in names))
        for parts in ((part,), (part, part), ()):
            assert compiled.hits(parts, wanted[:80], b"") == twin.hits(parts, wanted[:80], b"")
        for other in store.packs:
            shared = compiled.shared(one.index, other.index, size)
            assert shared == twin.shared(one.index, other.index, size)


@needs_kernel
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_packs_are_walked_alike(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    one = _small_pack(tmp_path_factory)
    raw = bytearray(one[0])
    index = bytearray(one[1])
    for damaged, n in ((raw, data.draw(st.integers(0, 6))), (index, data.draw(st.integers(0, 4)))):
        for _ in range(n):
            at = data.draw(st.integers(0, len(damaged) - 1))
            damaged[at] = data.draw(st.integers(0, 255))
    mine = outcome(compiled.plan, bytes(index), bytes(raw), 20)
    assert mine == outcome(twin.plan, bytes(index), bytes(raw), 20)
    if isinstance(mine, tuple):
        limit = 1 << 20
        for planned in mine[1:5]:
            steps = compiled.steps(bytes(index), bytes(raw), planned, 20)
            assert steps == twin.steps(bytes(index), bytes(raw), planned, 20)
            args: tuple[Any, ...] = (bytes(raw), steps, limit)
            assert outcome(compiled.unpack_all, *args) == outcome(twin.unpack_all, *args)
            args = (bytes(raw), bytes(index), steps, 20, (bytes(index),), SEED, limit)
            assert outcome(compiled.trees, *args) == outcome(twin.trees, *args)
            assert outcome(compiled.commits, *args) == outcome(twin.commits, *args)


_packs: list[tuple[bytes, bytes]] = []


def _small_pack(factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    if not _packs:
        repo = random_history(factory.mktemp("small") / "r", seed=3, commits=12)
        pack(repo, "one pack")
        (file,) = (repo.path / ".git" / "objects" / "pack").glob("*.pack")
        _packs.append((file.read_bytes(), file.with_suffix(".idx").read_bytes()))
    return _packs[0]


REF = 7


def entry(kind: int, base: bytes, body: bytes) -> bytes:
    size = len(body)
    head, size = [kind << 4 | size & 15], size >> 4
    while size:
        head[-1] |= 128
        head.append(size & 127)
        size >>= 7
    return bytes(head) + base + zlib.compress(body)


@pytest.mark.parametrize("module", [twin, pytest.param(compiled, marks=needs_kernel)])
def test_circles_and_deltas_without_a_base(module: Any) -> None:
    """Deltas by id can rest on one another: nothing loops, nothing recurses, and each is told apart."""
    from leakscan.git.pack import make_index

    ids = [bytes([i]) * 20 for i in range(1, 6)]
    nothing = varint(0) + varint(0)
    entries = [
        entry(REF, ids[1], nothing),  # rests on the next
        entry(REF, ids[0], nothing),  # and that on this
        entry(REF, bytes([99]) * 20, nothing),  # on what is elsewhere
        entry(3, b"", b""),
        entry(REF, ids[3], nothing),
    ]
    raw, offsets = b"PACK\0\0\0\2\0\0\0\5", []
    for one in entries:
        offsets.append(len(raw))
        raw += one
    raw += bytes(20)
    index = make_index(list(zip(ids, offsets, strict=True)), 20)
    foreign, commits, trees, blobs, tags, broken = module.plan(index, raw, 20)
    assert struct.unpack("=2I", broken) == (0, 1)
    assert struct.unpack("=I", foreign) == (2,)
    steps = list(steps_of.STEP.iter_unpack(module.steps(index, raw, blobs, 20)))
    assert [s[2:] for s in steps] == [(3, 0, steps_of.HAS_CHILDREN), (4, 1, steps_of.LAST_CHILD)]
    with pytest.raises(ValueError, match="malformed"):
        module.steps(index, raw, steps_of.PLANNED.pack(5, 0, 0), 20)
    (lost,) = steps_of.STEP.iter_unpack(module.steps(index, raw[:12] + bytes(40), blobs[:12], 20))
    assert lost[1] > LARGEST
    assert commits == trees == tags == b""


@pytest.mark.parametrize("module", [twin, pytest.param(compiled, marks=needs_kernel)])
def test_a_chain_longer_than_the_stack(module: Any) -> None:
    from leakscan.git.pack import make_index

    n = 3000
    ids = [i.to_bytes(20, "big") for i in range(1, n + 1)]
    raw, rows = b"PACK\0\0\0\2" + n.to_bytes(4, "big"), []
    for i, oid in enumerate(ids):
        rows.append((oid, len(raw)))
        text = b"%d" % i
        body = varint(len(b"%d" % (i - 1)) if i else 0) + varint(len(text)) + bytes([len(text)]) + text
        raw += entry(REF, ids[i - 1], body) if i else entry(3, b"", b"0")
    raw += bytes(20)
    index = make_index(rows, 20)
    *_, blobs, _, broken = module.plan(index, raw, 20)
    assert not broken
    blobs = module.steps(index, raw, blobs, 20)
    assert module.unpack_all(raw, blobs, 100) == [b"%d" % i for i in range(n)]
