"""Sizes as people write them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"([0-9]{1,12})\s*(?:([KMG])i?B?|B)?", re.IGNORECASE)
_UNIT = {"": 0, "K": 10, "M": 20, "G": 30}


def parse_size(text: str) -> int | None:
    """`10 MB`, `512k`, `1048576` as bytes, units in powers of 1024; None if it is no size."""
    size = _SIZE.fullmatch(text.strip())
    return int(size[1]) << _UNIT[(size[2] or "").upper()] if size else None
