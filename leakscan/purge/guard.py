"""Keeping the old history out: a list of banned ids, and a hook that looks for them in what is pushed.

The hook is a shell script that needs nothing but git, so that it runs on a server too. `find` is the same check for
`leakscan purge guard check`, which reads what git writes to a hook's standard input
(https://git-scm.com/docs/githooks#_pre_push, #pre-receive).

A clone that never heard of the purge still has the old history behind its remote-tracking branches, and a server behind
the refs of pull requests: neither is taken for clean. Commits are therefore looked for in the whole of what is pushed,
blobs in what is new.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Literal

from leakscan.git import run
from leakscan.model.atomic import replace_file
from leakscan.model.errors import UsageError
from leakscan.model.record import NamedTuple
from leakscan.model.text import escape
from leakscan.purge.model import PreconditionError, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakscan.git.repository import Repository

Kind = Literal["pre-push", "pre-receive"]
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MARK = "# leakscan purge guard"
_BESIDE = '"$(dirname "$0")/banned-ids"'
_CHAINED = ".before-leakscan"
_HEAD = (
    "# Ids of commits, tags and blobs that a purge took out of history: they must not come back.\n"
    "# Made by `leakscan purge guard`. One a line; there is no secret in it.\n"
)

# Only what POSIX and git have. `known` is what need not be looked at for blobs.
_SCRIPT = """#!/bin/sh
{mark}: refuses history that was purged. `leakscan purge guard install` writes this file anew.
banned={file}
input=$(cat)
{chain}[ -r "$banned" ] || {{ echo "leakscan guard: cannot read $banned" >&2; exit 1; }}
ids=$(mktemp) || exit 1
trap 'rm -f "$ids"' EXIT
grep -v '^#' "$banned" > "$ids"
[ -s "$ids" ] || exit 0
found=
while read -r {fields}; do
    case "$new" in *[!0]*) ;; *) continue ;; esac
    hits=$({{
        echo "$new"
        git rev-list "$new" {history}
        git rev-list --objects "$new" --not {known} | cut -d' ' -f1
    }} 2>/dev/null | grep -F -x -f "$ids" | sort -u)
    [ -n "$hits" ] || continue
    found=1
    echo "leakscan guard: $ref brings back history that was purged:" >&2
    echo "$hits" | head -n 5 | sed 's/^/    /' >&2
done <<EOF
$input
EOF
[ -z "$found" ] && exit 0
echo "Nothing was pushed. Clone anew and carry your work over, or run: leakscan purge adopt PLAN" >&2
exit 1
"""


class Pushed(NamedTuple):
    """One line of a hook's standard input, or a revision to look at."""

    ref: str
    new: str


class Hit(NamedTuple):
    """Banned ids that a push brings."""

    ref: str
    ids: tuple[str, ...]


class Installed(NamedTuple):
    hook: str  # path of the script
    banned: str  # path of the list
    total: int  # ids in it
    chained: str  # the hook that was there before, and is still run; or ""


def dumps(ids: Iterable[str]) -> str:
    """A list of banned ids."""
    return _HEAD + "".join(f"{oid}\n" for oid in sorted(set(ids)))


def loads(text: str, name: str = "list") -> tuple[str, ...]:
    """The ids of a list. Raises UsageError."""
    ids = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not _ID.fullmatch(line.strip()):
            raise UsageError(f"{name}:{number}: expected an object id")
        ids.append(line.strip())
    return tuple(ids)


def banned_file(repo: Repository) -> bytes:
    """Where a repository's own list is."""
    return os.path.join(repo.common_dir, b"leakscan", b"banned-ids")


def read(repo: Repository) -> tuple[str, ...]:
    """The ids of a repository's own list; none where it has none."""
    path = banned_file(repo)
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return loads(file.read(), escape(path))
    except FileNotFoundError:
        return ()


def install(
    repo: Repository,
    ids: Sequence[str],
    *,
    kind: Kind | None = None,
    hooks: bytes | None = None,
    chain: bool = False,
) -> Installed:
    """Write the list (what is in it stays) and the hook; `kind` defaults to pre-receive in a bare repository.

    Raises PreconditionError where another hook is there (unless `chain`), or hooks lie outside of the repository.
    """
    kind = kind or ("pre-receive" if repo.is_bare else "pre-push")
    directory = hooks or _hooks(repo)
    path = os.path.join(directory, kind.encode())
    before = _content(path)
    chained = path + _CHAINED.encode()
    if before and _MARK not in before:
        if not chain:
            raise PreconditionError(
                (
                    Refusal(
                        "hook-there",
                        f"{escape(path)} is there already",
                        "--chain keeps it and runs it before the guard's check",
                    ),
                )
            )
        os.replace(path, chained)
    file = banned_file(repo)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    every = sorted({*read(repo), *ids})
    replace_file(os.fsdecode(file), [dumps(every).encode()])
    os.makedirs(directory, exist_ok=True)
    replace_file(os.fsdecode(path), [_script(kind, file, chained if os.path.exists(chained) else b"")])
    os.chmod(path, 0o755)
    return Installed(
        escape(path), escape(file), len(every), escape(chained) if os.path.exists(chained) else ""
    )


def portable(kind: Kind) -> str:
    """A hook for a server that has no leakscan: it reads the file `banned-ids` beside itself."""
    return _script(kind, b"", b"").decode()


def parse(kind: Kind, text: str) -> list[Pushed]:
    """What a hook is told on its standard input. Raises UsageError."""
    found = []
    for line in text.splitlines():
        words = line.split(" ")
        if (kind == "pre-push" and len(words) == 4) or (kind == "pre-receive" and len(words) == 3):
            found.append(Pushed(words[2], words[1]))
        elif line.strip():
            raise UsageError(f"standard input is not what git tells a {kind} hook")
    return found


def find(repo: Repository, ids: Iterable[str], pushed: Sequence[Pushed]) -> list[Hit]:
    """Which banned ids the pushed refs would bring. Raises GitError."""
    banned = set(ids)
    hits = []
    for ref, new in pushed:
        if not new.strip("0"):
            continue
        status, out, err = run.attempt(
            repo.where, "rev-parse", "--verify", "--quiet", "--end-of-options", new
        )
        if status:
            raise run.failure(repo.where, err or b"no such revision: " + new.encode())
        oid = out.decode().strip()
        seen = {oid}
        for options in ((), ("--objects", "--not", "--branches", "--tags")) if _is_commit(repo, oid) else ():
            listed = repo.git("rev-list", oid, *options).splitlines()
            seen |= {line.split(b" ", 1)[0].decode() for line in listed}
        if found := sorted(banned & seen):
            hits.append(Hit(ref, tuple(found)))
    return hits


def _is_commit(repo: Repository, oid: str) -> bool:
    return run.attempt(repo.where, "rev-parse", "--verify", "--quiet", f"{oid}^{{commit}}")[0] == 0


def _script(kind: Kind, banned: bytes, chained: bytes) -> bytes:
    fields, known, history = {
        # A tag's history is that of its commit; other objects have none, and rev-list says so.
        "pre-push": ("_ new ref _", "--remotes", "--"),
        "pre-receive": ("_ new ref", "--branches --tags", "--not --branches --tags --"),
    }[kind]
    run_before = ""
    if chained:
        run_before = f"""printf '%s\\n' "$input" | {_quoted(chained)} "$@" || exit $?\n"""
    text = _SCRIPT.format(
        mark=_MARK,
        file=_quoted(banned) if banned else _BESIDE,
        chain=run_before,
        fields=fields,
        known=known,
        history=history,
    )
    return text.encode("utf-8", "surrogateescape")


def _quoted(path: bytes) -> str:
    return "'" + os.fsdecode(path).replace("'", "'\\''") + "'"


def _content(path: bytes) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _hooks(repo: Repository) -> bytes:
    """The repository's hooks directory. Raises PreconditionError where the configuration names another."""
    status, out, _ = run.attempt(
        repo.where, "config", "--null", "--show-scope", "--type=path", "--get-all", "core.hooksPath"
    )
    words = out.split(b"\0") if status == 0 else []
    named = [path for scope, path in zip(words[::2], words[1::2], strict=False) if scope != b"command"]
    if not named:
        return os.path.join(repo.common_dir, b"hooks")
    path = os.path.join(repo.root, named[-1])
    if os.path.realpath(path).startswith(os.path.realpath(repo.common_dir) + b"/"):
        return path
    raise PreconditionError(
        (
            Refusal(
                "hooks-path",
                f"core.hooksPath is {escape(named[-1])}, which is not this repository's own directory",
                f"--hooks-dir {escape(path)} writes the hook there (other repositories may share it)",
            ),
        )
    )
