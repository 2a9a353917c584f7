"""How the kernel lays out trees that are pruned to what is wanted.

A pruned tree is its items, sorted 64-bit numbers: number of the name << 32 | index << 2 | what it is. The index is that of
a blob among those that are wanted, of another pruned tree, or of the name, if it is the name that is wanted. Pruned trees
are numbered from 0, which is the empty one; those that are in another come before it.
"""

from __future__ import annotations

BLOB_ITEM, TREE_ITEM, NAME_ITEM = 0, 1, 2
MOST = (1 << 30) - 1  # indexes
