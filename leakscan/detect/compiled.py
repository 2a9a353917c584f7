"""Patterns as Python's `re` has compiled them before: most of them take a hundred times as long to compile as to load.

`re` has no door for this. Its compiler ends with a call of `_sre.compile`, which is given all that it has made: numbers,
which another process of the same interpreter can give it as well
(https://github.com/python/cpython/blob/3.11/Lib/re/_compiler.py, the function `compile`). `_sre` checks what it is given.
Where anything about it is different from what is known here, patterns are compiled as ever.

The file grows by a pattern at a time: its key, a digest of what follows, how long that is, and that. Where its
end is not that of an entry, it is begun anew.
"""

from __future__ import annotations

import re
import struct
import sys
from array import array
from typing import Any

from leakscan.model.cached import append_cache, read_cache, write_cache
from leakscan.model.digest import blake2b

_ENTRY = struct.Struct("=8s8sI")
_LARGEST = 16 << 20  # bytes of the file; all built-in patterns take a third of it


class CompiledPatterns:
    """Patterns over bytes, without flags but those that they set themselves. One per process."""

    def __init__(self) -> None:
        self._known: dict[bytes, memoryview] | None = None
        self._name = f"patterns-2-{sys.implementation.cache_tag}-{sys.hexversion:x}-{sys.byteorder}.bin"
        self._size = 0

    def compile(self, pattern: bytes) -> re.Pattern[bytes]:
        """`re.compile(pattern)`. Raises re.error."""
        if self._known is None:
            self._known = self._read()
        key = blake2b(pattern, digest_size=8).digest()
        entry = self._known.get(key)
        if entry is not None and entry[8:16] == _digest(pattern, entry[_ENTRY.size :]):
            made = _made(pattern, bytes(entry[_ENTRY.size :]))
            if made is not None:
                return made
        parts = _parts(pattern)
        made = None if parts is None else _made(pattern, parts)
        if parts is not None and made is not None and self._size < _LARGEST:
            self._size += len(parts)
            append_cache(self._name, _ENTRY.pack(key, _digest(pattern, parts), len(parts)) + parts)
        return made or re.compile(pattern)

    def _read(self) -> dict[bytes, memoryview]:
        content = memoryview(read_cache(self._name) or b"")
        self._size = len(content)
        found: dict[bytes, memoryview] = {}
        at = 0
        while at + _ENTRY.size <= len(content):
            key, _, length = _ENTRY.unpack_from(content, at)
            found[key] = content[at : at + _ENTRY.size + length]
            at += _ENTRY.size + length
        if at != len(content):  # somebody was interrupted, or the disk was full
            write_cache(self._name, b"")
            return {}
        return found


def _digest(pattern: bytes, parts: bytes | memoryview) -> bytes:
    digest = blake2b(pattern, digest_size=8)
    digest.update(parts)
    return digest.digest()


def _parts(pattern: bytes) -> bytes | None:
    """What `_sre.compile` is given; None where this `re` is not the one that is known. Raises re.error."""
    try:
        from re import _compiler, _parser  # type: ignore[attr-defined]

        parsed = _parser.parse(pattern, 0)
        code: list[int] = _compiler._code(parsed, 0)
        state = parsed.state
        names = (f"{name}={number}" for name, number in state.groupdict.items())
        head = " ".join([str(state.flags), str(state.groups), *names]).encode()
        return head + b"\n" + array("I", code).tobytes()
    except (ImportError, AttributeError, TypeError, OverflowError):
        return None


def _made(pattern: bytes, parts: bytes) -> re.Pattern[bytes] | None:
    head, _, packed = parts.partition(b"\n")
    code = array("I")
    try:
        import _sre  # type: ignore[import-not-found]

        flags, groups, *each = head.decode("ascii").split(" ")
        names = {name: int(number) for name, _, number in (some.partition("=") for some in each)}
        code.frombytes(packed)
        by_number: list[Any] = [None] * int(groups)
        for name, number in names.items():
            by_number[number] = name
        made: re.Pattern[bytes] = _sre.compile(
            pattern, int(flags), code.tolist(), int(groups) - 1, names, tuple(by_number)
        )
    except (ImportError, AttributeError, TypeError, ValueError, IndexError, RuntimeError):
        return None
    return made
