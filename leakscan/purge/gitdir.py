"""The files of a git directory that are no objects, searched for secrets."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple

from . import replace_archive
from .facts import OWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.git.repository import Repository

    from .facts import Facts
    from .replace import Matcher

_PIECE = 64 << 20


class Beside(NamedTuple):
    """What a search found: files with a secret, files that could not be looked into, and how many there are."""

    hits: tuple[bytes, ...]
    unlooked: tuple[str, ...]
    files: int


def search(facts: Facts, matcher: Matcher) -> Beside:
    """Search every file of the common git directory, and of those of linked work trees outside of it."""
    hits: list[bytes] = []
    unlooked: list[str] = []
    count = 0
    for path in every_file(facts.repo):
        count += 1
        try:
            if matcher.spans(path) or _has(path, matcher, unlooked):
                hits.append(path)
        except OSError as error:
            unlooked.append(f"{os.fsdecode(path)}: {error.strerror}")
    unlooked += (f"pack without an index: {os.fsdecode(path)}" for path in _lost_packs(facts.repo))
    return Beside(tuple(sorted(hits)), tuple(unlooked), count)


def every_file(repo: Repository) -> Iterator[bytes]:
    """All files but sound objects and what purges themselves keep."""
    for parent, directories, names in os.walk(repo.common_dir):
        relative = os.path.relpath(parent, repo.common_dir)
        if relative == b".":
            directories[:] = [name for name in directories if name != OWN]
        in_objects = relative.split(b"/")[-2:] or [b""]
        for name in names:
            if not _is_object(in_objects, relative, name):
                yield os.path.join(parent, name)


def _is_object(tail: list[bytes], relative: bytes, name: bytes) -> bool:
    parts = relative.split(b"/")
    if b"objects" not in parts:
        return False
    if tail[-1] == b"pack":
        return (
            name.endswith((b".pack", b".idx", b".rev", b".bitmap", b".mtimes")) or name == b"multi-pack-index"
        )
    return len(tail[-1]) == 2 and len(name) in (38, 62)


def _has(path: bytes, matcher: Matcher, unlooked: list[str]) -> bool:
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return os.path.islink(path) and bool(matcher.spans(os.readlink(path)))
    with open(path, "rb") as file:
        kept = b""
        first = True
        while piece := file.read(_PIECE):
            if matcher.spans(kept + piece):
                return True
            if first and replace_archive.is_archive(piece):
                member, problem = replace_archive.inside(piece, lambda data: bool(matcher.spans(data)))
                if member is not None:
                    return True
                if problem is not None:
                    unlooked.append(f"{os.fsdecode(path)}: {problem}")
            first = False
            kept = piece[-2 * matcher.context :] if matcher.context else b""
    return False


def _lost_packs(repo: Repository) -> list[bytes]:
    directory = os.path.join(repo.objects_dir, b"pack")
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    indexed = {name[:-4] for name in names if name.endswith(b".idx")}
    if b"multi-pack-index" in names:
        return []
    return [
        os.path.join(directory, name)
        for name in sorted(names)
        if name.endswith(b".pack") and name[:-5] not in indexed
    ]


def modules_with_secret(facts: Facts, matcher: Matcher) -> list[bytes]:
    """The git directories of submodules in whose objects the secret stands."""
    from leakscan.git.inventory import Inventory
    from leakscan.git.repository import Repository

    from .objects import search as search_objects

    found = []
    for path in facts.modules:
        try:
            held = Inventory(Repository.open(path))
        except GitError:
            continue
        if search_objects(held, matcher).found:
            found.append(path)
    return found
