"""The only caller of git.

A scanned repository is hostile, and its configuration can name programs to start and servers to talk to. So
every call goes out with a scrubbed environment and with settings on the command line, which beat any file's:

- no file system monitor, hook or pager is started, and callers that ask for a patch pass `--no-ext-diff` and
  `--no-textconv`. Clean and smudge filters have no common switch: whoever lets git compare working files
  silences them by name first (`silenced`);
- nothing is fetched: no lazy fetch of a partial clone, and no protocol is allowed (git before 2.44 knows no
  GIT_NO_LAZY_FETCH, so the fetch that it would start is refused its transport). A command whose purpose is to
  talk to a server says by which protocol (`Contact`), and only that one is open, for that command alone;
- replace refs and grafts are ignored, nothing is locked or refreshed on the side, nobody is asked for a
  password;
- `safe.directory` is left as the user has set it: git itself refuses a repository of somebody else's.

Documentation: https://git-scm.com/docs/git#_environment_variables, https://git-scm.com/docs/git-config.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import IO, TYPE_CHECKING

from leakscan.model.errors import GitError
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.pager=cat",
    "core.quotePath=false",
    "core.alternateRefsCommand=",
    "protocol.allow=never",
)

_FIXED = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}

# Where the user's own configuration is, how far discovery goes, which git: not the repository's to say.
_KEPT = (
    r"GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|PARAMETERS|COUNT|KEY_\d+|VALUE_\d+)"
    r"|GIT_CEILING_DIRECTORIES|GIT_DISCOVERY_ACROSS_FILESYSTEM|GIT_EXEC_PATH|GIT_TEST_ASSUME_DIFFERENT_OWNER"
)

_LOCATING = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
)


class NotARepository(GitError):
    """There is no repository at a place."""


class Where(NamedTuple):
    """How git finds the repository: the directory it starts in, and variables on top of the scrubbed ones."""

    cwd: bytes
    env: tuple[tuple[str, str], ...] = ()
    settings: tuple[str, ...] = ()  # "key=value", on top of the fixed ones


class Contact(NamedTuple):
    """Leave for one command to talk to a server."""

    protocol: str  # "file", "git", "http", "https" or "ssh"
    ask: bool = False  # whether git may ask for a password on the terminal


# How the user, not the repository, has told git and ssh to reach servers.
_REACHING = r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_COMMAND|SSL_\w+|HTTP_\w+)"


def hook_location() -> tuple[tuple[str, str], ...]:
    """The variables by which git tells a hook where its repository, index and quarantined objects are.

    Git sets GIT_INDEX_FILE for `git commit -a` and `-p` (https://git-scm.com/docs/githooks). Paths are made
    absolute, since they are relative to the directory that the hook was started in.
    """
    found = []
    for name in _LOCATING:
        value = os.environ.get(name)
        if value:
            parts = value.split(os.pathsep) if name == "GIT_ALTERNATE_OBJECT_DIRECTORIES" else [value]
            found.append((name, os.pathsep.join(os.path.abspath(p) for p in parts)))
    return tuple(found)


def environment(extra: tuple[tuple[str, str], ...] = (), *, contact: Contact | None = None) -> dict[str, str]:
    """The environment that git is started with."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or re.fullmatch(_KEPT, k)}
    if contact is None:
        return env | _FIXED | dict(extra)
    reaching = {k: v for k, v in os.environ.items() if re.fullmatch(_REACHING, k)}
    # GIT_ALLOW_PROTOCOL is the whole list, whatever protocol.allow says
    # (https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL).
    opened = {"GIT_ALLOW_PROTOCOL": contact.protocol, "GIT_TERMINAL_PROMPT": str(int(contact.ask))}
    return env | reaching | _FIXED | opened | dict(extra)


def start(
    where: Where,
    *args: str | bytes,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.PIPE,
    contact: Contact | None = None,
) -> subprocess.Popen[bytes]:
    """Start git with its standard output on a pipe. The caller waits for it. Without `contact` it reaches no server.

    Raises GitError when git is not installed or the directory is not there.
    """
    command: list[str | bytes] = ["git"]
    for setting in _SETTINGS + where.settings:
        command += ("-c", setting)
    try:
        return subprocess.Popen(
            [*command, *args],
            cwd=where.cwd,
            env=environment(where.env, contact=contact),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    except FileNotFoundError:
        if os.path.isdir(where.cwd):
            raise GitError(
                "git was not found; install it (https://git-scm.com/downloads) or add it to PATH"
            ) from None
        raise GitError(f"{escape(where.cwd)}: no such directory") from None
    except OSError as error:
        raise GitError(f"git cannot be started in {escape(where.cwd)}: {error.strerror}") from None


def silenced(where: Where) -> Where:
    """`where` with every clean, smudge and process filter of the configuration replaced by nothing.

    For the few commands that compare working files, which git does by filtering them.
    """
    _, out, _ = attempt(where, "config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.")
    drivers = {key.rsplit(b".", 1)[0].split(b".", 1)[1] for key in out.split(b"\0") if key.count(b".") > 1}
    settings = [
        f"filter.{os.fsdecode(driver)}.{key}"
        for driver in sorted(drivers)
        for key in ("clean=", "smudge=", "process=", "required=false")
    ]
    return where._replace(settings=(*where.settings, *settings))


def attempt(
    where: Where, *args: str | bytes, input: bytes = b"", contact: Contact | None = None
) -> tuple[int, bytes, bytes]:
    """Run git to its end: exit status, standard output, standard error."""
    stdin = subprocess.PIPE if input else subprocess.DEVNULL
    process = start(where, *args, stdin=stdin, contact=contact)
    out, err = process.communicate(input or None)
    return process.returncode, out, err


def begun(where: Where, *args: str | bytes) -> Callable[[], tuple[int, bytes, bytes]]:
    """As `attempt`, but git is started now, and its end waited for in the call of what comes back."""
    process = start(where, *args)

    def answer() -> tuple[int, bytes, bytes]:
        out, err = process.communicate()
        return process.returncode, out, err

    return answer


def output(where: Where, *args: str | bytes, input: bytes = b"") -> bytes:
    """What git prints. Raises GitError, saying what to do, when it fails."""
    status, out, err = attempt(where, *args, input=input)
    if status:
        raise failure(where, err)
    return out


def failure(where: Where, stderr: bytes) -> GitError:
    """The error that git's complaint stands for."""
    place = escape(where.cwd)
    if (
        b"dubious ownership" in stderr
        or b"is owned by someone else" in stderr
        or b"unsafe repository" in stderr
    ):
        found = re.search(rb"safe\.directory (\S.*)", stderr)
        directory = escape(found[1]) if found else place
        return GitError(
            f"{place}: the repository belongs to another user, so git will not read it. If you trust it:\n"
            f"    git config --global --add safe.directory {directory}"
        )
    if b"cannot use bare repository" in stderr:
        return GitError(
            f"{place}: git's safe.bareRepository setting forbids bare repositories found by directory"
        )
    if b"not a git repository" in stderr:
        return NotARepository(
            f"{place}: not a git repository; give the path of one, or scan the files without git options"
        )
    lines = [line for line in stderr.splitlines() if line.strip()]
    said = next(
        (line for line in lines if line.startswith((b"fatal:", b"error:"))), lines[-1] if lines else b""
    )
    return GitError(f"git failed in {place}: {escape(said) or 'it gave no reason'}")
