"""The kernel: compiled where it could be built, in Python elsewhere.

`kernel_twin`, `attribution_twin`, `rewrite_twin` and `purge_twin` say what each function does.
"""

from __future__ import annotations

try:
    from leakscan.git._kernel import (
        along,
        commits,
        delta,
        differing,
        entries,
        find,
        hits,
        inflate,
        keys,
        plan,
        shared,
        steps,
        table,
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
        steps,
        trees,
        unpack,
        unpack_all,
    )
    from leakscan.git.rewrite_twin import along, differing, entries, table

    COMPILED = False

try:
    from leakscan.git._attribution import (
        ancestors,
        ancestry,
        changed,
        introduced,
        lives,
        numbered,
        pruned,
    )
except ImportError:
    from leakscan.git.attribution_twin import (
        ancestors,
        ancestry,
        changed,
        introduced,
        lives,
        numbered,
        pruned,
    )

    COMPILED = False

try:
    from leakscan.git._purge import links, ordered, patched, quotes, relinked, unsound
except ImportError:
    from leakscan.git.purge_twin import links, ordered, patched, quotes, relinked, unsound

    COMPILED = False

__all__ = [
    "COMPILED", "along", "ancestors", "ancestry", "changed", "commits", "delta", "differing", "entries", "find", "hits",
    "inflate", "introduced", "keys", "links", "lives", "numbered", "ordered", "patched", "plan", "pruned", "quotes",
    "relinked", "shared", "steps", "table", "trees", "unpack", "unpack_all", "unsound",
]  # fmt: skip
