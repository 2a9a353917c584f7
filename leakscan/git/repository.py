"""What a repository is and where its parts are: one question to git."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from leakscan.git import run
from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable

ObjectFormat = Literal["sha1", "sha256"]

# Git knows these without storing them (hash-object -t tree </dev/null).
_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


class Repository(NamedTuple):
    """A repository as found on disk. A picklable value; paths are absolute.

    `git_dir` is this work tree's own directory, `common_dir` what it shares with the other linked work trees.
    `work_tree` is None for a bare repository, and inside a `.git` directory.
    """

    git_dir: bytes
    common_dir: bytes
    work_tree: bytes | None
    object_format: ObjectFormat
    is_bare: bool
    is_shallow: bool
    is_partial: bool  # holds objects from a promisor remote: others may be missing on purpose
    env: tuple[tuple[str, str], ...] = ()  # a hook's index and object directories

    @property
    def oid_size(self) -> int:
        """Bytes of a binary object id: 20 or 32. In hexadecimal twice as many digits."""
        return 20 if self.object_format == "sha1" else 32

    @property
    def null_oid(self) -> str:
        return "00" * self.oid_size

    @property
    def empty_tree(self) -> str:
        return _EMPTY_TREE[self.object_format]

    @property
    def objects_dir(self) -> bytes:
        """Where loose objects and packs are. Others: its `info/alternates`, and `alternates`."""
        named = dict(self.env).get("GIT_OBJECT_DIRECTORY")
        return os.fsencode(named) if named else os.path.join(self.common_dir, b"objects")

    @property
    def alternates(self) -> tuple[bytes, ...]:
        """Object directories that the environment adds (a hook's quarantine)."""
        named = dict(self.env).get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
        return tuple(os.fsencode(part) for part in named.split(os.pathsep) if part)

    @property
    def root(self) -> bytes:
        """What reported paths are relative to."""
        return self.work_tree or self.git_dir

    @property
    def where(self) -> run.Where:
        """For `run`: this repository and no other, whatever lies around the current directory."""
        located = [("GIT_DIR", os.fsdecode(self.git_dir))]
        if self.work_tree is not None:
            located.append(("GIT_WORK_TREE", os.fsdecode(self.work_tree)))
        return run.Where(cwd=self.root, env=(*self.env, *located))

    def git(self, *args: str | bytes, input: bytes = b"") -> bytes:
        """What a git command prints in this repository. Raises GitError."""
        return run.output(self.where, *args, input=input)

    @classmethod
    def open(cls, path: str | bytes | os.PathLike[str] = ".", *, hook: bool = False) -> Repository:
        """The repository that `path` (a directory, or a file in one) lies in.

        With `hook`, the variables by which git tells a hook (or a user tells git) where the repository, its
        index and its objects are count; otherwise they are ignored.
        Raises GitError: no git, no repository (NotARepository), somebody else's, or broken.
        """
        return cls.asked_for(path, hook=hook)()

    @classmethod
    def asked_for(
        cls, path: str | bytes | os.PathLike[str] = ".", *, hook: bool = False
    ) -> Callable[[], Repository]:
        """`open` in two steps: git is asked now, and the answer waited for in the call of what comes back."""
        directory = os.path.abspath(os.fsencode(path))
        if not os.path.isdir(directory):
            directory = os.path.dirname(directory)
        env = run.hook_location() if hook else ()
        where = run.Where(cwd=directory, env=env)
        # An option that rev-parse does not know is printed as it stands: a separator that no path can forge.
        mark = f"--leakscan-{os.urandom(8).hex()}"
        question = (
            "--path-format=absolute", "--is-bare-repository", mark, "--show-object-format", mark,
            "--is-shallow-repository", mark, "--absolute-git-dir", mark, "--git-common-dir", mark,
            "--is-inside-work-tree", mark, "--show-toplevel", mark,
        )  # fmt: skip
        process = run.start(where, "rev-parse", *question)

        def answer() -> Repository:
            out, err = process.communicate()
            said = out.split(b"\n" + mark.encode() + b"\n")
            # Git stops at --show-toplevel where there is no work tree, and says all the rest first.
            if len(said) < 6:
                raise run.failure(where, err)
            bare, object_format, shallow, git_dir, common_dir = said[:5]
            if object_format not in (b"sha1", b"sha256"):
                raise GitError(f"{escape(git_dir)}: unknown object format {escape(object_format)}")
            return cls(
                git_dir=git_dir,
                common_dir=common_dir,
                work_tree=said[6] if process.returncode == 0 and len(said) > 6 else None,
                object_format="sha1" if object_format == b"sha1" else "sha256",
                is_bare=bare == b"true",
                is_shallow=shallow == b"true",
                is_partial=_has_promisor_pack(os.path.join(common_dir, b"objects", b"pack")),
                env=tuple((k, v) for k, v in env if k not in ("GIT_DIR", "GIT_WORK_TREE")),
            )

        return answer

    @classmethod
    def discover(cls, path: str | bytes | os.PathLike[str] = ".", *, hook: bool = False) -> Repository | None:
        """As `open`, but None where there is no repository. One that git refuses still raises GitError."""
        try:
            return cls.open(path, hook=hook)
        except run.NotARepository:
            return None


def _has_promisor_pack(directory: bytes) -> bool:
    try:
        with os.scandir(directory) as entries:
            return any(entry.name.endswith(b".promisor") for entry in entries)
    except OSError:
        return False
