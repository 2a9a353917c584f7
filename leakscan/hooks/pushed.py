"""What git tells the hooks that see a push: which refs move, from where to where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.errors import UsageError
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.git.repository import Repository

    from .names import HookName


class Push(NamedTuple):
    """One ref. All zeros: `old` of a ref that is new, `new` of one that is deleted."""

    ref: bytes  # as it will be called on the server
    old: str
    new: str

    @property
    def deletes(self) -> bool:
        return not self.new.strip("0")


class Pushed(NamedTuple):
    """All of a push, and what of it the receiving side has not: arguments for `git rev-list`, none if nothing."""

    pushes: tuple[Push, ...]
    revs: tuple[str, ...]


def parse(name: HookName, words: Sequence[str], stdin: bytes) -> tuple[Push, ...]:
    """The refs that a push moves: `words` are the hook's arguments, `stdin` is its standard input.

    pre-push: `<local ref> <local id> <remote ref> <remote id>` a line; pre-receive: `<old> <new> <ref>` a line;
    update: ref, old and new as arguments. Raises UsageError for anything else.
    https://git-scm.com/docs/githooks#_pre_push, #pre-receive, #update
    """
    if name == "update":
        if len(words) != 3:
            raise UsageError("an update hook gets three arguments: ref, old id, new id")
        return (_push(words[0].encode("utf-8", "surrogateescape"), words[1].encode(), words[2].encode()),)
    found = []
    for line in stdin.splitlines():
        fields = line.split(b" ")
        if name == "pre-push" and len(fields) == 4:
            found.append(_push(fields[2], fields[3], fields[1]))
        elif name == "pre-receive" and len(fields) == 3:
            found.append(_push(fields[2], fields[0], fields[1]))
        elif line.strip():
            raise UsageError(f"standard input is not what git tells a {name} hook")
    return tuple(found)


def arriving(pushes: Sequence[Push]) -> Pushed:
    """For a server's hook: what no ref of the repository reaches yet. The objects are in quarantine, or just out of it.

    https://git-scm.com/docs/git-receive-pack#_quarantine_environment
    """
    new = [push.new for push in pushes if not push.deletes]
    return Pushed(tuple(pushes), (*dict.fromkeys(new), "--not", "--all") if new else ())


def leaving(repo: Repository, pushes: Sequence[Push], remote: str) -> Pushed:
    """For a pre-push hook: what `remote` (its name, or its URL where it has none) is not known to have."""
    new = [push.new for push in pushes if not push.deletes]
    old = [push.old for push in pushes if push.old.strip("0") and _is_here(repo, push.old)]
    named = remote.encode("utf-8", "surrogateescape") in repo.git("remote").splitlines()
    known = [f"--remotes={remote}"] if named else []
    return Pushed(tuple(pushes), (*dict.fromkeys(new), "--not", *dict.fromkeys(old), *known) if new else ())


def _push(ref: bytes, old: bytes, new: bytes) -> Push:
    for oid in (old, new):
        if len(oid) not in (40, 64) or oid.strip(b"0123456789abcdef"):
            raise UsageError("git tells its hooks full object ids; this is none of them")
    return Push(ref, old.decode(), new.decode())


def _is_here(repo: Repository, oid: str) -> bool:
    return run.attempt(repo.where, "cat-file", "-e", f"{oid}^{{commit}}")[0] == 0
