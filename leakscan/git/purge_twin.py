"""What `_purge.c` does, in Python: for places without a compiler, and as its oracle. Same results, many times slower.

All functions take hostile bytes. ValueError: malformed. Sizes and offsets are bytes.
"""

from __future__ import annotations

import re
import struct
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

from leakscan.git import delta_twin, rewrite_twin
from leakscan.git.delta_code import distance, entry_head
from leakscan.git.index_twin import Index
from leakscan.git.inflate_twin import inflate
from leakscan.git.steps import STEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from leakscan.git.buffer import Buffer

_NAMES = 8 + 1024  # where an index's ids start
_STORED = 192  # bytes of a delta up to which compressing does not pay
_IDENT = rb"(?:[^<>\n\0]* )<[^<>\n\0]*> (?:0|[1-9][0-9]{0,9}) [+-][0-9]{4}\n"
_PLAIN = re.compile(rb"author %scommitter %s(?:[^\0\n]+\n)*\n[^\0]*" % (_IDENT, _IDENT)).fullmatch
_SEALED = re.compile(
    rb"^(gpgsig|gpgsig-sha256|mergetag)(?: [^\n]*)?(?:\n|\Z)(?: [^\n]*(?:\n|\Z))*", re.MULTILINE
)
_QUOTED = re.compile(rb"(?<![0-9A-Za-z_])[0-9a-f]{7,64}(?![0-9A-Za-z_])").search
_LINKS = {
    size: re.compile(rb"tree ([0-9a-f]{%d})\n((?:parent [0-9a-f]{%d}\n)*)" % (2 * size, 2 * size))
    for size in (20, 32)
}
_ROWS = {size: re.compile(rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}


def ordered(idx: Buffer, omit: Buffer, id_size: int) -> bytes:
    """The ids of a pack one behind the other, in the order of their entries; without those of `omit`.

    `idx` is a version 2 index.
    """
    whole, gone = bytes(idx), bytes(omit)
    if id_size not in (20, 32) or len(whole) < _NAMES + 2 * id_size or whole[:8] != b"\xfftOc\0\0\0\2":
        raise ValueError("malformed")
    (count,) = struct.unpack(">I", whole[_NAMES - 4 : _NAMES])
    start = _NAMES + count * (id_size + 4)
    if start + 4 * count + 2 * id_size > len(whole):
        raise ValueError("malformed")
    left = {gone[at : at + id_size] for at in range(0, len(gone) - id_size + 1, id_size)}
    rows = []
    large = whole[start + 4 * count : len(whole) - 2 * id_size]
    for number, (offset,) in enumerate(struct.iter_unpack(">I", whole[start : start + 4 * count])):
        if offset >> 31:
            at = 8 * (offset & 0x7FFFFFFF)
            offset = int.from_bytes(large[at : at + 8], "big") if at + 8 <= len(large) else (1 << 64) - 1
        oid = whole[_NAMES + number * id_size : _NAMES + (number + 1) * id_size]
        if oid not in left:
            rows.append((offset, number, oid))
    return b"".join(oid for _, _, oid in sorted(rows))


def unsound(
    pack: Buffer,
    steps: Buffer,
    id_size: int,
    indexes: tuple[Buffer, ...],
    kinds: tuple[Buffer, ...],
    digest: Callable[[Buffer], bytes],
    seed: int,
    limit: int,
) -> tuple[bytes, bytes, bytes, bytes]:
    """What is to be said of the trees of a pack, whose index is the first of `indexes`.

    Native 32-bit positions of trees that cannot be made or whose `digest` is not their id; positions of those that are
    malformed, out of order, or name something twice; entries that git has to judge by mode or name, each behind its size and
    its tree's position; ids that no index has as what the entry says it is (`kinds`: by position, 1 commit, 2 tree, 3 blob,
    4 tag), each behind that kind, a byte. Of what a tree has from the tree that it is a delta of, only that one need be
    named; what is told may be told more than once. `seed` keys hashes of ids.
    """
    if id_size not in (20, 32) or not indexes or len(indexes) != len(kinds):
        raise ValueError("malformed")
    own, known = _ids(indexes[0], id_size), [_ids(index, id_size) for index in indexes]
    if any(len(bytes(of)) < len(ids) for of, ids in zip(kinds, known, strict=True)):
        raise ValueError("malformed")
    kind_of: dict[bytes, set[int]] = {}
    for ids, of in zip(known, kinds, strict=True):
        for oid, kind in zip(ids, bytes(of), strict=False):
            kind_of.setdefault(oid, set()).add(kind)
    wrong, bad, odd, unknown = [], [], b"", b""
    line: list[bytes | None] = []
    for start, size, position, depth, _ in STEP.iter_unpack(bytes(steps)):
        base = line[depth - 1] if depth else b""
        raw: bytes | None = None
        try:
            if base is not None and size <= limit:
                raw = inflate(pack, start, size)
                raw = delta_twin.delta(base, raw, 0, limit)[0] if depth else raw
        except (ValueError, OverflowError):
            raw = None
        line[depth:] = [raw]
        if raw is None or digest(raw) != own[position]:
            wrong.append(position)
        if raw is None:
            continue
        rows = _rows(raw, id_size)
        if rows is None:
            bad.append(position)
            continue
        names = [name + b"/" if _is_tree(mode) else name for mode, name, _ in rows]
        if any(a >= b for a, b in pairwise(names)) or len({name for _, name, _ in rows}) < len(rows):
            bad.append(position)
        for mode, name, oid in rows:
            whole = mode + b" " + name + b"\0" + oid
            kind = 2 if _is_tree(mode) else 3
            if _odd(mode, name) or not oid.strip(b"\0"):
                odd += struct.pack("=II", len(whole), position) + whole
            if mode.lstrip(b"0") != b"160000" and kind not in kind_of.get(oid, ()):
                unknown += bytes([kind]) + oid
    return struct.pack(f"={len(wrong)}I", *wrong), struct.pack(f"={len(bad)}I", *bad), odd, unknown


def patched(
    pack: Buffer,
    idx: Buffer,
    steps: Buffer,
    marks: Buffer,
    id_size: int,
    table: Buffer,
    seed: int,
    ids: dict[bytes, bytes],
    offsets: dict[bytes, int],
    at: int,
    digest: Callable[[Buffer], bytes],
    compress: Callable[[Buffer], bytes],
) -> bytes:
    """Rewrite trees: in each, those ids that `ids` has are exchanged, but for submodules'. Returns entries of a new pack.

    `marks`: a byte for each step: 1 to make the tree (as something rests on it), 2 as well to rewrite it. What a tree
    becomes is added to `ids`. `offsets` says where in the new pack objects are; the first entry goes to `at`; what is
    written is added. A tree whose base is rewritten as well is stored as a delta. `table` is of all ids that may be
    exchanged (see `rewrite_twin.table`). ValueError: malformed, or the new tree is not the old one but for such ids.
    """
    own = _ids(idx, id_size)
    out = bytearray()
    line: list[tuple[bytes, bytes | None, bytes] | None] = []  # old content, new content, new id
    flags = bytes(marks)
    for number, (start, size, position, depth, _) in enumerate(STEP.iter_unpack(bytes(steps))):
        if not flags[number]:
            continue
        if depth > len(line) or position >= len(own):
            raise ValueError("malformed")
        base = line[depth - 1] if depth else None
        raw, copies = inflate(pack, start, size), b""
        if base is not None:
            raw, copies, _ = delta_twin.delta(base[0], raw, 0, 0xFFFFFFFF)
        oid, new = own[position], None
        if flags[number] & 2 or oid in ids:
            rows = _rows(raw, id_size)
            if rows is None:
                raise ValueError("malformed")
            new = b"".join(
                b"%s %s\0%s" % (mode, name, old if mode == b"160000" else ids.get(old, old))
                for mode, name, old in rows
            )
        after = ids.get(oid, oid)
        if flags[number] & 2 and new is not None:
            after = oid if new == raw else digest(new)
            ids[oid] = after
            if after != oid and after not in offsets:
                delta = None
                if base is not None and base[1] is not None and base[2] in offsets:
                    delta = rewrite_twin.along(base[1], new, copies)
                offsets[after] = at + len(out)
                if base is not None and delta is not None and 2 * len(delta) < len(new):
                    back = at + len(out) - offsets[base[2]]
                    body = _stored(delta) if len(delta) <= _STORED else compress(delta)
                    out += entry_head(6, len(delta)) + distance(back) + body
                else:
                    out += entry_head(2, len(new)) + compress(new)
        line[depth:] = [(raw, new, after)]
    return bytes(out)


def links(raw: Buffer, id_size: int, plain: bool = False) -> bytes | None:
    """The ids of a commit's tree and parents, one behind the other; None where they do not stand as they should.

    With `plain` None as well where git's strict check might have something to say of the rest.
    """
    whole = bytes(raw)
    found = _LINKS[id_size].match(whole) if id_size in _LINKS else None
    if (
        found is None
        or whole[found.end() :].startswith(b"parent ")
        or (plain and not _PLAIN(whole, found.end()))
    ):
        return None
    return bytes.fromhex("".join((found[1].decode(), *found[2].decode().replace("parent ", "").split("\n"))))


def relinked(
    raw: Buffer, tree: Buffer, commits: dict[bytes, bytes], id_size: int
) -> tuple[bytes, int, int] | None:
    """A commit with another tree, its parents as `commits` has them, and without signatures and tags that it merges.

    With how many of both there were. None: it is not formed as most are.
    """
    packed, whole = links(raw, id_size), bytes(raw)
    if packed is None or len(bytes(tree)) != id_size:
        return None
    parents = [packed[at : at + id_size] for at in range(id_size, len(packed), id_size)]
    rest = whole[2 * id_size + 6 + len(parents) * (2 * id_size + 8) :]
    head = _head(rest)
    left = _SEALED.sub(b"", head)
    keys = [found[1] for found in _SEALED.finditer(head)]
    lines = [f"parent {commits.get(parent, parent).hex()}\n" for parent in parents]
    new = f"tree {bytes(tree).hex()}\n{''.join(lines)}".encode() + left + rest[len(head) :]
    return new, len(keys) - keys.count(b"mergetag"), keys.count(b"mergetag")


def quotes(raw: bytes) -> bool:
    """Whether a commit's message has something that looks like an id of 7 to 64 digits."""
    return bool(_QUOTED(raw[len(_head(raw)) :]))


def _head(text: bytes) -> bytes:
    """Whole lines up to the first empty one."""
    if text.startswith(b"\n"):
        return b""
    end = text.find(b"\n\n")
    return text if end < 0 else text[: end + 1]


def _rows(tree: bytes, id_size: int) -> list[tuple[bytes, bytes, bytes]] | None:
    """(mode, name, id) of all entries; None where the tree is malformed."""
    found = []
    at = 0
    while at < len(tree):
        row = _ROWS[id_size].match(tree, at)
        if row is None:
            return None
        found.append((row[1], row[2], row[3]))
        at = row.end()
    return found


def _ids(idx: Buffer, id_size: int) -> list[bytes]:
    index = Index(bytes(idx), id_size)
    return [index.id(position) for position in range(index.n)]


def _is_tree(mode: bytes) -> bool:
    return mode.lstrip(b"0") == b"40000"


def _odd(mode: bytes, name: bytes) -> bool:
    plain = bytes(byte for byte in name if byte < 128)[:8].lower()
    return (
        mode not in (b"100644", b"100755", b"120000", b"40000", b"160000")
        or len(name) > 255
        or name in (b".", b"..")
        or any(byte in b"/\\~" for byte in name)
        or plain.startswith((b".git", b".mailmap"))
    )


def _stored(data: bytes) -> bytes:
    """A zlib stream of one block that is not compressed."""
    size = struct.pack("<HH", len(data), 0xFFFF ^ len(data))
    return b"\x78\x01\x01" + size + data + struct.pack(">I", zlib.adler32(data))
