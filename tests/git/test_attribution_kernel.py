"""What prunes and compares trees in C and its Python twin do the same, whatever they are given."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING, Any

import pytest
from histories import pack, random_history
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscan.git import attribution_twin as twin
from leakscan.git import kernel, trees
from leakscan.git.inventory import Inventory
from leakscan.git.repository import Repository
from leakscan.git.tree_heads import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

try:
    from leakscan.git import _attribution as compiled
except ImportError:
    compiled = None  # type: ignore[assignment]

needs_kernel = pytest.mark.skipif(compiled is None, reason="the kernel was not compiled")

SEED = 0x123456789ABCDEF


def outcome(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    except (ValueError, OverflowError) as error:
        return type(error)


def steps_of(rng: random.Random, trees: int, count: int) -> bytes:
    """Comparisons of trees with up to three others."""
    numbers: list[int] = []
    for _ in range(count):
        others = [rng.randrange(trees) for _ in range(rng.randrange(4))]
        numbers += [rng.randrange(trees), len(others), *others]
    return struct.pack(f"={len(numbers)}I", *numbers)


@needs_kernel
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_pruned_alike_and_compared_alike(tmp_path: Path, seed: int, object_format: str) -> None:
    made = random_history(tmp_path / "r", seed=seed, commits=30, object_format=object_format)
    pack(made, ["one pack", "overlapping packs", "pack and loose"][seed])
    held = Inventory(Repository.open(made.path))
    batches = list(trees.walk(held))
    rng = random.Random(seed)
    entries = [key for batch in batches for key in trees.numbers_of(batch.keys, "Q")]
    wanted = struct.pack("=9Q", *rng.sample(sorted(set(entries)), 8), 7)
    named = [bytes([rng.random() < 0.1 for _ in batch.names]) for batch in batches]
    parts = tuple((b.heads, b.keys, b.numbers, names) for b, names in zip(batches, named, strict=True))
    lists, changes, _ = kernel.hits(parts, wanted, b"")
    assert changes
    sources = tuple((*part, b"\0".join(b.names)) for part, b in zip(parts, batches, strict=True))
    roots = [head[0] for b in batches for head in HEAD.iter_unpack(bytes(b.heads))]
    rng.shuffle(roots)
    asked = struct.pack(f"={len(roots) + 1}Q", *roots, 5)
    found = compiled.pruned(sources, lists, changes, wanted, asked, SEED)
    assert found == twin.pruned(sources, lists, changes, wanted, asked, SEED)
    _, ends, items, _, names = found
    assert len(ends) > 16
    steps = steps_of(rng, len(ends) // 8, 60)
    came = compiled.introduced(ends, items, names, steps, SEED)
    assert sorted(came) == sorted(twin.introduced(ends, items, names, steps, SEED))
    assert came


@st.composite
def written(draw: st.DrawFn) -> tuple[Any, ...]:
    """Something like what a walk of trees writes down: every key is one of few, so that trees are in each other."""
    keys = st.integers(0, 5)
    heads, entries, lists, changes = b"", 0, list[int](), list[int]()
    for _ in range(draw(st.integers(0, 6))):
        come = draw(st.integers(0, 3))
        go = draw(st.integers(0, 2))
        heads += HEAD.pack(draw(keys), 0, 0, come, go)
        lists.append(len(lists) + 1)
        changes += [draw(st.integers(0, len(lists) - 1)), come, go, *range(entries, entries + come + go)]
        entries += come + go
    packed = struct.pack(f"={entries}Q", *(draw(keys) for _ in range(entries)))
    numbers = struct.pack(f"={entries}I", *(draw(st.integers(0, 11)) for _ in range(entries)))
    damage = draw(st.sampled_from([[], [], [(0, 9)], [(1, 99)], [(3, 1000)]]))
    for at, value in damage:
        if at < len(changes):
            changes[at] = value
    names = draw(
        st.sampled_from(
            [(b"\0\1\0", b"a\0b\0c"), (b"\0\0\0", b"a\0b\0a"), (b"\0\0", b"a\0b"), (b"\0\0\0", b"a")]
        )
    )
    return (
        ((heads, packed, numbers, *names),),
        struct.pack(f"={len(lists)}I", *lists),
        struct.pack(f"={len(changes)}I", *changes),
        struct.pack("=2Q", 1, 4),
        struct.pack("=6Q", *range(6)),
        SEED,
    )


@needs_kernel
@settings(max_examples=300, deadline=None)
@given(written())
def test_what_cannot_be_is_pruned_alike(arguments: tuple[Any, ...]) -> None:
    assert outcome(compiled.pruned, *arguments) == outcome(twin.pruned, *arguments)


@needs_kernel
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_cannot_be_is_compared_alike(data: st.DataObject) -> None:
    small = st.integers(0, 3)
    items = sorted(
        data.draw(st.lists(st.builds(lambda n, i, k: n << 32 | i << 2 | k, small, small, small), max_size=8))
    )
    ends = data.draw(st.lists(st.integers(0, 9), max_size=5))
    if data.draw(st.booleans()):
        ends = [0, *sorted(min(end, len(items)) for end in ends), len(items)]
    steps = data.draw(st.lists(small, max_size=12))
    arguments = (
        struct.pack(f"={len(ends)}Q", *ends),
        struct.pack(f"={len(items)}Q", *items),
        [b"a", b"", b"a/b"][: data.draw(small)],
        struct.pack(f"={len(steps)}I", *steps),
        SEED,
    )
    mine, theirs = outcome(compiled.introduced, *arguments), outcome(twin.introduced, *arguments)
    assert (sorted(mine) if isinstance(mine, list) else mine) == (
        sorted(theirs) if isinstance(theirs, list) else theirs
    )


def packed(code: str, numbers: list[int]) -> bytes:
    return struct.pack(f"={len(numbers)}{code}", *numbers)


@st.composite
def rows(draw: st.DrawFn) -> tuple[list[bytes], bytes]:
    """Ids of commits, and rows that say of each which others are its parents, of which some are not there; some twice."""
    size = draw(st.sampled_from([20, 32]))
    ids = [bytes([n]) * size for n in range(draw(st.integers(0, 12)))]
    lines = []
    for n, oid in enumerate(ids):
        some = draw(st.lists(st.sampled_from([*ids[:n], b"\xee" * size, b"\xff" * 7]), max_size=4))
        tree = draw(st.sampled_from([b"\xaa" * size, b"\xbb" * (52 - size), b""])).hex() or "-"
        time = draw(st.sampled_from([0, -5, n, 1 << 62, 1 << 70, -(1 << 70)]))
        lines.append(f"{oid.hex()} {tree} {time} {' '.join(one.hex() for one in some)}\n")
    lines += draw(st.lists(st.sampled_from(lines), max_size=2)) if lines else []
    return ids, "".join(draw(st.permutations(lines))).encode()


@needs_kernel
@settings(max_examples=200, deadline=None)
@given(rows(), st.data())
def test_commits_are_numbered_alike(made: tuple[list[bytes], bytes], data: st.DataObject) -> None:
    ids, written = made
    size = len(ids[0]) if ids else 20
    found = compiled.ancestry(written, size, SEED)
    assert found == twin.ancestry(written, size, SEED)
    oids, _, times, ends, parents = found
    assert sorted(oids[at : at + size] for at in range(0, len(oids), size)) == ids
    asked = b"".join(data.draw(st.lists(st.sampled_from([*ids, b"\xee" * size]), max_size=5)))
    assert compiled.numbered(oids, asked, size, SEED) == twin.numbered(oids, asked, size, SEED)
    number = st.integers(0, len(ids))  # one too many
    tips = packed("I", data.draw(st.lists(number, max_size=3)))
    assert outcome(compiled.ancestors, ends, parents, tips) == outcome(twin.ancestors, ends, parents, tips)
    here = packed("I", data.draw(st.lists(st.integers(0, 2), min_size=len(ids), max_size=len(times) // 8)))
    assert compiled.changed(ends, parents, here) == twin.changed(ends, parents, here)
    for wrong in (written[:-1], written.replace(b" ", b"", 1), written + b"\n"):
        assert outcome(compiled.ancestry, wrong, size, SEED) == outcome(twin.ancestry, wrong, size, SEED)
    for wrong in (parents + b"\0\0\0\0", packed("I", [99] * (len(parents) // 4)), parents[:-4]):
        assert outcome(compiled.ancestors, ends, wrong, b"") == outcome(twin.ancestors, ends, wrong, b"")


TREE_ENDS = packed("Q", [0, 2, 3, 5])
TREE_ITEMS = packed("Q", [0 << 2, 1 << 32 | 1 << 2, 1 << 32 | 1 << 2 | 1, 1 << 2 | 2, 1 << 32 | 2 << 2])
"""Three trees: blobs 0 and 1; in another the first; name 1 and blob 2."""


@needs_kernel
@settings(max_examples=300, deadline=None)
@given(rows(), st.data())
def test_lives_alike(made: tuple[list[bytes], bytes], data: st.DataObject) -> None:
    ids, written = made
    size, n = len(ids[0]) if ids else 20, len(ids)
    oids, _, times, ends, parents = twin.ancestry(written, size, SEED)
    groups = data.draw(st.sampled_from([0, 3, 64, 130]))
    wrong = data.draw(st.sampled_from([0, 0, 0, 1]))

    def some(most: int, count: int, least: int = 0) -> list[int]:
        return data.draw(st.lists(st.integers(0, max(most - 1 + wrong, 0)), min_size=least, max_size=count))

    def pairs(whats: list[int]) -> bytes:
        drawn = [(what, group) for what in whats for group in some(groups, 3) if groups or wrong]
        drawn.sort(key=lambda pair: pair[1])
        return packed("I", [number for pair in drawn for number in pair])

    tips = [(0, i) for i in some(n, 3) if n or wrong] + [(1, i) for i in some(4, 3)]
    commits = (
        ends,
        parents,
        bytes(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))),
        oids,
        bytes(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))),
        times,
        packed("I", some(4, n, n)),
    )
    wanted = data.draw(
        st.lists(st.sampled_from([0, 1 << 2, 2 << 2, 1 << 2 | 2, *([1, 99] * wrong)]), max_size=5)
    )
    questions = (
        TREE_ENDS,
        TREE_ITEMS,
        pairs(wanted),
        pairs(some(n, 3) if n else []),
        packed("I", [number for tip in tips for number in tip]),
    )
    head = data.draw(st.sampled_from([0xFFFFFFFF, *range(n + wrong)]))
    arguments = (commits, questions, size, head, 3, 2, groups)
    mine, theirs = outcome(compiled.lives, *arguments), outcome(twin.lives, *arguments)
    if isinstance(mine, tuple):
        assert mine[:3] == theirs[:3]
        assert sorted(struct.iter_unpack("=2I", mine[3])) == sorted(struct.iter_unpack("=2I", theirs[3]))
    else:
        assert mine == theirs
