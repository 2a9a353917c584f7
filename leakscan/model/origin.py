"""Where content comes from: a closed sum type, matched with `assert_never`.

All are NamedTuples: a history scan makes them by the hundred thousand.
Paths, names and messages are bytes until they are printed; object ids are lower-case hex (40 or 64 digits).
"""

from __future__ import annotations

from typing import Literal, TypeAlias, assert_never

from .record import NamedTuple
from .text import escape


class FileOrigin(NamedTuple):
    """A file on disk. `path` as reported: relative to the repository's (or the scanned directory's) root."""

    path: bytes


class StagedOrigin(NamedTuple):
    """A file as the index holds it: what the next commit would contain."""

    path: bytes
    blob: str


class BlobOrigin(NamedTuple):
    """A blob of the object database; its paths and commits are found later, by `locate`."""

    blob: str


class CommitOrigin(NamedTuple):
    """The text of a commit object."""

    commit: str
    part: Literal["message", "author", "committer", "header"]


class TagOrigin(NamedTuple):
    """The text of an annotated tag object."""

    tag: str
    part: Literal["message", "tagger", "name"]


class RefOrigin(NamedTuple):
    """The name of a ref."""

    ref: bytes


class ReflogOrigin(NamedTuple):
    """The message of a reflog entry; 0 is the newest, as in `ref@{0}`."""

    ref: bytes
    entry: int


class NameOrigin(NamedTuple):
    """A file or directory name; `path` is the whole path where the source knows it, else the name alone."""

    path: bytes


class StdinOrigin(NamedTuple):
    """Standard input."""


Origin: TypeAlias = (
    FileOrigin
    | StagedOrigin
    | BlobOrigin
    | CommitOrigin
    | TagOrigin
    | RefOrigin
    | ReflogOrigin
    | NameOrigin
    | StdinOrigin
)


def describe(origin: Origin) -> str:
    """`origin` in a few printable words."""
    match origin:
        case FileOrigin(path) | NameOrigin(path):
            return escape(path)
        case StagedOrigin(path, _):
            return f"{escape(path)} (staged)"
        case BlobOrigin(blob):
            return f"blob {blob}"
        case CommitOrigin(commit, part):
            return f"commit {commit} ({part})"
        case TagOrigin(tag, part):
            return f"tag {tag} ({part})"
        case RefOrigin(ref):
            return f"ref {escape(ref)}"
        case ReflogOrigin(ref, entry):
            return f"reflog {escape(ref)}@{{{entry}}}"
        case StdinOrigin():
            return "standard input"
        case _:
            assert_never(origin)
