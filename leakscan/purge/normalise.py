"""Rewritten objects as servers that check objects want them: only what git's fsck refuses is mended, and nothing else.

Old repositories have lines that git wrote or took in the past and that a server refuses when they come as new objects
(`badTimezone`, `zeroPaddedDate`, `missingSpaceBeforeEmail`, `zeroPaddedFilemode`; https://git-scm.com/docs/git-fsck).
"""

from __future__ import annotations

import re

from . import rewrite_text
from .tree_rows import tree_rows

_IDENT = re.compile(rb"((?:author|committer|tagger) [^<>\n]*?) *<([^<>\n]*)> +(\d+) ([+-]?)(\d+)\n")
_SOUND = re.compile(rb"[a-z]+ (?:[^<>\n]* )?<[^<>\n]*> (?:0|[1-9]\d*) [+-]\d{4}\n")
_KEYS = (b"author", b"committer", b"tagger")


def text(raw: bytes) -> bytes:
    """A commit or tag with sound lines of who and when."""
    lines, rest = rewrite_text.headers(raw)
    return b"".join((*(ident(line) if key in _KEYS else line for key, line in lines), rest))


def ident(line: bytes) -> bytes:
    """An author's, committer's or tagger's line; as it is where it is sound, or beyond repair.

    Of a time zone the first four digits count, as they do for git.
    """
    found = None if _SOUND.fullmatch(line) else _IDENT.fullmatch(line)
    if found is None:
        return line
    who, mail, when, sign, zone = found.groups()
    zone = zone[:4].rjust(4, b"0")
    return b"%s <%s> %s %s%s\n" % (who.rstrip(b" "), mail, when.lstrip(b"0") or b"0", sign or b"+", zone)


def tree(raw: bytes, oid_size: int) -> bytes:
    """A tree whose modes do not start with zeros."""
    rows = tree_rows(raw, oid_size) or []
    if not any(row[0].startswith(b"0") for row in rows):
        return raw
    return b"".join(b"%s %s\0%s" % (mode.lstrip(b"0"), name, oid) for mode, name, oid in rows)
