"""What `_kernel.c` does, in Python: for places without a compiler, and as its oracle. Same results, many times slower.

All functions take hostile bytes. ValueError: malformed. OverflowError: larger than the limit that the caller set.
Sizes and offsets are bytes. Formats: https://git-scm.com/docs/gitformat-pack; zlib: RFC 1950. Steps: see `steps`.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from leakscan.git.header import BLOB, COMMIT, TAG, TREE, read_header, varint
from leakscan.git.steps import HAS_CHILDREN, LAST_CHILD, STEP, depth_first, heaviest_last

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from mmap import mmap

Buffer: TypeAlias = "bytes | bytearray | memoryview | mmap"

HEAD = struct.Struct("=QIIII")

BLOB_ENTRY, TREE_ENTRY, SUBMODULE_ENTRY = 0, 1, 2

_MAX = 0xFFFFFFFF
_PIECE = 1 << 16


def inflate(data: Buffer, start: int, size: int, partial: bool = False) -> bytes:
    """The zlib stream at `start` of `data`, which must hold `size` bytes exactly; with `partial`, at least."""
    zlib = stream_module()
    inflater = zlib.decompressobj()
    out = bytearray()
    limit = size if partial else size + 1
    with memoryview(data) as view:
        end = len(view)
        step = min(size + 64, _PIECE)
        while not inflater.eof and len(out) < limit and start < end:
            piece: Any = view[start : start + step]
            start += step
            step = _PIECE
            while len(piece) and not inflater.eof and len(out) < limit:
                try:
                    out += inflater.decompress(piece, limit - len(out))
                except zlib.error as error:
                    raise ValueError("malformed") from error
                piece = inflater.unconsumed_tail
    if len(out) != size or not (partial or inflater.eof):
        raise ValueError("malformed")
    return bytes(out)


def delta(
    base: Buffer, delta: Buffer, context: int, limit: int
) -> tuple[bytes, bytes, tuple[tuple[int, int], ...]]:
    """A delta applied to its base: the target, what is copied, and what is new.

    Copies are triples of native 32-bit numbers (base_start, start, length), in the order of `start`; those that follow one
    another in both texts are one. The windows (half-open, sorted, disjoint) hold every byte of the target within `context`
    bytes of one that is not copied, or of a seam: where two copies meet that do not follow one another in the base, and
    where the target starts or ends otherwise than the base does.
    """
    base, patch = bytes(base), bytes(delta)
    expected, at = varint(patch, 0)
    if expected != len(base):
        raise ValueError("malformed")
    size, at = varint(patch, at)
    if size > limit or size > _MAX or len(base) > _MAX:
        raise OverflowError("larger than the limit")
    out = bytearray()
    copies: list[list[int]] = []
    while at < len(patch):
        op = patch[at]
        at += 1
        if op & 128:
            start, length, at = _copy(op, patch, at)
            if start + length > len(base) or length > size - len(out):
                raise ValueError("malformed")
            last = copies[-1] if copies else None
            if last and last[0] + last[2] == start and last[1] + last[2] == len(out):
                last[2] += length
            else:
                copies.append([start, len(out), length])
            out += base[start : start + length]
        else:
            if not op or len(patch) - at < op or size - len(out) < op:
                raise ValueError("malformed")
            out += patch[at : at + op]
            at += op
    if len(out) != size:
        raise ValueError("malformed")
    packed = struct.pack(f"={3 * len(copies)}I", *(n for copy in copies for n in copy))
    return bytes(out), packed, _windows(copies, len(base), size, context & _MAX)


def unpack(
    pack: Buffer, start: int, size: int, base: Buffer, context: int, limit: int
) -> tuple[bytes, bytes, tuple[tuple[int, int], ...]]:
    """As `delta`, for the delta that is compressed at `start` of `pack` and inflates to `size` bytes."""
    if size > limit:
        raise OverflowError("larger than the limit")
    return delta(base, inflate(pack, start, size), context, limit)


def plan(
    idx: Buffer, pack: Buffer, id_size: int, mapped: bool = False
) -> tuple[bytes, bytes, bytes, bytes, bytes, bytes]:
    """In which order to walk a pack, from its version 2 index.

    Returns the index positions (native 32-bit numbers) of deltas that rest on a base outside of the pack; the steps of
    commits, of trees, of blobs and of tags; the index positions of broken entries: without a sound header, without their
    base, or on a circle. Of a base's children the one with most behind it comes last, so that few bases wait at a time.
    `mapped` says that `pack` is a file mapped for reading: the compiled kernel then lets go of the pages that it has read.
    """
    if id_size not in (20, 32) or len(pack) < 12 + id_size:
        raise ValueError("malformed")
    index = _Index(idx, id_size)
    end = len(pack) - id_size
    slots = sorted(((index.offset(i), i) for i in range(index.n)), key=lambda slot: slot[0])
    offsets = [offset for offset, _ in slots]
    where = {position: i for i, (_, position) in enumerate(slots)}
    headers = [read_header(pack, end, offset, id_size) for offset in offsets]
    roots: list[int] = []
    foreign: set[int] = set()
    children: list[list[int]] = [[] for _ in slots]
    for i, header in enumerate(headers):
        if header is None:
            continue
        if isinstance(header.base, int):
            found = bisect_left(offsets, header.base)
            if found < i and offsets[found] == header.base:
                children[found].append(i)
        elif header.base is not None:
            position = index.find(header.base)
            if position < 0:
                foreign.add(i)
                roots.append(i)
            else:
                children[where[position]].append(i)
        else:
            roots.append(i)
    heaviest_last(roots, children)
    steps: dict[int, list[bytes]] = {0: [], COMMIT: [], TREE: [], BLOB: [], TAG: []}
    broken = set(range(len(slots)))
    kind = 0
    for i, depth, parent in depth_first(roots, children):
        header = headers[i]
        assert header is not None
        broken.discard(i)
        if parent < 0:
            kind = 0 if i in foreign else header.type
        if not kind:
            steps[0].append(struct.pack("=I", slots[i][1]))
            continue
        following = offsets[i + 1] if i + 1 < len(slots) else end
        span = following - header.data if header.data < following <= end else end - header.data
        flags = (HAS_CHILDREN if children[i] else 0) | (
            LAST_CHILD if parent >= 0 and children[parent][-1] == i else 0
        )
        steps[kind].append(STEP.pack(header.data, header.size, slots[i][1], min(span, _MAX), depth, flags))
    lost = b"".join(struct.pack("=I", slots[i][1]) for i in sorted(broken))
    joined = [b"".join(steps[kind]) for kind in range(5)]
    return joined[0], joined[1], joined[2], joined[3], joined[4], lost


def unpack_all(pack: Buffer, steps: Buffer, limit: int) -> list[bytes | None]:
    """The objects of `steps`, which begin with a family's root. None: malformed, larger than `limit`, or baseless."""
    made: list[bytes | None] = []
    for _, _, _, _, whole, _ in _family(pack, steps, limit):
        made.append(whole)
    return made


def trees(
    pack: Buffer,
    idx: Buffer,
    steps: Buffer,
    id_size: int,
    indexes: tuple[Buffer, ...],
    seed: int,
    limit: int,
) -> tuple[list[bytes], bytes, bytes, bytes, bytes, bytes, bytes]:
    """What is new in each tree of `steps` against its delta's base; they begin with a family's root.

    Returns the distinct names of all entries; the index positions of trees that could not be made, and of malformed ones
    (native 32-bit numbers; a malformed tree has no entries); the ids of entries, submodules' aside, that none of `indexes`
    knows (as often as they are named; nothing where `indexes` is empty); one head (`HEAD`) for each tree that was made:
    `key` of its id, index position, depth, how many entries are added, how many dropped; for each entry, in the order of
    heads and first added, then dropped: the 64-bit `key` of its id, and a 32-bit number, the index of its name << 2 | kind.
    """
    own = _Index(idx, id_size)
    known = [_Index(index, id_size) for index in indexes]
    found = _Edges(id_size, seed)
    _walk_trees(found, own, pack, steps, limit)
    absent = [
        oid
        for oid, kind in (found.entries_added if known else ())
        if kind != SUBMODULE_ENTRY and all(index.find(oid) < 0 for index in known)
    ]
    return (
        list(found.names),
        bytes(found.unread),
        bytes(found.malformed),
        b"".join(absent),
        bytes(found.heads),
        b"".join(found.keys),
        b"".join(found.numbers),
    )


Regular: TypeAlias = tuple[int, str, bytes, bytes, int, bytes, int]
Irregular: TypeAlias = "tuple[int, str, bytes | None]"


def commits(
    pack: Buffer,
    idx: Buffer,
    steps: Buffer,
    id_size: int,
    indexes: tuple[Buffer, ...],
    seed: int,
    limit: int,
) -> tuple[list[Regular | Irregular], bytes, bytes]:
    """The commits of `steps`, which begin with a family's root.

    Returns for each commit: index position, id, message, author, time beside it, committer, time; or index position, id and
    the raw object where it is not regular (None: it could not be made). For each regular one a row: "id tree time parents"
    with one space between each two, and a line feed. And what none of `indexes` knows: pairs of native 32-bit numbers, a
    commit by its place in the list, and which of its ids, 0 being its tree and 1 its first parent (nothing where `indexes`
    is empty).
    """
    own = _Index(idx, id_size)
    known = [_Index(index, id_size) for index in indexes]
    items: list[Regular | Irregular] = []
    rows: list[bytes] = []
    absent = bytearray()
    for index, _, _, _, raw, _ in _family(pack, steps, limit):
        oid = own.id(index).hex()
        found = _REGULAR[id_size].match(raw) if raw is not None else None
        if raw is None or found is None:
            items.append((index, oid, raw))
            continue
        tree, lines, author, written, committer, committed = found.groups()
        if len(written.lstrip(b"-")) > 18 or len(committed.lstrip(b"-")) > 18:
            items.append((index, oid, raw))
            continue
        ids = [tree, *lines.replace(b"parent ", b"").split()]
        for which, named in enumerate(ids):
            if known and all(index.find(bytes.fromhex(named.decode())) < 0 for index in known):
                absent += struct.pack("=II", len(items), which)
        row = (oid.encode(), tree, b"%d" % int(committed), b" ".join(ids[1:]))
        rows.append(b" ".join(row) + b"\n")
        items.append((index, oid, raw[found.end() :], author, int(written), committer, int(committed)))
    return items, b"".join(rows), bytes(absent)


def hits(
    parts: tuple[tuple[Buffer, Buffer, Buffer, Buffer], ...], blobs: Buffer, trees: Buffer
) -> tuple[bytes, bytes, bytes]:
    """Which trees lead to something wanted.

    A part is heads, keys and numbers as `trees` gives them, and one byte for each of their names: whether it is wanted.
    Wanted are besides blobs and trees with these keys (64-bit), and every tree that has a wanted entry. Returns for each
    head of all parts the number of its list of wanted entries (32-bit; 0: it has none); for each list from 1 up: the list
    that it is made from, how many entries come, how many go, and which (32-bit, counted through all parts); the keys of
    trees that were found to be wanted, beyond `trees`.
    """
    tables = [_Part(*part) for part in parts]
    of_kind = {BLOB_ENTRY: set(_numbers("Q", blobs)), TREE_ENTRY: set(_numbers("Q", trees))}
    grown: dict[int, None] = {}
    while sum(table.spread(of_kind, grown) for table in reversed(tables)):
        pass
    lists: list[int] = []
    changes: list[int] = []
    before = made = 0
    for table in tables:
        waiting: list[int] = []
        for depth, come, go in table.changes(of_kind):
            here = waiting[depth - 1] if depth else 0
            if come or go:
                changes += [here, len(come), len(go), *(before + entry for entry in (*come, *go))]
                made += 1
                here = made
            lists.append(here)
            waiting[depth:] = [here]
        before += len(table.keys)
    return (
        struct.pack(f"={len(lists)}I", *lists),
        struct.pack(f"={len(changes)}I", *changes),
        struct.pack(f"={len(grown)}Q", *grown),
    )


class _Part:
    def __init__(self, heads: Buffer, keys: Buffer, numbers: Buffer, names: Buffer) -> None:
        self.heads = list(HEAD.iter_unpack(bytes(heads)))
        self.keys, self.numbers, self.names = _numbers("Q", keys), _numbers("I", numbers), bytes(names)
        if len(self.keys) != len(self.numbers) or sum(h[3] + h[4] for h in self.heads) > len(self.keys):
            raise ValueError("malformed")

    def changes(self, of_kind: dict[int, set[int]]) -> Iterator[tuple[int, list[int], list[int]]]:
        """For each head its depth, and the wanted entries that come and go. `of_kind` may grow meanwhile."""
        entry = 0
        for _, _, depth, added, dropped in self.heads:
            come = [e for e in range(entry, entry + added) if self._wanted(e, of_kind)]
            entry += added
            go = [e for e in range(entry, entry + dropped) if self._wanted(e, of_kind)]
            entry += dropped
            yield depth, come, go

    def spread(self, of_kind: dict[int, set[int]], grown: dict[int, None]) -> bool:
        """Trees that have wanted entries become wanted. Whether there are new ones."""
        news = False
        counts: list[int] = []
        for head, (depth, come, go) in zip(self.heads, self.changes(of_kind), strict=True):
            if depth > len(counts):
                raise ValueError("malformed")
            count = (counts[depth - 1] if depth else 0) + len(come) - len(go)
            counts[depth:] = [count]
            if count > 0 and head[0] not in of_kind[TREE_ENTRY]:
                of_kind[TREE_ENTRY].add(head[0])
                grown[head[0]] = None
                news = True
        return news

    def _wanted(self, entry: int, of_kind: dict[int, set[int]]) -> bool:
        number = self.numbers[entry]
        if number >> 2 < len(self.names) and self.names[number >> 2]:
            return True
        return self.keys[entry] in of_kind.get(number & 3, ())


def keys(ids: Buffer, id_size: int, seed: int) -> bytes:
    """`key` of every one of `ids`, native 64-bit numbers."""
    view = bytes(ids)
    found = [key(view[at : at + id_size], seed) for at in range(0, len(view) - id_size + 1, id_size)]
    return struct.pack(f"={len(found)}Q", *found)


def find(idx: Buffer, ids: Buffer, id_size: int) -> bytes:
    """The positions of `ids` (one behind the other) in a version 2 index, as native signed 32-bit numbers; -1 is absent."""
    index = _Index(idx, id_size)
    view = bytes(ids)
    found = [index.find(view[i : i + id_size]) for i in range(0, len(view) - id_size + 1, id_size)]
    return struct.pack(f"={len(found)}i", *found)


def shared(idx: Buffer, other: Buffer, id_size: int) -> bytes:
    """For each object of an index one byte: whether the other index has it as well."""
    mine, others = _Index(idx, id_size), _Index(other, id_size)
    return bytes(others.find(mine.id(i)) >= 0 for i in range(mine.n))


def key(data: bytes, seed: int) -> int:
    """A 64-bit hash of an object id. Keyed: nobody can choose ids that collide."""
    mask = 0xFFFFFFFFFFFFFFFF
    h = seed ^ (len(data) * 0x9E3779B97F4A7C15 & mask)
    whole = len(data) & ~7
    for at in range(0, whole, 8):
        h = (h ^ int.from_bytes(data[at : at + 8], "little")) * 0xD6E8FEB86659FD93 & mask
        h = (h ^ h >> 32) + seed & mask
    h = (h ^ int.from_bytes(data[-8:], "little")) * 0xD6E8FEB86659FD93 & mask
    h = (h ^ h >> 32) + seed & mask
    h = h * 0xD6E8FEB86659FD93 & mask
    return h ^ h >> 29


def stream_module() -> Any:
    """`zlib`, or a faster module that is used the same way."""
    try:
        from isal import isal_zlib
    except ImportError:
        import zlib

        return zlib
    return isal_zlib


_REGULAR = {
    n: re.compile(
        rb"tree ([0-9a-f]{%d})\n((?:parent [0-9a-f]{%d}\n)*)"
        rb"author ([^ \n0-9-][^\n]*?) ?(-?[0-9]+) [+-][0-9]{4}\n"
        rb"committer ([^ \n0-9-][^\n]*?) ?(-?[0-9]+) [+-][0-9]{4}\n"
        rb"(?:gpgsig [^\n]*\n(?: [^\n]*\n)*)?\n" % (2 * n, 2 * n)
    )
    for n in (20, 32)
}


def _numbers(code: str, data: Buffer) -> tuple[int, ...]:
    size = struct.calcsize(code)
    return struct.unpack(f"={len(data) // size}{code}", data)


def _copy(op: int, patch: bytes, at: int) -> tuple[int, int, int]:
    values = [0, 0]
    for i in range(7):
        if op >> i & 1:
            if at == len(patch):
                raise ValueError("malformed")
            values[i >= 4] |= patch[at] << 8 * (i - 4 if i >= 4 else i)
            at += 1
    return values[0], values[1] or 0x10000, at


def _windows(
    copies: Sequence[Sequence[int]], base_size: int, size: int, context: int
) -> tuple[tuple[int, int], ...]:
    windows: list[tuple[int, int]] = []

    def add(start: int, end: int) -> None:
        start, end = max(0, start - context), min(size, end + context)
        if start < end:
            if windows and start <= windows[-1][1]:
                start = windows.pop()[0]
            windows.append((start, end))

    at = in_base = 0
    for base_start, start, length in copies:
        if start != at or base_start != in_base:
            add(at, start)
        at, in_base = start + length, base_start + length
    if at != size or in_base != base_size:
        add(at, size)
    return tuple(windows)


class _Index:
    """A version 2 index. ValueError where its tables do not fit into it."""

    def __init__(self, data: Buffer, id_size: int) -> None:
        if id_size not in (20, 32) or len(data) < 1032 + 2 * id_size or data[:8] != b"\xfftOc\0\0\0\2":
            raise ValueError("malformed")
        self._data = data
        self._id_size = id_size
        self._fanout = struct.unpack(">256I", data[8:1032])
        self.n = self._fanout[255]
        room = len(data) - 1032 - 2 * id_size
        if self.n > room // (id_size + 8) or any(a > b for a, b in pairwise(self._fanout)):
            raise ValueError("malformed")
        self._offsets = 1032 + self.n * (id_size + 4)
        self._large = self._offsets + self.n * 4
        self._n_large = (room - self.n * (id_size + 8)) // 8

    def id(self, position: int) -> bytes:
        at = 1032 + position * self._id_size
        return bytes(self._data[at : at + self._id_size])

    def find(self, oid: bytes) -> int:
        low: int = self._fanout[oid[0] - 1] if oid[0] else 0
        high: int = self._fanout[oid[0]]
        while low < high:
            middle = (low + high) // 2
            here = self.id(middle)
            if here == oid:
                return middle
            if here < oid:
                low = middle + 1
            else:
                high = middle
        return -1

    def offset(self, position: int) -> int:
        at = self._offsets + 4 * position
        offset = int.from_bytes(self._data[at : at + 4], "big")
        if offset >> 31:
            offset &= 0x7FFFFFFF
            if offset >= self._n_large:
                return 0xFFFFFFFFFFFFFFFF
            at = self._large + 8 * offset
            offset = int.from_bytes(self._data[at : at + 8], "big")
        return offset


_Made: TypeAlias = tuple[int, int, "bytes | None", bytes, "bytes | None", int]


def _family(pack: Buffer, steps: Buffer, limit: int) -> Iterator[_Made]:
    """(index position, depth, base, copies, object or None, flags) of each step."""
    waiting: list[bytes | None] = []
    for data, size, index, _, depth, flags in STEP.iter_unpack(bytes(steps)):
        if depth > len(waiting):
            raise ValueError("malformed")
        base = waiting[depth - 1] if depth else None
        made: bytes | None = None
        copies = b""
        if size <= limit and (base is not None or not depth):
            try:
                if base is None:
                    made = inflate(pack, data, size)
                else:
                    made, copies, _ = unpack(pack, data, size, base, 0, limit)
            except (ValueError, OverflowError):
                made = None
        waiting[depth:] = [made]
        yield index, depth, base, copies, made, flags


_ENTRY = {n: re.compile(rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % n, re.DOTALL) for n in (20, 32)}


class _Edges:
    def __init__(self, id_size: int, seed: int) -> None:
        self.pattern = _ENTRY[id_size]
        self.seed = seed
        self.names: dict[bytes, int] = {}
        self.entries_added: list[tuple[bytes, int]] = []
        self.unread, self.malformed, self.heads = bytearray(), bytearray(), bytearray()
        self.keys: list[bytes] = []
        self.numbers: list[bytes] = []

    def put(self, raw: bytes, added: bool) -> None:
        entry = self.pattern.fullmatch(raw)
        assert entry is not None
        mode, name, oid = entry.groups()
        kind = BLOB_ENTRY
        if mode == b"160000":
            kind = SUBMODULE_ENTRY
        elif mode.lstrip(b"0") == b"40000":
            kind = TREE_ENTRY
        number = self.names.setdefault(name, len(self.names)) << 2 | kind
        self.keys.append(struct.pack("=Q", key(oid, self.seed)))
        self.numbers.append(struct.pack("=I", number))
        if added:
            self.entries_added.append((oid, kind))


def _walk_trees(found: _Edges, own: _Index, pack: Buffer, steps: Buffer, limit: int) -> None:
    starts: list[list[int]] = []
    for index, depth, base, copies, tree, _ in _family(pack, steps, limit):
        if tree is None:
            found.unread += struct.pack("=I", index)
            starts[depth:] = [[0]]
            continue
        base_starts = starts[depth - 1] if depth else [0]
        mine, fresh, used = _tree_starts(found.pattern, tree, base_starts, copies)
        if mine[-1] < len(tree):
            found.malformed += struct.pack("=I", index)
            mine, fresh, used = [0], [], [0] * len(used)
        again = [i for i, times in enumerate(used) for _ in range(min(times, 255) - 1)]
        dropped = [i for i, times in enumerate(used) if not times]
        for start, end in fresh:
            found.put(tree[start:end], True)
        for some, added in ((again, True), (dropped, False)):
            for i in some:
                assert base is not None
                found.put(base[base_starts[i] : base_starts[i + 1]], added)
        found.heads += HEAD.pack(
            key(own.id(index), found.seed), index, depth, len(fresh) + len(again), len(dropped)
        )
        starts[depth:] = [mine]


def _tree_starts(
    pattern: re.Pattern[bytes], tree: bytes, base: list[int], copies: bytes
) -> tuple[list[int], list[tuple[int, int]], list[int]]:
    """Where entries start (and the last one ends), which are parsed, and how often each of the base's is inherited."""
    starts: list[int] = []
    fresh: list[tuple[int, int]] = []
    used = [0] * (len(base) - 1)
    ranges = list(struct.iter_unpack("=3I", copies))
    at = current = 0
    while at < len(tree):
        while current < len(ranges) and ranges[current][1] + ranges[current][2] <= at:
            current += 1
        if current < len(ranges) and ranges[current][1] <= at:
            base_start, start, length = ranges[current]
            in_base = at - start + base_start
            k = first = bisect_left(base, in_base)
            while k < len(used) and base[first] == in_base and base[k + 1] <= base_start + length:
                starts.append(base[k] - in_base + at)
                used[k] += 1
                k += 1
            if k > first:
                at += base[k] - in_base
                continue
        entry = pattern.match(tree, at)
        if entry is None:
            break
        starts.append(at)
        fresh.append((at, entry.end()))
        at = entry.end()
    return [*starts, at], fresh, used
