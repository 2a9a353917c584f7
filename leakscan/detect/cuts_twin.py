"""Where a text is cut into blocks, behind lines that its own content chooses: `_cuts.h` in Python."""

from __future__ import annotations

SMALLEST = 32
LARGEST = 4096
"""Bytes of a block."""


def _is_cut(text: bytes, at: int) -> bool:
    """Whether a block may end behind the line break at `at`: one line in eight, by what the next one begins with."""
    word = int.from_bytes(text[at + 1 : at + 5], "little")
    return (word * 2654435761 & 0xFFFFFFFF) >> 20 & 7 == 0


def block_end(text: bytes, start: int) -> int:
    """Where the block that starts at `start` ends."""
    most = min(len(text), start + LARGEST)
    at = text.find(b"\n", start + SMALLEST - 1, most)
    while at >= 0:
        if _is_cut(text, at):
            return at + 1
        at = text.find(b"\n", at + 1, most)
    return most


def cut_before(text: bytes, at: int) -> int:
    """The last place up to `at` where a block may end, at most `LARGEST` bytes away; `at` itself where there is none."""
    least = max(0, at - LARGEST)
    found = text.rfind(b"\n", least, at)
    while found >= 0:
        if _is_cut(text, found):
            return found + 1
        found = text.rfind(b"\n", least, found)
    return at if least else 0
