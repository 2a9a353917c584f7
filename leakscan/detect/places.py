"""Where matches can start: compiled where it could be built, in Python elsewhere, which is slower and says the same."""

from __future__ import annotations

try:
    from leakscan.detect._places import fresh, parted, starts, taker
except ImportError:
    from leakscan.detect.places_twin import fresh, parted, starts, taker

__all__ = ["fresh", "parted", "starts", "taker"]
