"""The kernel: compiled where it could be built, in Python elsewhere. `kernel_twin` says what each function does."""

from __future__ import annotations

try:
    from leakscan.git._kernel import delta, edges, find, inflate, names, plan, shared, unpack, unpack_all

    COMPILED = True
except ImportError:
    from leakscan.git.kernel_twin import delta, edges, find, inflate, names, plan, shared, unpack, unpack_all

    COMPILED = False

__all__ = ["COMPILED", "delta", "edges", "find", "inflate", "names", "plan", "shared", "unpack", "unpack_all"]
