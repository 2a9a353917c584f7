"""Notes: their trees' paths are the ids of what they annotate (https://git-scm.com/docs/git-notes), and follow it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakscan.git.entries import entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pack_writer import PackWriter
    from .reader import Reader

_HEX = re.compile(rb"[0-9a-f]+")


def remapped(tree: bytes, reader: Reader, writer: PackWriter, new: Callable[[bytes], bytes]) -> bytes:
    """A notes tree (already without secrets) with its keys mapped by `new`, which keeps what stays."""
    leaves: dict[bytes, tuple[bytes, bytes]] = {}  # path: (mode, id)
    todo = [(b"", tree)]
    while todo:
        prefix, oid = todo.pop()
        raw = writer.made.get(oid)
        for entry in entries(reader.read(oid) if raw is None else raw, len(tree)) or ():
            if entry.is_tree:
                todo.append((prefix + entry.name + b"/", entry.oid))
            else:
                leaves[prefix + entry.name] = (entry.mode, entry.oid)
    moved: dict[bytes, tuple[bytes, bytes]] = {}
    for path in sorted(leaves):
        moved.setdefault(_moved(path, len(tree), new), leaves[path])
    return tree if moved == leaves else _tree(moved, writer)


def _moved(path: bytes, oid_size: int, new: Callable[[bytes], bytes]) -> bytes:
    digits = path.replace(b"/", b"")
    if len(digits) != 2 * oid_size or not _HEX.fullmatch(digits):
        return path
    left = new(bytes.fromhex(digits.decode())).hex().encode()
    parts = []
    for part in path.split(b"/"):  # the same fan-out
        parts.append(left[: len(part)])
        left = left[len(part) :]
    return b"/".join(parts)


def _tree(leaves: dict[bytes, tuple[bytes, bytes]], writer: PackWriter) -> bytes:
    below: dict[bytes, dict[bytes, tuple[bytes, bytes]]] = {}
    rows = []
    for path, (mode, oid) in leaves.items():
        name, slash, rest = path.partition(b"/")
        if slash:
            below.setdefault(name, {})[rest] = (mode, oid)
        else:
            rows.append((name, mode + b" " + name + b"\0" + oid))
    for name, some in below.items():
        rows.append((name + b"/", b"40000 " + name + b"\0" + _tree(some, writer)))
    return writer.add("tree", b"".join(raw for _, raw in sorted(rows)))
