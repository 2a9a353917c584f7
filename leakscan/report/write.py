"""Brings a rendered report to where it was asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from leakscan.model.atomic import replace_file
from leakscan.model.errors import LeakscanError

if TYPE_CHECKING:
    from collections.abc import Iterable

STDOUT = "-"


def write(pieces: Iterable[str], target: str, stdout: TextIO, *, private: bool = False) -> None:
    """Write `pieces` to the file `target` (UTF-8, whole or not at all), or to `stdout` if it is "-".

    `private`: a file that only its owner can read, for a report that shows secrets.
    Raises `LeakscanError` where that is impossible. A reader of `stdout` that has gone away is no error.
    """
    if target == STDOUT:
        _to_stream(pieces, stdout)
        return
    try:
        replace_file(target, (piece.encode("utf-8", "backslashreplace") for piece in pieces), private=private)
    except OSError as e:
        raise LeakscanError(
            f"the report cannot be written to {target!r}: {e.strerror}; name a file in a directory of yours"
        ) from e


def _to_stream(pieces: Iterable[str], stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    try:
        stream.flush()
        for piece in pieces:
            raw = piece.encode(encoding, "backslashreplace")
            if hasattr(stream, "buffer"):
                stream.buffer.write(raw)
            else:
                stream.write(raw.decode(encoding))
        stream.flush()
    except BrokenPipeError:
        _forget(stream)
    except OSError as e:
        _forget(stream)
        raise LeakscanError(f"the report cannot be written to standard output: {e.strerror}") from e


def _forget(stream: TextIO) -> None:
    """Give what is still buffered somewhere to go: the interpreter flushes once more when it exits.

    See https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        descriptor = stream.fileno()
    except OSError:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
