"""Digests, without OpenSSL: `hashlib` loads it, which takes a thirtieth of the time that a commit waits for.

https://docs.python.org/3/library/hashlib.html#blake2
"""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # no CPython, or not one that has it there
    from hashlib import blake2b

__all__ = ["blake2b"]
