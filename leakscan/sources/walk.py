"""Plain directories, their `.gitignore` files honoured as git would (https://git-scm.com/docs/gitignore)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakscan.model import gitignore
from leakscan.model.record import NamedTuple
from leakscan.sources import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


class Unlisted(NamedTuple):
    """A directory that cannot be read, and why. `path` relative to the walk's root; empty for the root itself."""

    path: bytes
    why: str


class Nested(NamedTuple):
    """A directory that is a repository of its own. `path` relative to the walk's root."""

    path: bytes


def walk(root: bytes, *, enter: Callable[[bytes], bool]) -> Iterator[bytes | Nested | Unlisted]:
    """The files below `root` by their paths relative to it, in a fixed order: links and special files too.

    `.git` is left out. A directory that holds one is asked about: when `enter` (given its absolute path)
    says no, it comes as `Nested`, otherwise it is walked like any other. Links to directories are not
    followed.
    """
    yield from _walk(root, b"", (), enter)


def excluded(patterns: Sequence[str], paths: Iterable[bytes]) -> set[bytes]:
    """Those of `paths` that patterns in gitignore syntax match."""
    ignores = gitignore.lenient_matcher(patterns).match_file
    return {path for path in paths if ignores(os.fsdecode(path))}


def _walk(
    root: bytes,
    start: bytes,
    inherited: tuple[tuple[bytes, gitignore.Matcher], ...],
    enter: Callable[[bytes], bool],
) -> Iterator[bytes | Nested | Unlisted]:
    todo: list[tuple[bytes, tuple[tuple[bytes, gitignore.Matcher], ...]]] = [(start, inherited)]
    while todo:
        prefix, specs = todo.pop()
        directory = os.path.join(root, prefix)
        try:
            with os.scandir(directory) as found:
                entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in found)
        except OSError as error:
            yield Unlisted(prefix.rstrip(b"/"), error.strerror or "")
            continue
        names = {name for name, _ in entries}
        if b".git" in names and prefix and not enter(directory):
            yield Nested(prefix.rstrip(b"/"))
            continue
        if b".gitignore" in names:
            lines = files.read_small(os.path.join(directory, b".gitignore"))
            specs = (*specs, (prefix, gitignore.lenient_matcher(os.fsdecode(lines).splitlines())))
        below = []
        for name, is_directory in entries:
            path = prefix + name
            if name == b".git" or _ignored(path + b"/" if is_directory else path, specs):
                continue
            if is_directory:
                below.append((path + b"/", specs))
            else:
                yield path
        todo += reversed(below)


def _ignored(path: bytes, specs: tuple[tuple[bytes, gitignore.Matcher], ...]) -> bool:
    # The nearest file that says anything about a path decides.
    for prefix, patterns in reversed(specs):
        said = patterns.verdict(os.fsdecode(path[len(prefix) :]))
        if said is not None:
            return said
    return False
