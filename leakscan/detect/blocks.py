"""Which parts of a text have been seen before: compiled where it could be built, in Python elsewhere.

`blocks_twin` says what `look` does, `block_hits_twin` what `hits` does. In Python they are slower than what they save: only
tests use them there.
"""

from __future__ import annotations

try:
    from leakscan.detect._blocks import hits, look

    COMPILED = True
except ImportError:
    from leakscan.detect.block_hits_twin import hits
    from leakscan.detect.blocks_twin import look

    COMPILED = False

__all__ = ["COMPILED", "hits", "look"]
