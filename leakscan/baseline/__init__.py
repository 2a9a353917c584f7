"""Baselines: what is known already, so that only what is new fails. See docs/baseline.md.

>>> known = load(Path(".leakscan-baseline.json"))
>>> result = hide(known, result)
"""

from .entries import VERDICTS, Baseline, Entry, Updated, create, hide, judge, update
from .read import load
from .write import dump, save

__all__ = [
    "VERDICTS",
    "Baseline",
    "Entry",
    "Updated",
    "create",
    "dump",
    "hide",
    "judge",
    "load",
    "save",
    "update",
]
