"""leakscan finds secrets that were committed to git repositories.

The library is `scan`, what it takes and what it gives; see docs/api.md:

>>> import leakscan
>>> result = leakscan.scan(leakscan.ScanOptions(paths=("path/to/repository",), history=True))
>>> [finding.rule.id for finding in result.findings]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leakscan.api import ScanOptions, scan
    from leakscan.model.errors import LeakscanError
    from leakscan.model.finding import Finding, Place, ScanResult

__version__ = "0.1.0"

__all__ = ["Finding", "LeakscanError", "Place", "ScanOptions", "ScanResult", "scan"]

_HOME = {
    "Finding": "leakscan.model.finding",
    "LeakscanError": "leakscan.model.errors",
    "Place": "leakscan.model.finding",
    "ScanOptions": "leakscan.api",
    "ScanResult": "leakscan.model.finding",
    "scan": "leakscan.api",
}


def __getattr__(name: str) -> object:
    """Imported when asked for: the command line imports this package at every commit."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
