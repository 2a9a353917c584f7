"""The files of the LFS store that have a secret: their content is in no object."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

from . import replace_archive
from .model import shown

if TYPE_CHECKING:
    from .facts import Facts
    from .replace import Matcher

_PIECE = 64 << 20  # bytes that are searched at a time


class Stored(NamedTuple):
    """By LFS id (hex, as bytes) what it is called; and what could not be looked into, with the reason."""

    hits: dict[bytes, str]
    unlooked: list[str]


def search_store(facts: Facts, matcher: Matcher) -> Stored:
    """Search all files of the store."""
    found = Stored({}, [])
    for path in facts.lfs:
        name = os.path.basename(path)
        problem: str | None = None
        try:
            hit, problem = _look(path, matcher)
        except OSError as error:
            hit, problem = False, error.strerror or "cannot be read"
        if hit:
            found.hits[name] = name.decode("ascii", "replace")
        elif problem is not None:
            found.unlooked.append(f"LFS object {shown(name)}: {problem}")
    return found


def _look(path: bytes, matcher: Matcher) -> tuple[bool, str | None]:
    with open(path, "rb") as file:
        piece = file.read(_PIECE)
        if replace_archive.is_archive(piece):
            if len(piece) == _PIECE:
                return bool(matcher.spans(piece)), "a compressed file that is too large to be looked into"
            member, problem = replace_archive.inside(piece, lambda data: bool(matcher.spans(data)))
            return member is not None or bool(matcher.spans(piece)), problem
        kept = b""
        while piece:
            if matcher.spans(kept + piece):
                return True, None
            kept = piece[-2 * matcher.context :] if matcher.context else b""
            piece = file.read(_PIECE)
    return False, None
