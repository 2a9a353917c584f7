"""Inline comments that allow a secret on purpose.

`leakscan:allow` on a line of the secret lets it pass, `leakscan:allow-next-line` does so from the line before. Both take
rule ids or globs in brackets, and a reason: `leakscan:allow[github.*] revoked in May`. The comments of other scanners are
honoured as well, so that a team that comes from one keeps its decisions.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

_OWN = re.compile(rb"leakscan:allow(?P<next>-next-line)?(?!-)(?:\[(?P<rules>[^\]\n]{0,200})\])?")
_OTHERS = re.compile(
    rb"(?P<mark>gitleaks:allow|betterleaks:allow|trufflehog:ignore|kingfisher:ignore|ggignore"
    rb"|pragma: ?(?:allow|white)list[ -]secret)"
)
_OTHERS_NEXT = re.compile(rb"(?P<mark>pragma: ?(?:allow|white)list[ -]nextline[ -]secret)")

_HINTS = (b"allow", b"ign", b"list")


def reason(rule_id: str, lines: bytes, previous: bytes) -> str | None:
    """Which comment lets a match of `rule_id` pass, or None.

    `lines` are the whole lines that the secret touches, `previous` is the one before them (both without a line break at
    the end).
    """
    if not any(hint in lines for hint in _HINTS) and not any(hint in previous for hint in _HINTS):
        return None
    for text, is_previous in ((lines, False), (previous, True)):
        for mark in _OWN.finditer(text):
            if (mark["next"] is not None) is is_previous and _covers(mark["rules"], rule_id):
                return f"inline comment {mark[0].decode('ascii', 'replace')}"
    other = _OTHERS.search(lines) or _OTHERS_NEXT.search(previous)
    return f"inline comment {other['mark'].decode('ascii')}" if other else None


def _covers(rules: bytes | None, rule_id: str) -> bool:
    if rules is None:
        return True
    return any(fnmatchcase(rule_id, glob.strip()) for glob in rules.decode("utf-8", "replace").split(","))
