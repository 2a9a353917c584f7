"""What `_commits.h` does, in Python: commits, parsed where they are written as git writes them."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, TypeAlias

from leakscan.git.family_twin import family
from leakscan.git.index_twin import Index

if TYPE_CHECKING:
    from leakscan.git.buffer import Buffer

Regular: TypeAlias = tuple[int, str, bytes, bytes, int, bytes, int]
Irregular: TypeAlias = "tuple[int, str, bytes | None]"

_REGULAR = {
    n: re.compile(
        rb"tree ([0-9a-f]{%d})\n((?:parent [0-9a-f]{%d}\n)*)"
        rb"author ([^ \n0-9-][^\n]*?) ?(-?[0-9]+) [+-][0-9]{4}\n"
        rb"committer ([^ \n0-9-][^\n]*?) ?(-?[0-9]+) [+-][0-9]{4}\n"
        rb"(?:gpgsig [^\n]*\n(?: [^\n]*\n)*)?\n" % (2 * n, 2 * n)
    )
    for n in (20, 32)
}


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
    own = Index(idx, id_size)
    known = [Index(index, id_size) for index in indexes]
    items: list[Regular | Irregular] = []
    rows: list[bytes] = []
    absent = bytearray()
    for index, _, _, _, raw, _ in family(pack, steps, limit):
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
