"""Shannon entropy of a byte string.

C. E. Shannon, A Mathematical Theory of Communication, 1948: https://doi.org/10.1002/j.1538-7305.1948.tb01338.x
"""

from __future__ import annotations

from collections import Counter
from math import log2

_N_LOG_N = tuple(n * log2(n) if n else 0.0 for n in range(513))


def shannon(data: bytes) -> float:
    """Bits per character of `data`, from the frequencies of its own bytes: 0.0 (one symbol, or nothing) to 8.0."""
    length = len(data)
    if length < 2:
        return 0.0
    counts = Counter(data).values()
    if length < len(_N_LOG_N):
        weighted = sum(map(_N_LOG_N.__getitem__, counts))
        return max(0.0, (_N_LOG_N[length] - weighted) / length)
    return max(0.0, log2(length) - sum(n * log2(n) for n in counts) / length)
