"""Reads regular expressions of other engines.

Go and Rust: https://github.com/google/re2/wiki/Syntax, https://docs.rs/regex/latest/regex/#syntax.
Perl: perlre(1), pcre2pattern(3).
POSIX: https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap09.html#tag_09_04, with GNU's additions.
"""

from __future__ import annotations

import re

from leakscan.model.record import NamedTuple

from .read_chars import NEWLINE, Characters, Dialect, Untranslatable, literal, sequence
from .tree import ALL, Alt, Around, At, Byte, Capture, Fold, Keep, Look, Node, Repeat

__all__ = ["Dialect", "Untranslatable", "read"]

MAX_DEPTH = 100
MAX_LENGTH = 20_000
_LOOKS: tuple[Look, ...] = ("(?=", "(?!", "(?<=", "(?<!", "(?>")


class _Flags(NamedTuple):
    i: bool = False
    s: bool = False
    m: bool = False
    x: bool = False
    U: bool = False


def read(pattern: str, dialect: Dialect, *, lines: bool = False) -> Node:
    """The tree of `pattern`. `lines`: `^` and `$` are those of lines, as grep has it. Raises Untranslatable."""
    if len(pattern) > MAX_LENGTH:
        raise Untranslatable(f"longer than {MAX_LENGTH} characters")
    return _Reader(pattern, dialect).whole(_Flags(m=lines))


class _Reader(Characters):
    def __init__(self, text: str, dialect: Dialect) -> None:
        super().__init__(text, dialect)
        self.groups = 0
        self.depth = 0

    def whole(self, flags: _Flags) -> Node:
        node = self._alternatives(flags)
        if self.at < len(self.text):
            raise Untranslatable(f'a ")" too many at character {self.at + 1}')
        return node

    def _alternatives(self, flags: _Flags) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Untranslatable("nested too deep")
        branches: list[Node] = []
        outer = flags.i
        while True:
            sequence, flags = self._sequence(flags, outer)
            branches.append(sequence)
            if not self._take("|"):
                break
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Alt(tuple(branches))

    def _sequence(self, flags: _Flags, outer: bool) -> tuple[Node, _Flags]:
        """Up to `|` or `)`. Flags that are set on the way hold to the end of the group, over `|` as well.

        `outer`: whether case is ignored where the group stands.
        """
        items: list[Node] = []
        runs: list[tuple[bool, list[Node]]] = [(flags.i, items)]
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if flags.x and self._skip_blank():
                continue
            changed = self._flags(flags)
            if changed is not None:
                if changed.i != flags.i:
                    items = []
                    runs.append((changed.i, items))
                flags = changed
                continue
            atom = self._atom(flags)
            if atom is not None:
                items.append(self._quantified(atom, flags))
        whole: list[Node] = []
        for ignore, some in runs:
            whole += some if ignore == outer else [Fold(ignore, sequence(some))] if some else []
        return sequence(whole), flags

    def _skip_blank(self) -> bool:
        start = self.at
        while self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end + 1
            else:
                break
        return self.at > start

    def _flags(self, flags: _Flags) -> _Flags | None:
        """The flags after `(?i)` and the like; None where none stands."""
        if self.ere:
            return None
        found = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?\)").match(self.text, self.at)
        if found is None or not (found[1] or found[2]) or (found[1] == "R" and self.dialect != "rust"):
            return None
        self.at = found.end()
        return self._set(flags, found[1], found[2] or "")

    def _set(self, flags: _Flags, on: str, off: str) -> _Flags:
        for letter in on + off:
            if letter in "uaLR":
                continue  # bytes it is, whatever is asked for
            if letter not in _Flags._fields:
                raise Untranslatable(f'the flag "{letter}"')
        values = {letter: True for letter in on if letter in _Flags._fields}
        return flags._replace(**values, **{letter: False for letter in off if letter in _Flags._fields})

    def _atom(self, flags: _Flags) -> Node | None:
        char = self.text[self.at]
        if char == "(":
            return self._group(flags)
        if char == "[":
            return self._class()
        self.at += 1
        if char == ".":
            return Byte(ALL if flags.s or (self.ere and not flags.m) else ALL - NEWLINE)
        if char == "^":
            return At("(?m:^)" if flags.m else "^")
        if char == "$":
            return At("(?m:$)" if flags.m else "$" if self.dialect in ("perl", "python") else r"\Z")
        if char == "\\":
            return self._escape()
        if char in "*+?" and not self.ere:
            raise Untranslatable(f'nothing to repeat for "{char}" at character {self.at}')
        return literal(char)

    def _group(self, flags: _Flags) -> Node | None:
        text, start = self.text, self.at
        if self.ere or not text.startswith("(?", start):
            if not self.ere and text.startswith("(*", start):
                raise Untranslatable("a verb of Perl's, (*…)")
            self.at += 1
            return self._capture(None, flags)
        for kind in sorted(_LOOKS, key=len, reverse=True):
            if text.startswith(kind, start):
                self.at += len(kind)
                return Around(kind, self._until_close(flags))
        if self._take("(?#"):
            end = text.find(")", self.at)
            self.at = len(text) if end < 0 else end + 1
            return None
        named = re.compile(r"\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')").match(text, start)
        if named:
            self.at = named.end()
            return self._capture(named[1] or named[2], flags)
        scoped = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?:").match(text, start)
        if scoped:
            self.at = scoped.end()
            inside = self._set(flags, scoped[1], scoped[2] or "")
            node = self._until_close(inside)
            return Fold(inside.i, node) if inside.i != flags.i else node
        reasons = {
            "(?R": "recursion",
            "(?&": "recursion",
            "(?(": "a condition",
            "(?P=": "a back-reference",
            "(?P>": "recursion",
        }
        reason = next(
            (why for form, why in reasons.items() if text.startswith(form, start)), text[start : start + 4]
        )
        raise Untranslatable(f"{reason} at character {start + 1}")

    def _capture(self, name: str | None, flags: _Flags) -> Capture:
        self.groups += 1
        return Capture(self.groups, name, self._until_close(flags))

    def _until_close(self, flags: _Flags) -> Node:
        start = self.at
        node = self._alternatives(flags)
        if not self._take(")"):
            raise Untranslatable(f"a group that does not end, at character {start + 1}")
        return node

    def _quantified(self, atom: Node, flags: _Flags) -> Node:
        while self.at < len(self.text):
            if flags.x and self._skip_blank():
                continue
            bounds = self._bounds()
            if bounds is None:
                break
            mode = ""
            if not self.ere:
                mode = (
                    "?"
                    if self._take("?")
                    else "+"
                    if self.dialect not in ("go", "rust") and self._take("+")
                    else ""
                )
            if flags.U and mode != "+":
                mode = "" if mode else "?"
            if not isinstance(atom, At | Keep):
                atom = Repeat(atom, *bounds, mode)
        return atom

    def _bounds(self) -> tuple[int, int | None] | None:
        for char, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(char):
                return bounds
        found = re.compile(r"\{(\d*)(?:(,)(\d*))?\}").match(self.text, self.at)
        if (
            found is None
            or not (found[1] or found[3])
            or (not found[1] and self.dialect not in ("ere", "python"))
        ):
            return None
        low = int(found[1] or 0)
        high = (int(found[3]) if found[3] else None) if found[2] else low
        if max(low, high or 0) > 100_000 or (high is not None and high < low):
            raise Untranslatable(f"the repetition {found[0]}")
        self.at = found.end()
        return low, high

    def _escape(self) -> Node | None:
        if self.at == len(self.text):
            raise Untranslatable("a backslash at the end")
        char = self.text[self.at]
        self.at += 1
        anchors: dict[str, Node] = {
            "b": At(r"\b"), "B": At(r"\B"), "A": At(r"\A"), "z": At(r"\Z"), "Z": At("$"), "<": At(r"\b"), ">": At(r"\b"),
            "`": At(r"\A"), "'": At(r"\Z"), "K": Keep(),
        }  # fmt: skip
        if char in anchors and (self.ere or char not in "`'"):
            if (
                char == "b"
                and self.text.startswith("{", self.at)
                and (end := self.text.find("}", self.at)) > 0
            ):
                self.at = end + 1
            return anchors[char]
        if char == "R":
            return Alt((sequence([literal("\r"), literal("\n")]), Byte(NEWLINE), literal("\r")))
        if char == "Q" and not self.ere:
            end = self.text.find("\\E", self.at)
            quoted = self.text[self.at : end if end >= 0 else None]
            self.at = len(self.text) if end < 0 else end + 2
            return sequence([literal(c) for c in quoted])
        if char == "E":
            return None
        if char in "GX" or (char.isdigit() and char != "0") or (char in "gk" and not self.ere):
            what = "a back-reference" if char.isdigit() or char in "gk" else f"\\{char}"
            raise Untranslatable(f"{what} at character {self.at - 1}")
        found = self._code(char)
        return literal(chr(found)) if isinstance(found, int) else Byte(found)
