"""What `_windows.h` does, in Python: it refuses what are no windows of a text."""

from __future__ import annotations


def check(windows: tuple[tuple[int, int], ...], size: int) -> None:
    """Raises ValueError unless these are half-open parts of a text of `size` bytes, in order, none reaching into another."""
    least = 0
    for start, end in windows:
        if not least <= start <= end <= size:
            raise ValueError("malformed")
        least = end
