"""The composition root: from what is asked for to a `ScanResult`. The command line is its client."""

from __future__ import annotations

from .options import ScanOptions, is_whole
from .run import scan

__all__ = ["ScanOptions", "is_whole", "scan"]
