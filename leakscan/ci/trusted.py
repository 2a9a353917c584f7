"""The configuration as a commit has it: for builds whose own commits are not to decide how they are judged."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.config.find import NAMES, find
from leakscan.config.parse import load_config
from leakscan.git import catfile, run
from leakscan.model.errors import UsageError
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakscan.git.repository import Repository


@contextlib.contextmanager
def configuration(repo: Repository, commit: str) -> Iterator[Path]:
    """A copy of `.leakscan.yml` of `commit` (a full id), beside copies of the rule packs and the baseline that it names.

    It is there as long as the context is; empty where the commit has none, whatever the checkout has. Raises
    DocumentError where it is malformed, UsageError where it (or what it names) is something else than a file.
    """
    with tempfile.TemporaryDirectory(prefix="leakscan-") as directory:
        # Problems name the file by its path, so the path says which commit it is of.
        root = Path(directory, commit[:12])
        root.mkdir()
        _copy(repo, commit, [name.encode() for name in NAMES], root)
        found = find(str(root))
        file = Path(found) if found is not None else root / NAMES[0]
        if found is None:
            file.write_bytes(b"")
        config = load_config(file, inside=root)
        named = [*config.packs, *([config.baseline] if config.baseline else [])]
        _copy(repo, commit, [os.fsencode(os.path.relpath(path, root)) for path in named], root)
        yield file


def _copy(repo: Repository, commit: str, paths: Sequence[bytes], root: Path) -> None:
    """Write what `commit` has at `paths`, files and directories, below `root`."""
    where = repo.where._replace(env=(*repo.where.env, ("GIT_LITERAL_PATHSPECS", "1")))
    if not paths:
        return
    status, out, err = run.attempt(where, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths)
    if status:
        raise run.failure(repo.where, err)
    blobs: dict[str, list[bytes]] = {}
    for line in out.split(b"\0")[:-1]:
        facts, _, path = line.partition(b"\t")
        mode, _, oid = facts.split(b" ")
        if not mode.startswith(b"100") or b".." in path.split(b"/"):
            raise UsageError(f"{escape(path)} in {commit[:12]} is not a regular file")
        blobs.setdefault(oid.decode(), []).append(path)
    for found in catfile.stream(repo, sorted(blobs)):
        if isinstance(found, catfile.Broken):
            named = escape(blobs[found.oid][0])
            raise UsageError(f"{named} in {commit[:12]} cannot be read: {found.why} {found.detail}".rstrip())
        for path in blobs[found.oid]:
            copy = root / os.fsdecode(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(found.data)
