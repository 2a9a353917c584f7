"""Commit and tag objects, parsed, however odd: old and hand-made ones break every rule that git has today.

Format: https://git-scm.com/docs/git-commit-tree, https://git-scm.com/docs/git-mktag, signatures in
https://git-scm.com/docs/gitformat-signature.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from leakscan.model.finding import Commit
from leakscan.model.record import NamedTuple

_DATED = re.compile(rb"^(.*?) ?(-?\d+) ([+-]\d{4})$", re.DOTALL)
_SIGNATURE = re.compile(
    rb"^-----BEGIN (PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$", re.MULTILINE
)
_MOST = (1 << 63) - 1
_SILENT = frozenset({b"tree", b"parent", b"author", b"committer", b"gpgsig", b"gpgsig-sha256"})


class Ident(NamedTuple):
    """Who and when. `who` is "Name <mail>" as written."""

    who: bytes
    time: int  # seconds since the epoch, no more than 64 bits hold; 0 where there is no date
    offset: bytes  # such as b"+0100"


class CommitText(NamedTuple):
    """What a commit object says. Ids are hexadecimal; a missing header is empty."""

    tree: str
    parents: tuple[str, ...]
    author: Ident
    committer: Ident
    header: bytes  # all other headers but signatures: encoding, merged tags, foreign systems' ids
    message: bytes


class TagText(NamedTuple):
    """What an annotated tag says. The message comes without the signature below it."""

    target: str
    kind: str
    name: bytes
    tagger: Ident
    message: bytes


def parse_commit(raw: bytes) -> CommitText:
    """A commit object's content. Never fails: what is not there is empty."""
    head, message = _split(raw)
    tree, parents, others = "", [], []
    idents = {b"author": Ident(b"", 0, b"+0000"), b"committer": Ident(b"", 0, b"+0000")}
    for key, value in _headers(head):
        if key == b"tree" and not tree:
            tree = _oid(value)
        elif key == b"parent":
            parents.append(_oid(value))
        elif key in idents and not idents[key].who:
            idents[key] = parse_ident(value)
        elif key not in _SILENT:
            others.append(key + b" " + value)
    return CommitText(
        tree, tuple(parents), idents[b"author"], idents[b"committer"], b"\n".join(others), message
    )


def parse_tag(raw: bytes) -> TagText:
    """An annotated tag object's content. Never fails: what is not there is empty."""
    head, message = _split(raw)
    found: dict[bytes, bytes] = {}
    for key, value in _headers(head):
        found.setdefault(key, value)
    signatures = list(_SIGNATURE.finditer(message))
    return TagText(
        _oid(found.get(b"object", b"")),
        found.get(b"type", b"").decode("ascii", "replace"),
        found.get(b"tag", b""),
        parse_ident(found.get(b"tagger", b"")),
        message[: signatures[-1].start()] if signatures else message,
    )


def parse_ident(line: bytes) -> Ident:
    """ "Name <mail> seconds offset"."""
    dated = _DATED.match(line)
    if dated is None:
        return Ident(line, 0, b"+0000")
    return Ident(dated[1], max(-_MOST, min(int(dated[2]), _MOST)), dated[3])


def describe(oid: str, text: CommitText) -> Commit:
    """What a report says of a commit. The subject is its message's first paragraph, joined, as git has it."""
    paragraph = text.message.lstrip(b"\n").split(b"\n\n", 1)[0]
    subject = b" ".join(line.strip() for line in paragraph.splitlines())
    return Commit(oid, text.author.who, iso_date(text.author), subject, text.committer.time)


def iso_date(ident: Ident) -> str:
    """ISO 8601 with offset, such as 2024-01-01T00:00:00+00:00; "" where the date is beyond the calendar."""
    minutes = int(ident.offset[1:3]) * 60 + int(ident.offset[3:5])
    if ident.offset[:1] == b"-":
        minutes = -minutes
    try:
        zone = timezone(timedelta(minutes=minutes))
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ident.time)
        return moment.astimezone(zone).isoformat()
    except (ValueError, OverflowError):
        return ""


def _split(raw: bytes) -> tuple[bytes, bytes]:
    if raw.startswith(b"\n"):
        return b"", raw[1:]
    head, _, message = raw.partition(b"\n\n")
    return head, message


def _headers(head: bytes) -> list[tuple[bytes, bytes]]:
    found: list[tuple[bytes, bytes]] = []
    for line in head.split(b"\n"):
        if line.startswith(b" ") and found:  # a continued value
            key, value = found[-1]
            found[-1] = (key, value + b"\n" + line[1:])
        elif line:
            key, _, value = line.partition(b" ")
            found.append((key, value))
    return found


def _oid(value: bytes) -> str:
    return value.decode("ascii", "replace").strip()
