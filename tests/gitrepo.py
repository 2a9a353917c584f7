"""Real repositories for tests: identity, dates and configuration pinned, nothing of the machine shines in.

    def test_x(tmp_path):
        repo = GitRepo.init(tmp_path / "r")
        repo.write("a.txt", "text\\n")
        first = repo.commit("message")          # adds everything, returns the commit's id
        repo.git("rm", "-q", "a.txt"); repo.commit("gone")

Every commit is one minute later than the last, starting 2024-01-01T00:00:00Z, so ids never change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

START = 1704067200  # 2024-01-01T00:00:00Z


class GitRepo:
    """A repository with a work tree (or bare) at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = START
        self.author = "A U Thor <author@example.com>"
        self.committer = "C O Mitter <committer@example.com>"

    @classmethod
    def init(cls, path: Path, *, bare: bool = False, object_format: str = "sha1") -> GitRepo:
        path.mkdir(parents=True, exist_ok=True)
        repo = cls(path)
        repo.git(
            "init", "-q", "-b", "main", f"--object-format={object_format}", *(["--bare"] if bare else [])
        )
        return repo

    @classmethod
    def clone(cls, source: GitRepo, path: Path, *options: str) -> GitRepo:
        """`git clone options file://source path`."""
        source.git("clone", "-q", *options, f"file://{source.path}", str(path))
        repo = cls(path)
        repo.clock = source.clock
        return repo

    def environment(self) -> dict[str, str]:
        home = self.path.parent / ".home-of-tests"
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        author, committer = self.author.rsplit(" <", 1), self.committer.rsplit(" <", 1)
        date = f"{self.clock} +0000"
        return env | {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": author[0],
            "GIT_AUTHOR_EMAIL": author[1].rstrip(">"),
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": committer[0],
            "GIT_COMMITTER_EMAIL": committer[1].rstrip(">"),
            "GIT_COMMITTER_DATE": date,
            "LC_ALL": "C",
        }

    def run(self, *args: str | bytes | Path, input: bytes | None = None, check: bool = True) -> bytes:
        """What git prints, as bytes."""
        pinned = ("commit.gpgSign=false", "gc.auto=0", "maintenance.auto=false", "core.autocrlf=false",
                  "protocol.file.allow=always", "core.fsmonitor=false")  # fmt: skip
        command: list[Any] = ["git"]
        for setting in pinned:
            command += ("-c", setting)
        done = subprocess.run(
            [*command, *args], cwd=self.path, env=self.environment(), input=input, capture_output=True
        )
        if check and done.returncode:
            raise AssertionError(f"git {args!r}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def git(self, *args: str | bytes | Path, input: bytes | None = None, check: bool = True) -> str:
        """What git prints, stripped, as text."""
        return self.run(*args, input=input, check=check).decode("utf-8", "surrogateescape").strip()

    def tick(self, seconds: int = 60) -> None:
        self.clock += seconds

    def write(self, name: str | bytes, content: str | bytes) -> Path:
        """Write a file (directories are made). Nothing is added to the index."""
        path = self.path / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def add(self, name: str | bytes, content: str | bytes) -> Path:
        """Write a file and stage it."""
        path = self.write(name, content)
        self.git("add", "-f", "--", name)
        return path

    def commit(self, message: str = "commit", *options: str, all: bool = True) -> str:
        """Stage everything (if `all`), commit, and return the commit's id. Empty commits are allowed."""
        if all:
            self.git("add", "-A")
        self.tick()
        self.git("commit", "-q", "--allow-empty", "--no-verify", "-F", "-", *options, input=message.encode())
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def oid(self, rev: str) -> str:
        """The object id of anything that git can name, such as `HEAD:a.txt` or `:a.txt`."""
        return self.git("rev-parse", "--verify", rev)

    def blob(self, content: str | bytes) -> str:
        """Store a blob that nothing refers to, and return its id."""
        data = content.encode() if isinstance(content, str) else content
        return self.git("hash-object", "-w", "--stdin", input=data)

    def merge(self, branch: str, message: str = "merge", files: dict[str, str | bytes] | None = None) -> str:
        """Merge `branch`; `files` is what the merge commit holds besides (an evil merge)."""
        self.tick()
        self.git("merge", "-q", "--no-ff", "--no-commit", branch, check=False)
        for name, content in (files or {}).items():
            self.write(name, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", message)
        return self.head()

    def stash(self, *options: str) -> str:
        """Stash the changes, and return the stash commit's id."""
        self.tick()
        self.git("stash", "push", "-q", *options)
        return self.oid("refs/stash")

    def repack(self, *options: str) -> None:
        """Everything that is reachable into one pack."""
        self.git("repack", "-q", "-a", "-d", "-f", *options)

    def object_file(self, oid: str) -> Path:
        """The file of a loose object."""
        return Path(
            self.git("rev-parse", "--path-format=absolute", "--git-path", f"objects/{oid[:2]}/{oid[2:]}")
        )

    def lose(self, oid: str) -> None:
        """Take a loose object away."""
        self.object_file(oid).unlink()

    def corrupt(self, oid: str) -> None:
        """Damage a loose object's compressed content, leaving its header readable."""
        file = self.object_file(oid)
        file.chmod(0o644)
        data = bytearray(file.read_bytes())
        data[len(data) // 2 :] = bytes(255 - b for b in data[len(data) // 2 :])
        file.write_bytes(bytes(data))

    def remove(self) -> None:
        shutil.rmtree(self.path)
