"""What `_kernel.c` does, in Python: for places without a compiler, and as its oracle. Same results, many times slower.

All functions take hostile bytes. ValueError: malformed. OverflowError: larger than the limit that the caller set.
Sizes and offsets are bytes. What a header does in C, a module of its name does here.
"""

from __future__ import annotations

from leakscan.git.commits_twin import commits
from leakscan.git.delta_twin import delta, unpack
from leakscan.git.family_twin import unpack_all
from leakscan.git.hits_twin import hits
from leakscan.git.index_twin import find, shared
from leakscan.git.inflate_twin import inflate
from leakscan.git.key_twin import keys
from leakscan.git.plan_twin import plan, steps
from leakscan.git.trees_twin import trees

__all__ = [
    "commits", "delta", "find", "hits", "inflate", "keys", "plan", "shared", "steps", "trees", "unpack", "unpack_all",
]  # fmt: skip
