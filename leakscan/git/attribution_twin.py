"""What `_attribution.c` does, in Python: for places without a compiler, and as its oracle. Same results, many times slower.

All functions take hostile bytes. ValueError: malformed. What a header does in C, a module of its name does here.
"""

from __future__ import annotations

from leakscan.git.ancestry_twin import ancestors, ancestry, changed, numbered
from leakscan.git.introduced_twin import introduced
from leakscan.git.lives_twin import lives
from leakscan.git.pruned_twin import pruned

__all__ = ["ancestors", "ancestry", "changed", "introduced", "lives", "numbered", "pruned"]
