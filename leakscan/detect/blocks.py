"""Which parts of a text have been seen before: compiled where it could be built, in Python elsewhere.

`blocks_twin` says what `look` does. In Python it is slower than what it saves: only tests use it there.
"""

from __future__ import annotations

try:
    from leakscan.detect._blocks import look

    COMPILED = True
except ImportError:
    from leakscan.detect.blocks_twin import look

    COMPILED = False

__all__ = ["COMPILED", "look"]
