"""The object database: packs, loose objects and those of alternates, without git.

For what git itself would read: `catfile`. This reads the same objects in the order in which they lie.
"""

from __future__ import annotations

import os
import re
import zlib
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.git.catfile import Broken, Kind, Object
from leakscan.git.header import varint
from leakscan.git.pack import Malformed, Pack, make_index, read_midx
from leakscan.model.content import Skipped
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakscan.git.buffer import Buffer
    from leakscan.git.repository import Repository

ALTERNATES = 5  # how deep alternates of alternates go: as far as git follows them
_KINDS: dict[int, Kind] = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_LOOSE: dict[bytes, Kind] = {b"commit": "commit", b"tree": "tree", b"blob": "blob", b"tag": "tag"}
_HEADER = re.compile(rb"(commit|tree|blob|tag) (\d{1,19})\0")
_HEAD = 4096  # bytes of a loose file that surely hold its header


class Loose(NamedTuple):
    """A loose object's header."""

    oid: bytes
    path: bytes
    kind: Kind
    size: int


class ObjectStore:
    """Every object that a repository has, at the time of opening. Not picklable; cheap to open again."""

    def __init__(self, directories: Sequence[bytes], id_size: int) -> None:
        """`directories` are object directories, most important first; ids have `id_size` bytes."""
        self.id_size = id_size
        self.problems: list[Skipped] = []
        self.directories = _with_alternates(directories)
        packs = [
            pack for directory in self.directories for pack in self._packs(os.path.join(directory, b"pack"))
        ]
        # Large packs first: of an object that several hold, the first one's copy is walked.
        self.packs = tuple(sorted(packs, key=lambda pack: (-pack.count, pack.path)))

    @classmethod
    def of(cls, repo: Repository) -> ObjectStore:
        """The objects of a repository, and those that a hook's environment adds."""
        return cls((repo.objects_dir, *repo.alternates), repo.oid_size)

    def close(self) -> None:
        """Unmap all packs."""
        for pack in self.packs:
            pack.close()

    def loose(self) -> tuple[list[Loose], list[Broken]]:
        """The loose objects that no pack holds, sorted by id, and those that have no sound header."""
        found: dict[bytes, Loose | Broken] = {}
        for directory in self.directories:
            for oid, path in loose_files(directory, self.id_size):
                if isinstance(found.get(oid), Loose) or any(
                    pack.find(oid) is not None for pack in self.packs
                ):
                    continue
                try:
                    if not os.path.isfile(path):
                        raise ValueError("not a file")
                    with open(path, "rb") as file:
                        kind, size, _ = _loose_header(file.read(_HEAD))
                    found[oid] = Loose(oid, path, kind, size)
                except (OSError, ValueError) as error:
                    found[oid] = Broken(oid.hex(), "corrupt", _reason(error))
        ordered = [found[oid] for oid in sorted(found)]
        return [x for x in ordered if isinstance(x, Loose)], [x for x in ordered if isinstance(x, Broken)]

    def known(self, oid: bytes) -> bool:
        """Whether some pack or file claims to hold an object."""
        return any(True for _ in self._copies(oid))

    def read(self, oid: bytes, limit: int) -> Object | Broken:
        """An object, from wherever a sound copy of it is. Neither it nor what it is made of may exceed `limit` bytes."""
        broken = Broken(oid.hex(), "missing")
        for place in self._copies(oid):
            try:
                kind, data = (
                    self._loose_whole(place, limit)
                    if isinstance(place, bytes)
                    else self._packed(*place, limit)
                )
                return Object(oid.hex(), kind, data)
            except OverflowError as error:
                broken = Broken(oid.hex(), "too-large", str(error))
            except (OSError, ValueError) as error:
                broken = Broken(oid.hex(), "corrupt", _reason(error))
        return broken

    def _copies(self, oid: bytes) -> Iterator[tuple[Pack, int] | bytes]:
        for pack in self.packs:
            position = pack.find(oid)
            if position is not None:
                yield pack, pack.offset(position)
        name = os.fsencode(oid.hex())
        for directory in self.directories:
            path = os.path.join(directory, name[:2], name[2:])
            if os.path.isfile(path):
                yield path

    def _packed(self, pack: Pack, offset: int, limit: int) -> tuple[Kind, bytes]:
        """The object of a pack's entry. Chains of deltas are followed step by step: there is no end to a hostile one."""
        chain: list[tuple[Pack, int, int]] = []
        seen: set[tuple[Pack, int]] = set()
        while True:
            header = pack.header(offset)
            if header is None or (pack, offset) in seen:
                raise ValueError("malformed" if header is None else "a delta that rests on itself")
            seen.add((pack, offset))
            if header.size > limit:
                raise OverflowError(f"{header.size} bytes")
            if header.base is None:
                kind, data = _KINDS[header.type], kernel.inflate(pack.data, header.data, header.size)
                break
            chain.append((pack, header.data, header.size))
            if isinstance(header.base, int):
                offset = header.base
                continue
            place = self._base(header.base, pack)
            if isinstance(place, bytes):
                kind, data = self._loose_whole(place, limit)
                break
            pack, offset = place
        for owner, start, size in reversed(chain):
            try:
                data, _, _ = kernel.unpack(owner.data, start, size, data, 0, limit)
            except OverflowError:
                raise OverflowError(f"{_target_size(owner.data, start, size)} bytes") from None
        return kind, data

    def _base(self, oid: bytes, pack: Pack) -> tuple[Pack, int] | bytes:
        position = pack.find(oid)
        if position is not None:
            return pack, pack.offset(position)
        for place in self._copies(oid):
            return place
        raise ValueError(f"made from object {oid.hex()}, which is missing")

    def _loose_whole(self, path: bytes, limit: int) -> tuple[Kind, bytes]:
        with open(path, "rb") as file:
            if (
                os.fstat(file.fileno()).st_size > limit + limit // 1000 + _HEAD
            ):  # what cannot be compressed grows a little
                raise OverflowError(f"{_loose_header(file.read(_HEAD))[1]} bytes")
            packed = file.read()
        kind, size, start = _loose_header(packed)
        if size > limit:
            raise OverflowError(f"{size} bytes")
        return kind, kernel.inflate(packed, 0, start + size)[start:]

    def _packs(self, directory: bytes) -> Iterator[Pack]:
        try:
            names = sorted(os.listdir(directory))
        except OSError:
            return
        known = {name[:-4] for name in names if name.endswith(b".idx")}
        listed = self._midx(directory) if b"multi-pack-index" in names else {}
        for name in names:
            if not name.endswith(b".pack"):
                continue
            stem, path = name[:-5], os.path.join(directory, name)
            index = None
            if stem not in known:
                rows = listed.get(stem + b".idx")
                if rows is None:
                    continue  # still being written, or left over: git does not read it either
                index = make_index(rows, self.id_size)
            try:
                yield Pack(path, self.id_size, index)
            except (OSError, Malformed) as error:
                self.problems.append(Skipped(f"pack {escape(name)}", "corrupt", _reason(error)))

    def _midx(self, directory: bytes) -> dict[bytes, list[tuple[bytes, int]]]:
        if all(
            os.path.exists(os.path.join(directory, name[:-5] + b".idx"))
            for name in os.listdir(directory)
            if name.endswith(b".pack")
        ):
            return {}
        try:
            return read_midx(os.path.join(directory, b"multi-pack-index"), self.id_size)
        except (OSError, Malformed) as error:
            self.problems.append(Skipped("multi-pack-index", "corrupt", _reason(error)))
            return {}


def _target_size(pack: Buffer, start: int, size: int) -> int:
    """How large a compressed delta says its target is."""
    head = kernel.inflate(pack, start, min(size, 20), True)
    return varint(head, varint(head, 0)[1])[0]


def _loose_header(packed: bytes) -> tuple[Kind, int, int]:
    """Kind, size in bytes, and where in the unpacked file the content starts. ValueError where there is no header."""
    try:
        head = zlib.decompressobj().decompress(packed[:_HEAD], 64)
    except zlib.error:
        raise ValueError("malformed") from None
    found = _HEADER.match(head)
    if found is None:
        raise ValueError("malformed")
    return _LOOSE[found[1]], int(found[2]), found.end()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "cannot be read"
    return "its content cannot be unpacked" if str(error) == "malformed" else str(error)


def loose_files(directory: bytes, id_size: int) -> Iterator[tuple[bytes, bytes]]:
    for first in range(256):
        prefix = b"%02x" % first
        try:
            names = os.listdir(os.path.join(directory, prefix))
        except OSError:
            continue
        for name in sorted(names):
            if len(name) == 2 * id_size - 2:
                try:
                    oid = bytes.fromhex((prefix + name).decode("ascii"))
                except ValueError:
                    continue
                yield oid, os.path.join(directory, prefix, name)


def _with_alternates(directories: Sequence[bytes]) -> tuple[bytes, ...]:
    """The directories and those that their `info/alternates` name, each once."""
    found: dict[bytes, bytes] = {}
    level = list(directories)
    for _ in range(ALTERNATES + 1):
        following: list[bytes] = []
        for directory in level:
            real = os.path.realpath(directory)
            if real not in found and os.path.isdir(real):
                found[real] = directory
                following += _alternates(directory)
        level = following
    return tuple(found.values())


def _alternates(directory: bytes) -> list[bytes]:
    try:
        with open(os.path.join(directory, b"info", b"alternates"), "rb") as file:
            lines = file.read(1 << 20).split(b"\n")
    except OSError:
        return []
    named = [_unquoted(line) for line in lines if line and not line.startswith(b"#")]
    return [os.path.normpath(os.path.join(directory, path)) for path in named if path]


_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def _unquoted(line: bytes) -> bytes:
    """A path that may be quoted as a string in C, as git does with odd ones."""
    if not (line.startswith(b'"') and line.endswith(b'"') and len(line) > 1):
        return line

    def plain(found: re.Match[bytes]) -> bytes:
        code: bytes = found[1]
        return bytes([int(code, 8) & 255]) if code[:1].isdigit() else _ESCAPES.get(code, code)

    return re.sub(rb"\\([0-7]{3}|.)", plain, line[1:-1], flags=re.DOTALL)
