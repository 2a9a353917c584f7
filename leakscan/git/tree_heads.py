"""How the kernel lays out what is new in a tree against its delta's base.

A *head* is 24 bytes, struct "=QIIII": the 64-bit `key_twin.key` of the tree's id; its position in the index; its depth below
its family's root; how many entries are added, how many dropped. What an entry is stands in two bits by its name's number.
"""

from __future__ import annotations

import struct

HEAD = struct.Struct("=QIIII")

BLOB_ENTRY, TREE_ENTRY, SUBMODULE_ENTRY = 0, 1, 2
