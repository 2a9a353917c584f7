"""What a purge remembers in the git directory, so that every step can be taken up again and undone.

`<git dir>/leakscan/purge/<plan id>/`, readable by its owner alone: the new objects as a pack, what is to be done in full
(`work`), and the phase. Names in `work` may hold the secret; it is compressed, and `cleanup` removes it.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from leakscan.model.atomic import replace_file

from .facts import OWN

if TYPE_CHECKING:
    from leakscan.git.repository import Repository

Phase: TypeAlias = Literal["planned", "moving", "moved", "undoing", "undone", "cleaning", "clean"]


@dataclass(slots=True, kw_only=True)
class Work:
    """What `run` does. Ids are hex; names are text with lone surrogates for bytes that are not UTF-8."""

    refs: list[tuple[str, str, str, str]] = field(
        default_factory=list
    )  # old name, new name, old id, new id or ""
    heads: list[tuple[str, str, str]] = field(default_factory=list)  # detached HEAD, old, new
    symbolic: list[tuple[str, str, str]] = field(default_factory=list)  # symbolic ref, old target, new target
    stash: list[tuple[str, str]] = field(default_factory=list)  # entries of its log, oldest first: old, new
    index: dict[str, list[tuple[str, str, str, str, str]]] = field(
        default_factory=dict
    )  # work tree id: (path, new path or "", mode, old, new or "")
    lfs: list[str] = field(default_factory=list)  # files of the LFS store with the secret


class State:
    """The directory of one plan."""

    def __init__(self, repo: Repository, plan_id: str) -> None:
        self.path = os.path.join(repo.common_dir, OWN, b"purge", plan_id.encode())

    def file(self, name: str) -> bytes:
        return os.path.join(self.path, name.encode())

    def create(self) -> None:
        """Make the directory, 0700."""
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        os.makedirs(self.path, mode=0o700, exist_ok=True)

    @property
    def phase(self) -> Phase | None:
        """How far it has come; None where there is nothing."""
        found: Phase | None = self.facts().get("phase")
        return found

    def facts(self) -> dict[str, Any]:
        """What was noted."""
        try:
            with open(self.file("state.json"), "rb") as file:
                value: dict[str, Any] = json.loads(file.read())
        except (OSError, ValueError):
            return {}
        return value

    def note(self, **facts: Any) -> None:
        """Add to what is noted (`phase=…`); on disk before this returns."""
        value = json.dumps(self.facts() | facts, indent=1).encode()
        write(self.file("state.json"), value)

    def save(self, name: str, value: Any) -> None:
        """Keep a JSON value that may hold names."""
        write(self.file(name), zlib.compress(json.dumps(value).encode()))

    def load(self, name: str) -> Any:
        """What `save` kept; None where there is nothing."""
        try:
            with open(self.file(name), "rb") as file:
                return json.loads(zlib.decompress(file.read()))
        except (OSError, ValueError, zlib.error):
            return None

    def save_work(self, work: Work) -> None:
        self.save("work", asdict(work))

    def work(self) -> Work | None:
        """The work; None where this clone has none."""
        value = self.load("work")
        if value is None:
            return None
        rows: dict[str, Any] = {
            key: [tuple(row) if isinstance(row, list) else row for row in value[key]]
            for key in ("refs", "heads", "symbolic", "stash", "lfs")
        }
        index = {name: [tuple(row) for row in some] for name, some in value["index"].items()}
        return Work(**rows, index=index)

    def remove(self, *names: str) -> None:
        """Forget files."""
        for name in names:
            if os.path.exists(self.file(name)):
                os.unlink(self.file(name))

    def discard(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.path, ignore_errors=True)


def drafts(repo: Repository) -> list[State]:
    """What was not finished: plans and searches, of now or of an interrupted process."""
    try:
        names = os.listdir(os.path.join(repo.common_dir, OWN, b"purge"))
    except OSError:
        return []
    return [State(repo, os.fsdecode(name)) for name in sorted(names) if name.startswith(b".")]


def plans(repo: Repository) -> list[str]:
    """The ids of the plans that this clone knows of."""
    try:
        names = os.listdir(os.path.join(repo.common_dir, OWN, b"purge"))
    except OSError:
        return []
    return sorted(name.decode("ascii", "replace") for name in names if not name.startswith(b"."))


def write(path: bytes, data: bytes) -> None:
    """Put a private file onto disk, whole or not at all."""
    replace_file(os.fsdecode(path), [data], private=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
