"""Which objects of a repository earlier scans have seen, and with which rules: what `--since-last` goes by.

Kept in the user's state directory, never in the repository. It holds names of packs and hashes of object ids under a random
key: nothing of any content, and no secret. Whatever is not as it was written counts as nothing seen.
"""

from __future__ import annotations

import os
import secrets
import struct
from array import array
from bisect import bisect_left
from hashlib import blake2b
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leakscan.git.objects import ObjectStore
    from leakscan.git.repository import Repository

_HEADER = struct.Struct(
    "<8s32s32sQIII"
)  # magic, checksum of the rest, digest of the rules, seed, packs, bytes of their names, whether complete
_MAGIC = b"lkaudit2"


class Audited(NamedTuple):
    """What was seen: whole packs by file name, and all objects by the `key` of their ids."""

    packs: frozenset[bytes]
    seed: int
    keys: memoryview  # 64-bit numbers, sorted
    complete: (
        bool  # nothing was missing or unread: what came later is in no tree and above no commit that was seen
    )

    def seen(self, ids: bytes, id_size: int) -> bytes:
        """For each of `ids`, one behind the other, one byte: whether it was seen."""
        asked = memoryview(kernel.keys(ids, id_size, self.seed)).cast("Q").tolist()
        if len(asked) * 16 > len(self.keys):
            known = set(self.keys.tolist())
            return bytes([key in known for key in asked])
        return bytes([self.has(key) for key in asked])

    def has(self, key: int) -> bool:
        """Whether the object with this key was seen."""
        at = bisect_left(self.keys, key)
        return at < len(self.keys) and self.keys[at] == key


def load(repo: Repository, digest: str) -> Audited | None:
    """What was seen with rules (and options that decide what is found) of this digest; None where that is not known."""
    try:
        with open(path_of(repo), "rb") as file:
            raw = file.read()
    except OSError:
        return None
    if len(raw) < _HEADER.size:
        return None
    magic, checksum, rules, seed, count, length, complete = _HEADER.unpack_from(raw)
    body = raw[_HEADER.size :]
    if (
        magic != _MAGIC
        or rules != _digest(digest)
        or checksum != _checksum(rules, seed, complete, body)
        or len(body) < length
    ):
        return None
    names = body[:length].split(b"\0") if length else []
    keys = body[length + -length % 8 :]
    if len(names) != count or len(keys) % 8:
        return None
    return Audited(frozenset(names), seed, memoryview(keys).cast("Q"), bool(complete))


def save(
    repo: Repository,
    digest: str,
    store: ObjectStore,
    loose: Sequence[bytes],
    unread: Collection[bytes] = (),
    since: Audited | None = None,
    *,
    complete: bool,
) -> None:
    """Note that all objects of `store`'s packs and the `loose` ones have been seen, but for `unread`.

    `complete`: whether nothing was missing or unread. `since` is what had been seen before, with the same rules; it is
    added to. Raises OSError.
    """
    complete = complete and not unread and (since is None or since.complete)
    seed = secrets.randbits(64) if since is None else since.seed
    known = since.packs if since is not None else frozenset()
    packs = [pack for pack in store.packs if os.path.basename(pack.path) not in known]
    ids = b"".join([*(bytes(pack.names()) for pack in packs), *loose])
    new = set(memoryview(kernel.keys(ids, store.id_size, seed)).cast("Q").tolist())
    lost = set(memoryview(kernel.keys(b"".join(unread), store.id_size, seed)).cast("Q").tolist())
    whole = [pack for pack in store.packs if all(pack.find(oid) is None for oid in unread)]
    names = frozenset(os.path.basename(pack.path) for pack in whole)
    new -= lost
    keys = memoryview(array("Q"))
    if since is not None:
        keys = since.keys
        new = {key for key in new if not since.has(key)}
        forgotten = any(since.has(key) for key in lost)
        if not new and not forgotten and names == known and complete == since.complete:
            return
        if forgotten:
            keys = memoryview(array("Q", [key for key in keys if key not in lost]))
    _write(repo, digest, Audited(names, seed, _merged(keys, sorted(new)), complete))


def _merged(keys: memoryview, new: Sequence[int]) -> memoryview:
    """Sorted numbers with others put in their places. There are many: they are not looked at one by one."""
    raw, out, at = keys.cast("B"), array("Q"), 0
    for key in new if keys else ():
        place = bisect_left(keys, key, at)
        out.frombytes(raw[8 * at : 8 * place])
        out.append(key)
        at = place
    out.frombytes(raw[8 * at :])
    return memoryview(out if keys else array("Q", new))


def _write(repo: Repository, digest: str, found: Audited) -> None:
    from leakscan.model.atomic import replace_file

    joined = b"\0".join(sorted(found.packs))
    body = joined + bytes(-len(joined) % 8) + found.keys.tobytes()
    rules, seed, complete = _digest(digest), found.seed, int(found.complete)
    path = path_of(repo)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    checksum = _checksum(rules, seed, complete, body)
    header = _HEADER.pack(_MAGIC, checksum, rules, seed, len(found.packs), len(joined), complete)
    replace_file(path, [header, body], private=True)


def path_of(repo: Repository) -> str:
    """The file for a repository: by where its objects are, links resolved."""
    own = os.environ.get("LEAKSCAN_STATE_DIR")
    if own is None:
        import platformdirs

        own = platformdirs.user_state_dir("leakscan", appauthor=False)
    place = blake2b(os.path.realpath(repo.objects_dir), digest_size=16).hexdigest()
    return os.path.join(own, "audits", f"{place}.bin")


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=32).digest()


def _checksum(rules: bytes, seed: int, complete: int, body: bytes) -> bytes:
    return blake2b(b"%b%d %d\0%b" % (rules, seed, complete, body), digest_size=32).digest()
