"""Putting leakscan's hook into a repository beside what is there, and taking it out again."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Literal

from leakscan.model.atomic import replace_file
from leakscan.model.errors import LeakscanError, Refused
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

from .managers import in_charge
from .place import hooks_directory
from .script import CHAINED, Script, parse

if TYPE_CHECKING:
    from leakscan.git.repository import Repository

    from .managers import InCharge
    from .names import HookName

State = Literal["absent", "ours", "edited", "other"]
"""What the file of a hook is: not there, leakscan's, leakscan's with somebody's changes, another program's."""


class Status(NamedTuple):
    """How things stand with one hook."""

    name: HookName
    path: bytes  # absolute, where git looks for it
    state: State
    chained: bytes | None  # the hook that ours runs first
    python: str  # of ours: the interpreter; "" otherwise
    runs: bool  # git would run it: it is executable
    manager: InCharge | None
    shared: bool  # the directory belongs to more than this repository

    @property
    def broken(self) -> str:
        """Why leakscan's hook would not do its work, or ""."""
        if self.state not in ("ours", "edited"):
            return ""
        if not self.runs:
            return "it is not executable, so git passes it over"
        if self.python and not os.access(self.python, os.X_OK):
            return f"{escape(os.fsencode(self.python))} is gone; `leakscan hook install` names the one of now"
        return ""


def status(repo: Repository, name: HookName) -> Status:
    """How things stand with the hook `name` of `repo`."""
    hooks = hooks_directory(repo)
    path = os.path.join(hooks.path, name.encode())
    content = _content(path)
    ours = parse(name, content or "")
    state: State = "absent" if content is None else "other"
    if ours is not None:
        state = "ours" if ours.text() == content else "edited"
    chained = path + CHAINED.encode()
    return Status(
        name,
        path,
        state,
        chained if os.path.lexists(chained) else None,
        ours.python if ours else "",
        os.access(path, os.X_OK),
        in_charge(repo.work_tree, hooks, name, content or ""),
        hooks.shared,
    )


def install(repo: Repository, name: HookName, python: str, *, beside: bool = False) -> Status:
    """Make git run leakscan at `name`; a hook that is there is kept and runs first. `python`: the interpreter to use.

    `beside`: do so although a manager is in charge of the hook, or the directory belongs to other repositories as well.
    Nothing is done where a manager has leakscan run already.
    Raises Refused, with the way out, where nothing was changed; LeakscanError where the file cannot be written.
    """
    now = status(repo, name)
    if now.state == "edited":
        raise Refused(
            f"{escape(now.path)}: somebody has changed leakscan's hook since it was installed. Save what is yours, "
            "delete the file and install again"
        )
    if now.state == "other" and now.chained is not None:
        raise Refused(
            f"{escape(now.path)}: another program put its hook over leakscan's, and {escape(now.chained)} is "
            "still there from before. Merge the two by hand, delete the latter and install again"
        )
    if now.manager is not None and not beside and now.state != "ours":
        manager = now.manager.manager
        if now.manager.told:
            return now
        raise Refused(
            f"{manager.name} ({manager.url}) manages the hooks of this repository; add {manager.advice(name)}\n"
            "(--beside installs leakscan's own hook all the same)"
        )
    if now.shared and not beside:
        raise Refused(
            f"core.hooksPath names {escape(os.path.dirname(now.path))}, which other repositories may share; "
            f"--beside installs the hook there, for all of them. Or let a hook of yours run: leakscan hook run {name}"
        )
    try:
        os.makedirs(os.path.dirname(now.path), exist_ok=True)
        if now.state == "other":
            os.rename(now.path, now.path + CHAINED.encode())
        try:
            replace_file(
                os.fsdecode(now.path), [Script(name, python).text().encode("utf-8", "surrogateescape")]
            )
            os.chmod(now.path, 0o755)
        except OSError:
            if now.state == "other":
                os.replace(now.path + CHAINED.encode(), now.path)
            raise
    except OSError as error:
        raise LeakscanError(f"{escape(now.path)} cannot be written: {error.strerror}") from None
    return status(repo, name)


def uninstall(repo: Repository, name: HookName, *, force: bool = False) -> Status:
    """Take leakscan's hook out and put back the one that it ran first. Nothing happens where it is not there.

    `force`: also one that somebody has edited. Raises Refused for that otherwise, and where another program's hook
    stands over a chained one.
    """
    now = status(repo, name)
    if now.state == "other" and now.chained is not None:
        raise Refused(
            f"{escape(now.path)} is not leakscan's any more, so nothing was changed; the hook of before is "
            f"{escape(now.chained)}"
        )
    if now.state in ("absent", "other"):
        return now
    if now.state == "edited" and not force:
        raise Refused(f"{escape(now.path)} has been changed by hand; --force deletes it all the same")
    try:
        if now.chained is not None:
            os.replace(now.chained, now.path)
        else:
            os.unlink(now.path)
    except OSError as error:
        raise LeakscanError(f"{escape(now.path)} cannot be removed: {error.strerror}") from None
    return status(repo, name)


def _content(path: bytes) -> str | None:
    """What the file says; "" where it is there and cannot be read as a text, None where there is none."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read(1 << 20)
    except FileNotFoundError:
        return "" if os.path.lexists(path) else None
    except OSError:
        return ""
