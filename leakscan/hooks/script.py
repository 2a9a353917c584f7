"""The shell script that git runs: the hook that was there before, then leakscan.

It needs POSIX sh alone, and is a pure function of its parameters, so that one that somebody has edited can be told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

from .names import READS_STDIN, SKIP

if TYPE_CHECKING:
    from .names import HookName

MARK = "# leakscan hook"
CHAINED = ".leakscan-chained"

_HEAD = """#!/bin/sh
{mark} {name}: `leakscan hook uninstall` takes it out and puts back what was here.
# A hook that was here before is {name}{chained} beside this file; it runs first.
python={python}
case "${{0}}" in */*) here=${{0%/*}} ;; *) here=. ;; esac
before="$here/{name}{chained}"
"""

# A hook manager that calls this hook from the one that this hook calls would go round for ever: LEAKSCAN_RUNNING.
_PLAIN = """if [ -x "$before" ] && [ "$LEAKSCAN_RUNNING" != {name} ]; then
    LEAKSCAN_RUNNING={name} "$before" "$@" || exit $?
fi
"""
_WITH_STDIN = """input=$(cat)
feed() {{ [ -z "$input" ] || printf '%s\\n' "$input"; }}
if [ -x "$before" ] && [ "$LEAKSCAN_RUNNING" != {name} ]; then
    feed | LEAKSCAN_RUNNING={name} "$before" "$@" || exit $?
fi
"""
_RUN = """if [ -x "$python" ]; then
    {feed}"$python" -P -m leakscan hook run {name} -- "$@"
elif command -v leakscan >/dev/null 2>&1; then
    {feed}leakscan hook run {name} -- "$@"
elif [ -n "${skip}" ]; then
    printf 'leakscan: %s was skipped: %s\\n' {name} "${skip}" >&2
else
    echo "leakscan: not found, so nothing was checked and {name} fails." >&2
    echo "leakscan: install it (pip install leakscan) and run leakscan hook install again," >&2
    echo "leakscan: or set {skip} to a reason for this once." >&2
    exit 2
fi
"""


class Script(NamedTuple):
    """What a hook's file says: which hook it is for, and the interpreter that leakscan was installed with."""

    name: HookName
    python: str

    def text(self) -> str:
        """The file's content."""
        stdin = self.name in READS_STDIN
        body = _HEAD + (_WITH_STDIN if stdin else _PLAIN) + _RUN
        return body.format(
            mark=MARK,
            name=self.name,
            chained=CHAINED,
            python=quoted(self.python),
            feed="feed | " if stdin else "",
            skip=SKIP,
        )


def parse(name: HookName, text: str) -> Script | None:
    """The script that wrote `text`, whether or not somebody has edited it since; None for another program's hook."""
    if f"\n{MARK} {name}:" not in text:
        return None
    found = re.search(r"^python=('(?:[^']|'\\'')*')$", text, re.MULTILINE)
    python = found[1][1:-1].replace("'\\''", "'") if found else ""
    return Script(name, python)


def quoted(word: str) -> str:
    """`word` as one word of a shell's command line."""
    return "'" + word.replace("'", "'\\''") + "'"
