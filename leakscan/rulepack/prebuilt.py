"""What a first run would have to compute, computed when leakscan is built, and whether it still belongs to what it is of.

An installed package has a directory with the built-in rules as the cache would hold them, and an automaton of them; a
checkout has none. The rules and the code that reads them are told by names and sizes, and by none having been changed
since: reading all of them would cost more than the rest of a start.
"""

from __future__ import annotations

import os

from leakscan.model.cached import prebuilt_directory
from leakscan.model.digest import blake2b

STAMP = "stamp"
_SLACK = 60.0  # seconds: an installer may write this file before others


def stamp(rules: str) -> bytes | None:
    """What tells this build from others; None where nothing was prebuilt, or the rules in the directory `rules`, or the
    code that reads them, are not those that it was built from."""
    try:
        with open(os.path.join(prebuilt_directory(), STAMP), "rb") as file:
            build, _, of = file.read().partition(b"\n")
            written = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    names, changed = _survey(rules)
    return build if of == names and changed <= written + _SLACK else None


def write_stamp(rules: str) -> None:
    """Say that what is written to the prebuilt directory from now on is of the present rules and code."""
    digest = blake2b(digest_size=16)
    for directory, suffix in _sources(rules):
        for name in sorted(name for name in os.listdir(directory) if name.endswith(suffix)):
            with open(os.path.join(directory, name), "rb") as file:
                digest.update(f"\0{name}\0".encode() + file.read())
    os.makedirs(prebuilt_directory(), exist_ok=True)
    with open(os.path.join(prebuilt_directory(), STAMP), "wb") as file:
        file.write(digest.hexdigest().encode() + b"\n" + _survey(rules)[0])


def _sources(rules: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (rules, ".yaml"), (os.path.dirname(os.path.abspath(__file__)), ".py")


def _survey(rules: str) -> tuple[bytes, float]:
    """A digest of the names and sizes of all sources, and when the last of them was changed."""
    sizes: list[tuple[str, int]] = []
    changed = 0.0
    for directory, suffix in _sources(rules):
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name.endswith(suffix):
                    facts = entry.stat()
                    sizes.append((entry.name, facts.st_size))
                    changed = max(changed, facts.st_mtime)
    return blake2b(repr(sorted(sizes)).encode(), digest_size=16).hexdigest().encode(), changed
