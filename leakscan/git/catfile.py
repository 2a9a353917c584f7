"""Objects by way of `git cat-file --batch`: slower than reading packs, right for whatever git can read.

An object that is missing or broken is a value (`Broken`). Git dies of some broken objects; the process is
then started anew behind the object that killed it.

Protocol: https://git-scm.com/docs/git-cat-file#_batch_output.
"""

from __future__ import annotations

import contextlib
import subprocess
from typing import IO, TYPE_CHECKING, Literal, Self

from leakscan.git import run
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leakscan.git.repository import Repository

Kind = Literal["blob", "tree", "commit", "tag"]
LEFT_OUT = "left out of a partial clone; `git fetch --refetch --no-filter` brings it"
_SURELY_HELD = 4096  # bytes that any pipe takes before somebody reads
_KINDS: dict[bytes, Kind] = {b"blob": "blob", b"tree": "tree", b"commit": "commit", b"tag": "tag"}


class Object(NamedTuple):
    """An object, whole."""

    oid: str
    kind: Kind
    data: bytes


class Broken(NamedTuple):
    """An object that could not be read."""

    oid: str
    why: Literal["missing", "corrupt", "too-large"]
    detail: str = ""  # what git said, or the size


class Listed(NamedTuple):
    """An object as the listing of all of them has it; `size` in bytes, unpacked."""

    oid: str
    kind: Kind
    size: int


class CatFile:
    """A running `git cat-file`, for objects one by one. A context manager; not shared between processes."""

    def __init__(self, repo: Repository, max_size: int | None = None) -> None:
        self._repo = repo
        self._max_size = max_size
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the process now rather than at the first `read`: git then loads while other work is done."""
        if self._process is None:
            self._process = run.start(
                self._repo.where, "cat-file", "--batch", stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
            )

    def read(self, oid: str) -> Object | Broken:
        """One object by its full id."""
        self.start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{oid}\n".encode())
            process.stdin.flush()
        except BrokenPipeError:
            found = None
        else:
            found = _next(process.stdout, oid, self._max_size)
        if found is None:
            self.close()
            return Broken(oid, *_diagnose(self._repo, oid))
        return found

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            _end(self._process)
            self._process = None


def stream(repo: Repository, oids: Sequence[str], max_size: int | None = None) -> Iterator[Object | Broken]:
    """The objects with these full ids, in this order, one answer each.

    Larger ones than `max_size` bytes are read past, never held in memory.
    """
    done = 0
    while done < len(oids):
        process = _asked(repo, oids[done:])
        assert process.stdout is not None
        try:
            while done < len(oids):
                found = _next(process.stdout, oids[done], max_size)
                if found is None:
                    break
                yield found
                done += 1
        finally:
            _end(process)
        if done < len(oids):
            yield Broken(oids[done], *_diagnose(repo, oids[done]))
            done += 1


def _asked(repo: Repository, oids: Sequence[str]) -> subprocess.Popen[bytes]:
    """A process that answers for these objects and ends."""
    questions = "".join(f"{oid}\n" for oid in oids).encode()
    command = ("cat-file", "--batch", "--buffer")
    if len(questions) <= _SURELY_HELD:
        process = run.start(repo.where, *command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(questions)
            process.stdin.close()
        return process
    # More than a pipe surely holds: from a file, git can never wait for us while we wait for it.
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(questions)
        file.seek(0)
        return run.start(repo.where, *command, stdin=file, stderr=subprocess.DEVNULL)


def listing(repo: Repository) -> tuple[list[Listed], list[Broken]]:
    """All objects: packed, loose and borrowed, once each; and those that cannot be looked at.

    In the order of the packs, in which git reads them fastest.
    """
    every = ("cat-file", "--batch-all-objects", "--unordered")
    status, out, _ = run.attempt(repo.where, *every, "--batch-check")
    if status == 0:
        lines = out.splitlines()
        return [_listed(line) for line in lines if not line.endswith(b" missing")], _unlisted(lines)
    # A broken object ends the listing. The names alone are to be had without looking at any object.
    names = repo.git(*every, "--batch-check=%(objectname)").decode().split()
    good: list[Listed] = []
    bad: list[Broken] = []
    done = 0
    while done < len(names):
        asked = "".join(f"{name}\n" for name in names[done:]).encode()
        _, out, err = run.attempt(repo.where, "cat-file", "--batch-check", "--buffer", input=asked)
        lines = out.splitlines()
        good += [_listed(line) for line in lines if not line.endswith(b" missing")]
        bad += _unlisted(lines)
        done += len(lines)
        if done < len(names):
            bad.append(Broken(names[done], "corrupt", _last_line(err)))
            done += 1
    return good, bad


def broken(found: Iterable[Object | Broken]) -> list[Broken]:
    """Those of `found` that could not be read."""
    return [item for item in found if isinstance(item, Broken)]


def _listed(line: bytes) -> Listed:
    oid, kind, size = line.split()
    return Listed(oid.decode(), _KINDS[kind], int(size))


def _unlisted(lines: list[bytes]) -> list[Broken]:
    # It is there, or it would not be listed: what git calls missing here has no readable header.
    gone = [line.split()[0].decode() for line in lines if line.endswith(b" missing")]
    return [Broken(oid, "corrupt", "git cannot read its header") for oid in gone]


def _next(out: IO[bytes], oid: str, max_size: int | None) -> Object | Broken | None:
    """The next answer; None when git died over it."""
    header = out.readline().split()
    if len(header) == 2 and header[1] == b"missing":
        return Broken(oid, "missing")
    if len(header) != 3 or header[0] != oid.encode() or header[1] not in _KINDS:
        return None
    size = int(header[2])
    if max_size is not None and size > max_size:
        left = size + 1
        while left:
            piece = out.read(min(left, 1 << 20))
            if not piece:
                return None
            left -= len(piece)
        return Broken(oid, "too-large", f"{size} bytes")
    data = out.read(size + 1)
    if len(data) != size + 1:
        return None
    return Object(oid, _KINDS[header[1]], data[:-1])


def _diagnose(repo: Repository, oid: str) -> tuple[Literal["missing", "corrupt"], str]:
    """Why git died over an object: asked once more, on its own."""
    status, _, err = run.attempt(repo.where, "cat-file", "-t", oid)
    if status and b"promisor" in err:
        return "missing", LEFT_OUT
    if not status:
        _, _, err = run.attempt(repo.where, "cat-file", "-e", oid)
        err = err or b"its content cannot be unpacked"
    return "corrupt", _last_line(err)


def _last_line(err: bytes) -> str:
    lines = err.strip().splitlines()
    return escape(lines[-1]) if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    if process.stdout is not None:
        process.stdout.close()
    process.terminate()
    process.wait()
