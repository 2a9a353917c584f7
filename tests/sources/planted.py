"""What the tests of sources plant, and how they look for it."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, NamedTuple

from leakscan.model.content import Chunk, Skipped

if TYPE_CHECKING:
    from leakscan.model.origin import Origin
    from leakscan.sources.base import Source

MARK = b"planted-" + b"in-this-place"  # long enough for a file name to be looked at


class Read(NamedTuple):
    """Everything that a source says."""

    chunks: list[Chunk]
    skipped: list[Skipped]

    def origins(self, mark: bytes = MARK) -> list[Origin]:
        """Where the mark is, on a line that is to be reported."""
        return [chunk.origin for chunk in self.chunks if _reported(chunk, mark)]

    def why(self) -> dict[str, str]:
        """What was skipped, and the reason."""
        return {item.what: item.why for item in self.skipped}

    def texts(self) -> dict[Origin, bytes]:
        return {chunk.origin: chunk.text for chunk in self.chunks}


def read(source: Source) -> Read:
    """Read all of a source as a worker does: from a pickled copy."""
    units = source.units()
    worker: Source = pickle.loads(pickle.dumps(source))
    found: list[Chunk | Skipped] = list(source.skipped())
    for unit in pickle.loads(pickle.dumps(units)):
        found += worker.read(unit)
    assert source.size() >= 0
    return Read(
        [item for item in found if isinstance(item, Chunk)],
        [item for item in found if isinstance(item, Skipped)],
    )


def _reported(chunk: Chunk, mark: bytes) -> bool:
    lines = chunk.text.split(b"\n")
    if chunk.only is None:
        return mark in chunk.text
    return any(mark in line for first, last in chunk.only for line in lines[first - 1 : last])


def check_novelty(chunk: Chunk, base: bytes, context: int) -> None:
    """What `chunk` says is new in it against `base` is true."""
    assert chunk.novelty is not None
    new = set(range(len(chunk.text)))
    copied = []
    for base_start, start, length in chunk.novelty.copies:
        assert chunk.text[start : start + length] == base[base_start : base_start + length]
        new -= set(range(start, start + length))
        copied.append((start, start + length))
    windows = {i for start, end in chunk.novelty.windows for i in range(start, end)}
    assert new <= windows
    for i in range(len(chunk.text)):  # what is not in a window lies, with its context, inside one copy
        if i not in windows:
            assert any(
                max(0, i - context) >= start and min(len(chunk.text), i + context + 1) <= end
                for start, end in copied
            )
