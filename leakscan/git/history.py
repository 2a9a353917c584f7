"""All commits of a repository, from the packs: what they say, and whose children they are."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.git.catfile import Broken
from leakscan.git.commits import CommitText, parse_commit
from leakscan.git.steps import LARGEST, batches
from leakscan.model.content import Skipped
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.git.inventory import Inventory

_BATCH = 1 << 20  # bytes of packed commits that are looked at at a time
_OID = re.compile("[0-9a-f]{40,64}")


class CommitBatch(NamedTuple):
    """Some commits. Each commit is in one batch alone; rows may repeat."""

    regular: list[tuple[str, bytes, bytes, int, bytes, int]]  # id, message, author, time, committer, time
    irregular: list[tuple[str, CommitText]]
    rows: bytes  # "id tree time parents", a line each; a tree that is none is "-", such parents are left out
    referred: list[
        tuple[str, str, str]
    ]  # id (or what stands for one), "tree" or "parent", of which commit: may be absent
    problems: list[Skipped]


def walk(held: Inventory, *, check: bool = False) -> Iterator[CommitBatch]:
    """All commits. With `check`, what they refer to and no pack holds is in `referred`."""
    size, seed = held.repo.oid_size, held.seed
    indexes = tuple(pack.index for pack in held.store.packs) if check else ()
    for number, plan in enumerate(held.plans):
        pack, doubles = held.store.packs[number], held.doubles[number]
        for steps in batches(pack, plan.commits, _BATCH):
            items, rows, absent = kernel.commits(pack.data, pack.index, steps, size, indexes, seed, LARGEST)
            pack.forget()
            some = [item for item in items if not doubles[item[0]]] if doubles is not None else items
            odd = [item for item in some if len(item) == 3]
            batch = _irregular(
                held, [bytes.fromhex(oid) for _, oid, _ in odd], [raw for _, _, raw in odd], check
            )
            regular = [item[1:] for item in some if len(item) != 3]
            if absent:
                lines = rows.decode("ascii").splitlines()
                by_id = {line[: 2 * size]: line.split(" ") for line in lines}
                for place, which in struct.iter_unpack("=II", absent):
                    row = by_id[items[place][1]]
                    oid = row[1] if which == 0 else row[2 + which]
                    batch.referred.append((oid, "parent" if which else "tree", row[0]))
            yield batch._replace(regular=regular, rows=rows + batch.rows)
    singles = held.singles["commit"]
    yield _irregular(held, singles, [None] * len(singles), check)


def _irregular(held: Inventory, oids: list[bytes], raws: list[bytes | None], check: bool) -> CommitBatch:
    """Commits one by one; those whose content is None are looked for wherever else they may be."""
    batch = CommitBatch([], [], b"", [], [])
    rows = []
    for oid, raw in zip(oids, raws, strict=True):
        name = oid.hex()
        if raw is None:
            found = held.store.read(oid, LARGEST)
            if isinstance(found, Broken):
                batch.problems.append(Skipped(f"commit {name}", found.why, found.detail))
                continue
            raw = found.data
        text = parse_commit(raw)
        batch.irregular.append((name, text))
        tree = text.tree if _OID.fullmatch(text.tree) else "-"
        parents = [parent for parent in text.parents if _OID.fullmatch(parent)]
        rows.append(f"{name} {tree} {text.committer.time} {' '.join(parents)}\n")
        if check:
            batch.referred.append((text.tree, "tree", name))
            batch.referred.extend((parent, "parent", name) for parent in text.parents)
    return batch._replace(rows="".join(rows).encode("ascii"))
