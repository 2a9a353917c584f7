"""Looking into compressed files: where a secret is in one, its bytes cannot be exchanged."""

from __future__ import annotations

import importlib
import io
import re
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ZSTD = b"\x28\xb5\x2f\xfd"
_CLOSED = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip", b"Rar!\x1a\x07": "RAR", b"\x04\x22\x4d\x18": "LZ4", b"\x02\x21\x4c\x18": "LZ4",
    b"\x1f\x9d": "compress (.Z)", b"LZIP": "lzip", b"\x89LZO\0\r\n": "lzop", b"MSCF\0\0\0\0": "a CAB file",
    b"xar!\0": "a xar file", b"hsqs": "a squashfs", b"PACK\0\0\0": "a pack of git's",
    b"# v2 git bundle\n": "a bundle of git's", b"# v3 git bundle\n": "a bundle of git's",
}  # fmt: skip
_CARRIERS = (b"MZ", b"\x7fELF", b"#!")  # programs, behind which a ZIP archive may stand
_ZIP_END = b"PK\x05\x06"
_TAIL = (
    22 + 0xFFFF
)  # bytes from the end in which a ZIP's directory ends: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
_MAGIC = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x5d\0\0", b"%PDF-", _ZSTD, *_CLOSED)
_STREAM = re.compile(rb"stream\r?\n")
_DEPTH = 4  # archives within archives
LARGEST = 256 << 20  # bytes that are unpacked of one archive


class Unreadable(Exception):
    """An archive, or something in it, could not be looked into; the text says why."""


def is_archive(data: bytes) -> bool:
    """Whether it starts like a compressed file that `inside` knows, if only by name.

    It looks into ZIP (JAR, DOCX …, or behind a program), gzip, bzip2, xz, LZMA, PDF, and Zstandard where Python has a
    library for it.
    """
    if data.startswith(_CARRIERS):
        tail = data[-_TAIL:]
        return (
            b"\0" in tail and _ZIP_END in tail
        )  # a script without anything behind it is told soonest by the first
    return data.startswith(_MAGIC)


def is_checked(data: bytes) -> bool:
    """Whether it is an archive whose checksums no longer hold where bytes in it are exchanged."""
    return is_archive(data) and not data.startswith(b"%PDF-")


def inside(data: bytes, maybe: Callable[[bytes], bool]) -> tuple[str | None, str | None]:
    """The first member that `maybe` has a match in, and why not all could be looked into; None each.

    `maybe` gets whole members, unpacked, archives in archives as well.
    """
    problem: str | None = None
    budget = [LARGEST]
    for name, member in _members(data, "", _DEPTH, budget):
        if member is None:
            problem = problem or name
        elif maybe(member):
            return name, problem
    return None, problem


def _members(data: bytes, at: str, depth: int, budget: list[int]) -> Iterator[tuple[str, bytes | None]]:
    if not depth:
        yield f"{at}: archives are nested too deep", None
        return
    for name, member in _unpacked(data, at, budget):
        yield name, member
        if member is not None and is_archive(member):
            yield from _members(member, name, depth - 1, budget)


def _unpacked(data: bytes, at: str, budget: list[int]) -> Iterator[tuple[str, bytes | None]]:
    try:
        if data.startswith((b"PK\x03\x04", *_CARRIERS)):
            yield from _zip(data, at, budget)
        elif data.startswith(b"%PDF-"):
            yield from _pdf(data, at, budget)
        elif data.startswith(tuple(_CLOSED)):
            name = next(name for magic, name in _CLOSED.items() if data.startswith(magic))
            yield f"{at or 'archive'}: {name}, which cannot be looked into", None
        elif data.startswith(_ZSTD):
            yield f"{at}/content", _zstd(data, budget)
        else:
            yield f"{at}/content", _stream(data, budget)
    except Unreadable as error:
        yield f"{at or 'archive'}: {error}", None
    except Exception as error:  # hostile bytes: the standard library's readers raise whatever they like
        yield f"{at or 'archive'}: {type(error).__name__}", None


def _zip(data: bytes, at: str, budget: list[int]) -> Iterator[tuple[str, bytes | None]]:
    from zipfile import ZipFile

    with ZipFile(io.BytesIO(data)) as file:
        for number, info in enumerate(file.infolist()):
            yield (
                f"{at}/{number} (name)",
                info.filename.encode("utf-8", "surrogateescape") + b"\0" + info.comment,
            )
            if info.flag_bits & 1:
                yield f"{at}/{number}: encrypted", None
            elif info.file_size > budget[0]:
                yield f"{at}/{number}: too large", None
            else:
                with file.open(info) as member:
                    out = member.read(budget[0] + 1)
                budget[0] -= len(out)
                yield f"{at}/{number}", out


def _pdf(data: bytes, at: str, budget: list[int]) -> Iterator[tuple[str, bytes | None]]:
    """The compressed streams of a PDF; what is not compressed stands in the file as it is."""
    if b"/Encrypt" in data:
        yield f"{at or 'PDF'}: encrypted", None
    for number, start in enumerate(_STREAM.finditer(data)):
        inflater = zlib.decompressobj()
        try:
            out = inflater.decompress(data[start.end() :], budget[0] + 1)
        except zlib.error:  # an image, or a form of compression that is for images alone
            continue
        if len(out) > budget[0]:
            yield f"{at or 'PDF'}: too large", None
            return
        budget[0] -= len(out)
        yield f"{at}/stream {number}", out


def _zstd(data: bytes, budget: list[int]) -> bytes:
    for module in ("compression.zstd", "backports.zstd", "zstandard"):
        try:
            library: Any = importlib.import_module(module)
        except ImportError:
            continue
        raw = io.BytesIO(data)
        if module == "zstandard":
            file: Any = library.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
        else:
            file = library.open(raw, "rb")
        with file:
            out: bytes = file.read(budget[0] + 1)
        if len(out) > budget[0]:
            raise Unreadable("too large")
        budget[0] -= len(out)
        return out
    raise Unreadable("Zstandard, and Python has no library for it: pip install zstandard")


def _stream(data: bytes, budget: list[int]) -> bytes:
    import bz2
    import gzip
    import lzma

    raw = io.BytesIO(data)
    openers: Any = {b"BZ": bz2.BZ2File, b"\xfd7": lzma.LZMAFile, b"\x5d\0": lzma.LZMAFile}
    file: Any = gzip.GzipFile(fileobj=raw) if data[:2] == b"\x1f\x8b" else openers[data[:2]](raw)
    out: bytes = file.read(budget[0] + 1)
    if len(out) > budget[0]:
        raise Unreadable("too large")
    budget[0] -= len(out)
    return out
