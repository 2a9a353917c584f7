"""Shannon entropy of a byte string.

C. E. Shannon, A Mathematical Theory of Communication, 1948: https://doi.org/10.1002/j.1538-7305.1948.tb01338.x
"""

from __future__ import annotations

from functools import lru_cache
from math import log2

_N_LOG_N = tuple(n * log2(n) if n else 0.0 for n in range(513))


def shannon(data: bytes) -> float:
    """Bits per character of `data`, from the frequencies of its own bytes: 0.0 (one symbol, or nothing) to 8.0."""
    return _bits(data) if len(data) < len(_N_LOG_N) else _bits.__wrapped__(data)


@lru_cache(1 << 14)  # several rules see the same string, and the versions of a file repeat it
def _bits(data: bytes) -> float:
    length = len(data)
    if length < 2:
        return 0.0
    counts = map(data.count, dict.fromkeys(data))
    if length < len(_N_LOG_N):
        weighted = sum(map(_N_LOG_N.__getitem__, counts))
        return max(0.0, (_N_LOG_N[length] - weighted) / length)
    return max(0.0, log2(length) - sum(n * log2(n) for n in counts) / length)
