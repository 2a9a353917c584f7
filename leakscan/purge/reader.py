"""Objects by id, for what asks for many that are stored near one another."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.git.catfile import Broken
from leakscan.git.steps import LARGEST
from leakscan.model.errors import GitError

if TYPE_CHECKING:
    from leakscan.git.objects import ObjectStore

_CACHE = 96 << 20  # bytes of unpacked objects that are kept


class Reader:
    """Objects by binary id, at the price of one delta where its base was read shortly before."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._size = 0

    def read(self, oid: bytes) -> bytes:
        """An object's content. Raises GitError where it is missing, broken or larger than 512 MiB."""
        for number, pack in enumerate(self.store.packs):
            position = pack.find(oid)
            if position is not None:
                data = self._packed(number, pack.offset(position))
                if data is not None:
                    return data
                break
        found = self.store.read(oid, LARGEST)
        if isinstance(found, Broken):
            raise GitError(f"object {oid.hex()} is {found.why}; `git fsck` says more")
        return found.data

    def _packed(self, number: int, offset: int) -> bytes | None:
        pack = self.store.packs[number]
        chain: list[tuple[int, int, int]] = []
        while True:
            data = self._kept.get((number, offset))
            if data is not None:
                self._kept.move_to_end((number, offset))
                break
            header = pack.header(offset)
            if header is None or header.size > LARGEST or len(chain) > 10_000:
                return None
            if header.base is None:
                data = kernel.inflate(pack.data, header.data, header.size)
                self._keep(number, offset, data)
                break
            chain.append((offset, header.data, header.size))
            if not isinstance(header.base, int):
                position = pack.find(header.base)
                if position is None:
                    return None
                offset = pack.offset(position)
            else:
                offset = header.base
        for at, start, size in reversed(chain):
            data, _, _ = kernel.unpack(pack.data, start, size, data, 0, LARGEST)
            self._keep(number, at, data)
        return data

    def _keep(self, number: int, offset: int, data: bytes) -> None:
        self._kept[number, offset] = data
        self._size += len(data)
        while self._size > _CACHE and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._size -= len(old)
