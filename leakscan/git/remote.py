"""Servers: where one is, which refs it has, and pushing to it ref by ref.

The one protocol that an address stands for is opened (`run.Contact`), for these commands alone. An address that
names a program (`ext::…` and other remote helpers) is refused. Whatever the repository's configuration adds to a push
(mirroring, tags that follow, other programs at the far end) is switched off: what is pushed is what is asked for.

Format of the answers: https://git-scm.com/docs/git-push#_output, https://git-scm.com/docs/git-ls-remote#_output.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from leakscan.git import run
from leakscan.model.errors import GitError, UsageError
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leakscan.git.repository import Repository

_PROTOCOLS = {"ssh": "ssh", "git+ssh": "ssh", "ssh+git": "ssh"} | {
    p: p for p in ("file", "git", "http", "https")
}
_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
_ROOM = 96 * 1024  # bytes of arguments in one push: a third of what any system takes
_PUSH = ("push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
_SAID = 40  # lines of a server that are kept


class Server(NamedTuple):
    """Where to push to."""

    name: str  # as the user names it
    address: str  # as git takes it; may hold a password, see `shown`
    contact: run.Contact

    @property
    def shown(self) -> str:
        """The address without user and password."""
        return without_login(self.address)


class Update(NamedTuple):
    """A ref to be set. `old` is what the server has ("" if nothing), `new` what it is to have ("" to delete it)."""

    ref: bytes
    old: str
    new: str


class Answer(NamedTuple):
    """What became of one update. `reason` is empty if it was done."""

    update: Update
    reason: str


def without_login(text: str) -> str:
    """`text` with the user and password of every address in it taken out."""
    return _LOGIN.sub("", text)


def server(repo: Repository, name: str, *, ask: bool = False) -> Server:
    """The server that a push to `name` (a remote, an address or a directory) goes to.

    Raises UsageError: no such remote, several addresses, or a protocol that is not one of git's own.
    """
    status, out, _ = run.attempt(repo.where, "remote", "get-url", "--push", "--all", name)
    if status == 0:
        addresses = os.fsdecode(out).splitlines()
        if len(addresses) != 1:
            raise UsageError(
                f"the remote {name} pushes to {len(addresses)} addresses; give them one at a time, "
                f"such as --remote {without_login(addresses[0])}"
            )
        address = addresses[0]
    elif "/" in name or ":" in name or os.path.isdir(name):
        address = os.path.abspath(name) if os.path.isdir(name) else name
    else:
        known = repo.git("remote").decode(errors="replace").split()
        hint = f"there are {', '.join(known)}" if known else "there is none; give an address"
        raise UsageError(f"no such remote: {name} ({hint})")
    if address.startswith("-"):
        raise UsageError(f"not an address: {name}")
    return Server(name, address, run.Contact(_protocol(address), ask))


def _protocol(address: str) -> str:
    scheme = re.match(r"([A-Za-z0-9+.-]+)(://|::)", address)
    if scheme is None:
        # https://git-scm.com/docs/git-push#_git_urls: host:path is ssh if no slash stands before the colon.
        scp = ":" in address.split("/", 1)[0] and not os.path.exists(address)
        return "ssh" if scp else "file"
    found = _PROTOCOLS.get(scheme[1].lower()) if scheme[2] == "://" else None
    if found is None:
        raise UsageError(
            f"{without_login(address)}: leakscan pushes by ssh, https, http, git and file, not by {scheme[1]}"
        )
    return found


def ls_remote(repo: Repository, server: Server) -> dict[bytes, str]:
    """Every ref that the server shows, and what it points at directly. Raises GitError when it does not answer."""
    command = ("ls-remote", "--quiet", "--refs", "--upload-pack=git-upload-pack", "--", server.address)
    status, out, err = run.attempt(repo.where, *command, contact=server.contact)
    if status:
        raise GitError(f"{server.shown} does not answer: {'; '.join(_said(err)) or 'no reason given'}")
    pairs = (line.split(b"\t", 1) for line in out.splitlines())
    return {name: oid.decode() for oid, name in pairs if name.startswith(b"refs/")}


def holding(
    repo: Repository, server: Server, refs: Sequence[bytes], commits: Sequence[str], room: bytes
) -> set[bytes]:
    """Which `refs` of the server have one of `commits` in their history.

    They are fetched into a repository of their own in the directory `room`, which is removed again: nothing of them gets
    into this one. Raises GitError.
    """
    import tempfile

    with tempfile.TemporaryDirectory(dir=os.fsdecode(room)) as name:
        where = run.Where(cwd=os.fsencode(name), env=(("GIT_DIR", name),))
        run.output(where, "init", "-q", "--bare", f"--object-format={repo.object_format}", "--template=")
        os.makedirs(os.path.join(name, "objects", "info"), exist_ok=True)
        with open(os.path.join(name, "objects", "info", "alternates"), "wb") as file:
            file.write(b"".join(path + b"\n" for path in (repo.objects_dir, *repo.alternates)))
        # So that the server sends only what is not here.
        tips = sorted(set(repo.git("for-each-ref", "--format=%(objectname)").decode().split()))
        have = "".join(f"create refs/have/{n} {oid}\n" for n, oid in enumerate(tips))
        run.output(where, "update-ref", "--stdin", input=have.encode() or b"\n")
        specs = b"".join(b"+%s:refs/their/%s\n" % (ref, ref) for ref in refs)
        command = (
            "fetch",
            "-q",
            "--no-tags",
            "--no-write-fetch-head",
            "--upload-pack=git-upload-pack",
            "--stdin",
        )
        status, _, err = run.attempt(where, *command, server.address, input=specs, contact=server.contact)
        if status:
            raise GitError(f"{server.shown}: {'; '.join(_said(err)) or 'cannot be fetched from'}")
        asked = "".join(f"{oid}\n" for oid in commits).encode()
        listed = run.output(where, "cat-file", "--batch-check", input=asked).splitlines() if commits else []
        there = [line.split()[0].decode() for line in listed if line.split()[1:2] == [b"commit"]]
        found: set[bytes] = set()
        for oid in there:
            out = run.output(where, "for-each-ref", "--format=%(refname)", f"--contains={oid}", "refs/their/")
            found |= {line.removeprefix(b"refs/their/") for line in out.splitlines()}
        return found


def push(
    repo: Repository, server: Server, updates: Sequence[Update], *, atomic: bool
) -> tuple[list[Answer], list[str]]:
    """Set refs, each only if the server still has its `old`: an answer for each, and what the server said.

    With `atomic` all or none of them (of some hundred; more go in several pushes, and the first refusal ends it).
    """
    answers: list[Answer] = []
    said: list[str] = []
    for portion in _portions(updates):
        if atomic and any(a.reason for a in answers):
            answers += [Answer(u, "not tried: an earlier push was refused") for u in portion]
            continue
        status, lines, spoken = _push(repo, server, portion, atomic)
        if atomic and not lines and any("does not support --atomic" in line for line in spoken):
            return push(repo, server, updates, atomic=False)
        said += [line for line in spoken if line not in said]
        fallback = next((line for line in reversed(spoken)), "") or "git gave no reason"
        for update in portion:
            done = lines.get(update.ref)
            answers.append(Answer(update, (fallback if status else "") if done is None else done))
    return answers, said[:_SAID]


def _push(
    repo: Repository, server: Server, updates: Iterable[Update], atomic: bool
) -> tuple[int, Mapping[bytes, str], list[str]]:
    leases = [b"--force-with-lease=%s:%s" % (u.ref, u.old.encode()) for u in updates]
    refspecs = [b"%s:%s" % (u.new.encode(), u.ref) for u in updates]
    command = (*_PUSH, "--receive-pack=git-receive-pack", "--atomic" if atomic else "--no-atomic")
    status, out, err = run.attempt(
        repo.where, *command, *leases, "--", server.address, *refspecs, contact=server.contact
    )
    lines: dict[bytes, str] = {}
    for line in out.splitlines():
        parts = line.split(b"\t", 2)
        if len(parts) == 3 and len(parts[0]) == 1:
            ref = parts[1].partition(b":")[2]
            reason = re.search(rb"\((.*)\)$", parts[2])
            refused = escape(reason[1] if reason else parts[2])
            lines[ref] = without_login(refused) if parts[0] == b"!" else ""
    return status, lines, _said(err)


def _portions(updates: Sequence[Update]) -> list[list[Update]]:
    """Cut so that one push's arguments fit on a command line."""
    portions: list[list[Update]] = [[]]
    size = 0
    for update in updates:
        needed = 2 * len(update.ref) + 192
        if portions[-1] and size + needed > _ROOM:
            portions.append([])
            size = 0
        portions[-1].append(update)
        size += needed
    return [p for p in portions if p]


def _said(err: bytes) -> list[str]:
    """The lines of a server and of git that tell a person something, printable and without passwords."""
    lines = []
    for raw in re.split(rb"[\r\n]+", err):
        line = escape(raw.strip())
        for prefix in ("remote: ", "remote:", "fatal: ", "error: "):
            line = line.removeprefix(prefix)
        line = without_login(line.strip())
        if line and not line.startswith(
            ("To ", "hint:", "Everything up-to-date", "failed to push some refs")
        ):
            lines.append(line)
    return lines
