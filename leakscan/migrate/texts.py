"""Lines of a repository's files, as they are and as they were."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Self

from leakscan.git import run
from leakscan.git.catfile import CatFile, Object
from leakscan.model.origin import BlobOrigin, FileOrigin, StagedOrigin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakscan.git.repository import Repository
    from leakscan.model.finding import Place

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_BAD = re.compile(rb"[\n\0]")  # no name that git can be asked for by the line
_MOST = 64 << 20  # bytes of one file
_KEPT = 256  # texts that are remembered


class Texts:
    """Reads by path and commit, or by place. What cannot be read is None. A context manager."""

    def __init__(self, root: bytes, repository: Repository | None) -> None:
        self._root = root
        self._repository = repository
        self._known: dict[bytes, list[bytes] | None] = {}
        self._ids: dict[bytes, str | None] = {}  # of `commit:path`
        self._objects: CatFile | None = None

    def line(self, path: bytes, line: int, commit: str | None = None) -> bytes | None:
        """Line `line` (1-based) of `path`: in `commit`, or on disk, or else in HEAD."""
        lines = self._lines(path, commit)
        return lines[line - 1] if lines is not None and 0 < line <= len(lines) else None

    def of(self, place: Place) -> bytes | None:
        """The lines that a secret stands on."""
        match place.origin:
            case FileOrigin(path):
                lines = self._disk(place.path or path)
            case BlobOrigin(oid) | StagedOrigin(_, oid):
                lines = self._object(oid.encode())
            case _:
                return None
        return None if lines is None else b"\n".join(lines[place.line - 1 : place.end_line])

    def _lines(self, path: bytes, commit: str | None) -> list[bytes] | None:
        if commit is not None:
            return self._object(commit.encode() + b":" + path) if _COMMIT.fullmatch(commit) else None
        found = self._disk(path)
        return found if found is not None else self._object(b"HEAD:" + path)

    def _disk(self, path: bytes) -> list[bytes] | None:
        key = b"disk:" + path
        if key not in self._known:
            self._keep(key, self._file(path))
        return self._known[key]

    def _file(self, path: bytes) -> bytes | None:
        """A regular file below the root, and no way out of it."""
        full = os.path.join(self._root, path)
        try:
            info = os.lstat(full)
            inside = os.path.realpath(full).startswith(os.path.realpath(self._root) + b"/")
            if not stat.S_ISREG(info.st_mode) or info.st_size > _MOST or not inside:
                return None
            with open(full, "rb") as file:
                return file.read()
        except (OSError, ValueError):
            return None

    def ask(self, names: Iterable[tuple[bytes, str]]) -> None:
        """Find out at once which blobs (path, commit) are, so that each of them costs no process of its own."""
        wanted = dict.fromkeys(
            c.encode() + b":" + p for p, c in names if _COMMIT.fullmatch(c) and not _BAD.search(p)
        )
        if self._repository is None or not wanted:
            return
        out = self._repository.git("cat-file", "--batch-check", input=b"\n".join(wanted) + b"\n")
        for name, line in zip(wanted, out.splitlines(), strict=True):
            words = line.split(b" ")
            found = len(words) == 3 and words[1] == b"blob" and words[2].isdigit()
            self._ids[name] = words[0].decode() if found else None

    def _object(self, name: bytes) -> list[bytes] | None:
        if self._repository is None or _BAD.search(name):
            return None
        if name not in self._known:
            oid = self._ids.get(name, "") if name in self._ids else self._resolved(name)
            if self._objects is None:
                self._objects = CatFile(self._repository, _MOST)
            found = self._objects.read(oid) if oid else None
            self._keep(name, found.data if isinstance(found, Object) and found.kind == "blob" else None)
        return self._known[name]

    def _resolved(self, name: bytes) -> str | None:
        if self._repository is None:
            return None
        status, out, _ = run.attempt(
            self._repository.where, "rev-parse", "--verify", "--quiet", "--end-of-options", name
        )
        return out.decode().strip() if status == 0 else None

    def close(self) -> None:
        """End the process that reads objects."""
        if self._objects is not None:
            self._objects.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep(self, key: bytes, text: bytes | None) -> None:
        if len(self._known) >= _KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[key] = text.split(b"\n") if text is not None else None
