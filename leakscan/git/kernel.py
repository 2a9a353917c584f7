"""The kernel: compiled where it could be built, in Python elsewhere. `kernel_twin` says what each function does."""

from __future__ import annotations

try:
    from leakscan.git._kernel import (
        commits,
        delta,
        find,
        hits,
        inflate,
        keys,
        plan,
        shared,
        trees,
        unpack,
        unpack_all,
    )

    COMPILED = True
except ImportError:
    from leakscan.git.kernel_twin import (
        commits,
        delta,
        find,
        hits,
        inflate,
        keys,
        plan,
        shared,
        trees,
        unpack,
        unpack_all,
    )

    COMPILED = False

__all__ = [
    "COMPILED", "commits", "delta", "find", "hits", "inflate", "keys", "plan", "shared", "trees", "unpack",
    "unpack_all",
]  # fmt: skip
