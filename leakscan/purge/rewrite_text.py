"""Commit and tag objects edited in place: bytes that are not to change stay as they are, however odd.

Formats: https://git-scm.com/docs/gitformat-signature, git's commit.c and tag.c.
"""

from __future__ import annotations

import re
from binascii import hexlify, unhexlify
from typing import TYPE_CHECKING

from leakscan.git import kernel
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .replace import Matcher

_SIGNED = re.compile(
    rb"^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$", re.MULTILINE
)
_LINKS = {
    size: re.compile(b"tree (%s)\n((?:parent %s\n)*)" % (digits, digits)).match
    for size, digits in ((20, b"[0-9A-Fa-f]{40}"), (32, b"[0-9A-Fa-f]{64}"))
}
_GPGSIG = re.compile(rb"\ngpgsig(?:-sha256)?[ \n]").search
_SIGNATURES = (b"gpgsig", b"gpgsig-sha256")
_IDENTS = (b"author", b"committer", b"tagger")


class Links(NamedTuple):
    """What a commit names. Binary ids."""

    tree: bytes
    parents: tuple[bytes, ...]


class Edited(NamedTuple):
    """A new object, and what was done beside the ids."""

    raw: bytes
    signature: bool = False  # lost
    mergetags: int = 0  # lost
    message: bool = False  # edited
    ident: bool = False  # edited


def links(raw: bytes, oid_size: int) -> Links:
    """What a commit names: the raw object's word, whatever grafts and replace refs say. ValueError: no commit."""
    packed = kernel.links(raw, oid_size)
    if packed is not None:
        ids = [packed[at : at + oid_size] for at in range(0, len(packed), oid_size)]
        return Links(ids[0], tuple(ids[1:]))
    found = _LINKS[oid_size](raw)
    if found is None:
        raise ValueError("a commit without a tree")
    tree, lines = found.groups()
    width = 2 * oid_size + 8
    parents = tuple([unhexlify(lines[at + 7 : at + width - 1]) for at in range(0, len(lines), width)])
    return Links(unhexlify(tree), parents)


def headers(raw: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Header lines as (key, whole bytes with continuation and line end), and the rest from the empty line on."""
    end = raw.find(b"\n\n")
    head, rest = (raw, b"") if end < 0 else (raw[: end + 1], raw[end + 1 :])
    if raw.startswith(b"\n"):
        return [], raw
    found: list[tuple[bytes, bytes]] = []
    for line in head.splitlines(keepends=True) if b"\r" not in head else _lines(head):
        if line.startswith(b" ") and found:
            found[-1] = (found[-1][0], found[-1][1] + line)
        else:
            found.append((line.split(b" ", 1)[0].rstrip(b"\n"), line))
    return found, rest


def _lines(head: bytes) -> list[bytes]:
    return [line + b"\n" for line in head.removesuffix(b"\n").split(b"\n")]


def is_signed(raw: bytes, kind: str) -> bool:
    """Whether a commit or tag carries a signature of its own."""
    if kind == "commit":
        found = _GPGSIG(raw) if b"\ngpgsig" in raw else None
        return found is not None and not -1 < raw.find(b"\n\n") < found.start()
    return _SIGNED.search(raw) is not None


def edit_commit(
    raw: bytes,
    tree: bytes,
    parents: Mapping[bytes, bytes],
    matcher: Matcher | None,
    message: Callable[[bytes], bytes],
) -> Edited:
    """A commit with another tree and other parents, without secrets, and without the signatures that no longer hold.

    `matcher` is None where its text has no secret; `message` maps what is left of the message.
    """
    if matcher is None and b"\ngpgsig" not in raw and b"\nmergetag " not in raw and raw.startswith(b"tree "):
        return _edit_links(raw, tree, parents, message)
    lines, rest = headers(raw)
    out: list[bytes] = []
    signature, mergetags, ident = False, 0, False
    for number, (key, line) in enumerate(lines):
        if key in _SIGNATURES:
            signature = True
        elif key == b"mergetag":
            mergetags += 1
        elif key == b"tree" and not number:
            out.append(b"tree " + tree.hex().encode() + b"\n")
        elif key == b"parent":
            old = bytes.fromhex(line[7:].decode("ascii"))
            out.append(b"parent " + parents.get(old, old).hex().encode() + b"\n")
        else:
            new = matcher.replaced(line) if matcher is not None else line
            ident |= new != line and key in _IDENTS
            out.append(new)
    new_rest = message(matcher.replaced(rest) if matcher is not None else rest)
    return Edited(b"".join((*out, new_rest)), signature, mergetags, new_rest != rest, ident)


def _edit_links(
    raw: bytes, tree: bytes, parents: Mapping[bytes, bytes], message: Callable[[bytes], bytes]
) -> Edited:
    """`edit_commit` for most commits: nothing but ids changes."""
    old = links(raw, len(tree))
    start = text_start(raw, len(tree), len(old.parents))
    end = raw.find(b"\n\n", start - 1)
    end = len(raw) if end < 0 else end + 1
    before = raw[end:]
    rest = message(before)
    lines = [b"tree %s\n" % hexlify(tree)]
    lines += [b"parent %s\n" % hexlify(parents.get(parent, parent)) for parent in old.parents]
    return Edited(b"".join((*lines, raw[start:end], rest)), message=rest != before)


def text_start(raw: bytes, oid_size: int, parents: int) -> int:
    """Where a commit's own text starts, behind the lines of its tree and so many parents."""
    return 2 * oid_size + 6 + parents * (2 * oid_size + 8)


def message(raw: bytes) -> bytes:
    """What stands behind a commit's headers, with the empty line."""
    end = raw.find(b"\n\n")
    return b"" if end < 0 else raw[end + 1 :]


def edit_tag(
    raw: bytes, target: bytes, matcher: Matcher | None, message: Callable[[bytes], bytes]
) -> Edited | None:
    """A tag with another target and without secrets; None where nothing changes."""
    lines, rest = headers(raw)
    out: list[bytes] = []
    ident = False
    for number, (key, line) in enumerate(lines):
        if key == b"object" and not number:
            out.append(b"object " + target.hex().encode() + b"\n")
        elif key in _SIGNATURES or matcher is None:
            out.append(line)
        else:
            new = matcher.name(line) if key == b"tag" else matcher.replaced(line)
            ident |= new != line and key in _IDENTS
            out.append(new)
    new_rest = matcher.replaced(rest) if matcher is not None else rest
    if b"".join((*out, new_rest)) == raw:
        return None
    kept = [line for line, (key, _) in zip(out, lines, strict=True) if key not in _SIGNATURES]
    signatures = list(_SIGNED.finditer(new_rest))
    if signatures:
        new_rest = new_rest[: signatures[0].start()]
    new_rest = message(new_rest)
    signed = bool(signatures) or len(kept) < len(out)
    return Edited(b"".join((*kept, new_rest)), signed, 0, new_rest != rest, ident)


def tag_target(raw: bytes) -> tuple[bytes, str]:
    """What a tag tags: binary id and kind. ValueError: no tag."""
    found = re.match(rb"object ([0-9a-f]{40,64})\ntype (commit|tree|blob|tag)\n", raw)
    if found is None:
        raise ValueError("a tag without a target")
    return bytes.fromhex(found[1].decode()), found[2].decode()
