"""Inline comments that allow a secret on purpose.

`leakscan:allow` on a line of the secret lets it pass, `leakscan:allow-next-line` does so from the line before, and all that
stands between `leakscan:allow-begin` and `leakscan:allow-end` passes. They take rule ids or globs in brackets, and a reason:
`leakscan:allow[github.*] revoked in May`. Blocks nest; one whose end is missing allows nothing, so that a lost line opens no
whole file. The comments of other scanners are honoured as well, so that a team that comes from one keeps its decisions.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from leakscan.model.markers import MARKERS
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

_OWN = re.compile(rb"leakscan:allow(?P<next>-next-line)?(?!-)(?:\[(?P<rules>[^\]\n]{0,200})\])?")
_BLOCK = re.compile(rb"leakscan:allow-(?:(?P<end>end)|begin(?:\[(?P<rules>[^\]\n]{0,200})\])?)")
_REASON = re.compile(rb"[ \t:]+([^\x00-\x1f\x7f]{1,200})")
_CLOSERS = ("*/", "-->", "--%>", "#}", "%>")  # of comments that end on their line
_OTHERS = re.compile(
    rb"(?P<mark>(?:better|git)leaks:allow|trufflehog:ignore|kingfisher:ignore|ggignore"
    rb"|pragma: ?(?:allow|white)list[ -]secret)"
)
# kingfisher's counts on the line before as well, if that is a comment and nothing else.
_OTHERS_NEXT = re.compile(
    rb"(?P<mark>pragma: ?(?:allow|white)list[ -]nextline[ -]secret"
    rb"|(?<=#)[ \t]{0,8}kingfisher:ignore|(?<=//)[ \t]{0,8}kingfisher:ignore|(?<=/\*)[ \t]{0,8}kingfisher:ignore)"
)
_WHOSE = {b"ggignore": "ggshield", b"pragma": "detect-secrets"}

_HINTS = (b"allow", b"ign", b"list")


class Block(NamedTuple):
    """A stretch between two comments: offsets of the first's beginning and of the second's, and what the first says."""

    start: int
    end: int
    rules: bytes | None
    words: str
    reasoned: bool  # it gives a reason


def blocks(text: bytes) -> tuple[Block, ...]:
    """The stretches of `text` (whole) in which secrets are allowed, in the order in which they end."""
    if b"leakscan:allow-begin" not in text:
        return ()
    found = []
    begun: list[re.Match[bytes]] = []
    for mark in _BLOCK.finditer(text):
        if mark["end"] is None:
            begun.append(mark)
        elif begun:
            begin = begun.pop()
            why = _why(text, begin)
            found.append(Block(begin.start(), mark.start(), begin["rules"], _words(begin, why), bool(why)))
    return tuple(found)


def block_reason(
    rule_id: str, among: tuple[Block, ...], start: int, end: int, *, strict: bool = False
) -> str | None:
    """Which of the blocks `among` lets a match of `rule_id` with the secret at `start` to `end` pass, or None.

    `strict`: only one that gives a reason does.
    """
    for block in among:
        covers = block.start < start and end <= block.end and _covers(block.rules, rule_id)
        if covers and (block.reasoned or not strict):
            return block.words
    return None


def reason(
    rule_id: str, lines: bytes, previous: bytes, *, strict: bool = False, markers: Collection[str] = MARKERS
) -> str | None:
    """Which comment lets a match of `rule_id` pass, or None.

    `lines` are the whole lines that the secret touches, `previous` is the one before them (both without a line break at
    the end). `strict`: only a comment that gives a reason does, which those of other scanners cannot. `markers`: whose
    comments count.
    """
    if not any(hint in lines for hint in _HINTS) and not any(hint in previous for hint in _HINTS):
        return None
    for text, is_previous in ((lines, False), (previous, True)) if "leakscan" in markers else ():
        for mark in _OWN.finditer(text):
            if (mark["next"] is not None) is is_previous and _covers(mark["rules"], rule_id):
                why = _why(text, mark)
                if why or not strict:
                    return _words(mark, why)
    if strict:
        return None
    for pattern, text in ((_OTHERS, lines), (_OTHERS_NEXT, previous)):
        for other in pattern.finditer(text):
            words = other["mark"].strip()
            if _whose(words) in markers and (
                pattern is _OTHERS or words.startswith(b"pragma") or _bare(text)
            ):
                return f"inline comment {words.decode('ascii')}"
    return None


def _whose(mark: bytes) -> str:
    word = mark.partition(b":")[0]
    return _WHOSE.get(word) or word.decode("ascii")


def _bare(line: bytes) -> bool:
    """Whether a line is a comment and nothing else."""
    return line.lstrip().startswith((b"#", b"//", b"/*"))


def _why(text: bytes, mark: re.Match[bytes]) -> str:
    """The reason behind a marker, up to the end of the comment or line."""
    said = _REASON.match(text, mark.end())
    why = said[1].decode("utf-8", "replace").strip() if said else ""
    for closer in _CLOSERS:
        why = why.partition(closer)[0].rstrip()
    return why


def _words(mark: re.Match[bytes], why: str) -> str:
    """The comment in words, with its reason, unless that holds quotes or assignments and so perhaps the secret."""
    mentioned = f": {why}" if why and not set(why) & set("\"'`=") else ""
    return f"inline comment {mark[0].decode('ascii', 'replace')}{mentioned}"


def _covers(rules: bytes | None, rule_id: str) -> bool:
    if rules is None:
        return True
    return any(fnmatchcase(rule_id, glob.strip()) for glob in rules.decode("utf-8", "replace").split(","))
