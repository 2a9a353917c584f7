"""Reading files of a hostile directory: nothing is followed, nothing blocks, nothing large is read."""

from __future__ import annotations

import errno
import os
import stat

from leakscan.model.content import Chunk, Skipped
from leakscan.model.origin import FileOrigin
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.sources import gate

# What a platform lacks (Windows has no O_NOFOLLOW) it does not need: links are seen by lstat before.
_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)


class File(NamedTuple):
    """A file to scan: its path as reported, and where it is on disk (absolute)."""

    path: bytes
    location: bytes
    size: int = 0


def read(file: File, max_size: int) -> Chunk | Skipped:
    """The content of a regular file, or the target of a symbolic link, as text to scan.

    Links in the directories above are the caller's to check. `max_size` is in bytes.
    """
    try:
        facts = os.lstat(file.location)
        if stat.S_ISLNK(facts.st_mode):
            return Chunk(FileOrigin(file.path), os.readlink(file.location))
        if not stat.S_ISREG(facts.st_mode):
            return Skipped(escape(file.path), "special-file", _kind(facts.st_mode))
        if facts.st_size > max_size:
            return _too_large(file, facts.st_size)
        raw = _content(file.location, facts.st_size, max_size)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return Skipped(escape(file.path), "missing", "it vanished during the scan")
        return Skipped(escape(file.path), "unreadable", error.strerror or "")
    if raw is None:
        return Skipped(escape(file.path), "special-file", "it was exchanged during the scan")
    text = gate.admit(raw, max_size)
    if text == "too-large":
        return _too_large(file, len(raw))
    if isinstance(text, str):
        return Skipped(escape(file.path), text)
    return Chunk(FileOrigin(file.path), text)


def read_small(location: bytes, max_size: int = 1 << 20) -> bytes:
    """A small regular file of configuration; empty where it is none, is too large or cannot be read."""
    try:
        facts = os.lstat(location)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > max_size:
            return b""
        return (_content(location, facts.st_size, max_size) or b"")[:max_size]
    except OSError:
        return b""


def _content(location: bytes, size: int, max_size: int) -> bytes | None:
    """At most `max_size` + 1 bytes; None when the file is no regular one any more."""
    descriptor = os.open(location, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        pieces = []
        length = 0
        want = min(size, max_size) + 1  # one more than there should be, to see the end in one call
        while length <= max_size and (piece := os.read(descriptor, want)):
            pieces.append(piece)
            length += len(piece)
            if length == size < want:
                break  # more was asked for than came: its end
            want = 1 << 16
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    finally:
        os.close(descriptor)


def _too_large(file: File, size: int) -> Skipped:
    return Skipped(escape(file.path), "too-large", f"{size} bytes; raise --max-file-size to scan it")


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISCHR, "a character device"),
    )
    return next((name for test, name in kinds if test(mode)), "not a regular file")
