"""New objects into one pack. https://git-scm.com/docs/gitformat-pack

Objects that resemble the last one of their kind and place are stored as a delta against it, so that a rewritten tree
costs what changed in it. Ids depend on content alone.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from typing import TYPE_CHECKING, Any, TypeAlias

from leakscan.git.delta_code import copies, distance, entry_head, inserts, varint
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from leakscan.git.buffer import Buffer
    from leakscan.git.catfile import Kind

Make: TypeAlias = (
    "Callable[[dict[bytes, int], int, Callable[[Buffer], bytes], Callable[[Buffer], bytes]], bytes]"
)
"""Makes entries of: where objects are (to which it adds), where the first one goes, what gives an id, what compresses."""
_TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
_OFS_DELTA = 6
_DEEPEST = 40  # deltas upon deltas
_LEAST = 200  # bytes of an object for which a delta pays


def digester(kind: Kind, oid_size: int) -> Callable[[Buffer], bytes]:
    """From an object's content to its id."""
    head = kind.encode() + b" %d\0"
    new: Any = hashlib.sha1 if oid_size == 20 else hashlib.sha256

    def digest(data: Buffer) -> bytes:
        state = new(head % len(data))
        state.update(data)
        return bytes(state.digest())

    return digest


class _Last(NamedTuple):
    offset: int
    data: bytes
    depth: int


class PackWriter:
    """Writes a pack to a file that must not exist. Call `close` at the end."""

    def __init__(self, path: bytes, oid_size: int) -> None:
        self.path = path
        self.oid_size = oid_size
        self.offsets: dict[bytes, int] = {}
        self.trailer = ""  # the checksum, hex, once it is closed
        self.remember = False  # whether to keep trees in `made`
        self.made: dict[bytes, bytes] = {}
        self._last: dict[object, _Last] = {}
        self._file = open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")  # noqa: SIM115
        self._at = self._file.write(struct.pack(">4sII", b"PACK", 2, 0))
        self._hash: Any = hashlib.sha1 if oid_size == 20 else hashlib.sha256
        self._compress: Callable[[Buffer], bytes] = _compressor()

    def oid(self, kind: Kind, data: bytes) -> bytes:
        """The id of an object."""
        return bytes(self._hash(b"%s %d\0%s" % (kind.encode(), len(data), data)).digest())

    def add(self, kind: Kind, data: bytes, place: object = None) -> bytes:
        """Store an object, and return its id. What was added with the same `place` before is what it may resemble."""
        oid = self.oid(kind, data)
        if self.remember and kind == "tree":
            self.made[oid] = data
        self.put(kind, oid, data, place=place)
        return oid

    def put(
        self, kind: Kind, oid: bytes, data: bytes, delta: tuple[bytes, bytes] | None = None, place: object = None
    ) -> None:  # fmt: skip
        """Store an object whose id is known. `delta`: the id of one that is stored already, and a delta against it."""
        if oid in self.offsets:
            return
        start = self.offsets[oid] = self._at
        if delta is not None:
            head = entry_head(_OFS_DELTA, len(delta[1])) + distance(start - self.offsets[delta[0]])
            self._at += self._file.write(head) + self._file.write(self._compress(delta[1]))
            return
        last = self._last.get(place) if place is not None else None
        depth = 0
        found = None
        if last is not None and last.depth < _DEEPEST and len(data) >= _LEAST:
            found = _delta(last.data, data)
        if found is not None and last is not None:
            depth = last.depth + 1
            head = entry_head(_OFS_DELTA, len(found)) + distance(start - last.offset)
            body = self._compress(found)
        else:
            head = entry_head(_TYPES[kind], len(data))
            body = self._compress(data)
        self._at += self._file.write(head) + self._file.write(body)
        if place is not None:
            self._last[place] = _Last(start, data, depth)

    def make(self, make: Make, offsets: dict[bytes, int], at: int) -> bytes:
        """Entries of trees that `make` makes, the first of which goes to `at`; where they are is added to `offsets`."""
        return make(offsets, at, digester("tree", self.oid_size), self._compress)

    def extend(self, make: Make) -> None:
        """Write such entries."""
        made = self.make(make, self.offsets, self._at)
        self._at += self._file.write(made)

    def append(self, entries: bytes, offsets: Mapping[bytes, int]) -> bool:
        """Write entries that rest on nothing but one another; not, and False, where one of them is there already."""
        if not self.offsets.keys().isdisjoint(offsets):
            return False
        self.offsets.update((oid, self._at + at) for oid, at in offsets.items())
        self._at += self._file.write(entries)
        return True

    def add_large(self, size: int, pieces: Callable[[], Iterable[bytes]]) -> bytes:
        """Store a blob of `size` bytes that comes in pieces; they are asked for once."""
        digest = self._hash(b"blob %d\0" % size)
        compressor = zlib.compressobj(1)
        start = self._at
        self._at += self._file.write(entry_head(_TYPES["blob"], size))
        for piece in pieces():
            digest.update(piece)
            self._at += self._file.write(compressor.compress(piece))
        self._at += self._file.write(compressor.flush())
        oid = bytes(digest.digest())
        if oid in self.offsets:
            self._file.truncate(start)
            self._at = self._file.seek(start)
        else:
            self.offsets[oid] = start
        return oid

    def close(self) -> None:
        """Write how many objects there are and the checksum, and see to it that the bytes are on disk."""
        self._file.seek(8)
        self._file.write(struct.pack(">I", len(self.offsets)))
        self._file.seek(0)
        digest = self._hash()
        while piece := self._file.read(1 << 20):
            digest.update(piece)
        self.trailer = digest.hexdigest()
        self._file.write(digest.digest())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close and remove the file."""
        self._file.close()
        os.unlink(self.path)


def _compressor() -> Callable[[Buffer], bytes]:
    try:
        from isal import isal_zlib
    except ImportError:
        return lambda data: zlib.compress(data, 1)
    return lambda data: bytes(isal_zlib.compress(data, 1))


def _delta(base: bytes, data: bytes) -> bytes | None:
    """`data` as its common head and tail with `base`, and what is between. None where that is not worth it."""
    head = _common(base, data)
    rest = min(len(base), len(data)) - head
    tail = _common_tail(base, data, rest)
    middle, old = data[head : len(data) - tail], base[head : len(base) - tail]
    if len(middle) * 2 > len(data) and len(middle) != len(old):
        return None
    out = [varint(len(base)), varint(len(data)), copies(0, head)]
    # Two changes far from each other: what is between them usually keeps its place.
    if len(middle) > 256 and len(middle) == len(old):
        out.append(_stripes(old, middle, head))
    else:
        out.append(inserts(middle))
    out.append(copies(len(base) - tail, tail))
    delta = b"".join(out)
    return delta if len(delta) * 2 <= len(data) else None


def _stripes(old: bytes, new: bytes, shift: int) -> bytes:
    """Texts of the same length, piece by piece."""
    out = bytearray()
    at = same = 0
    while at < len(new):
        if new[at : at + 64] == old[at : at + 64]:
            at += 64
            continue
        out += copies(shift + same, at - same)
        out += inserts(new[at : at + 64])
        at += 64
        same = at
    return bytes(out + copies(shift + same, len(new) - same))


def _common(a: bytes, b: bytes) -> int:
    """How many bytes two texts have in common at the start."""
    low, high = 0, min(len(a), len(b))
    if a[:high] == b[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_tail(a: bytes, b: bytes, most: int) -> int:
    """How many bytes two texts have in common at the end, `most` at most."""
    end, other, low, high = len(a), len(b), 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if a[end - middle : end - low] == b[other - middle : other - low]:
            low = middle
        else:
            high = middle - 1
    return low
