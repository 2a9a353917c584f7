"""Characters, escapes and classes of regular expressions, in whatever dialect: see `read_regex`."""

from __future__ import annotations

import re
import string
from typing import Literal

from .tree import ALL, DIGIT, EMPTY, SPACE, WORD, Alt, Byte, Node, Seq

Dialect = Literal["go", "rust", "perl", "python", "ere"]

NEWLINE = frozenset(b"\n")
_POSIX = {
    "alpha": string.ascii_letters, "digit": string.digits, "alnum": string.ascii_letters + string.digits,
    "upper": string.ascii_uppercase, "lower": string.ascii_lowercase, "space": " \t\n\r\f\v", "blank": " \t",
    "punct": string.punctuation, "xdigit": string.hexdigits, "word": string.ascii_letters + string.digits + "_",
    "cntrl": "".join(map(chr, (*range(32), 127))), "print": "".join(map(chr, range(32, 127))),
    "graph": "".join(map(chr, range(33, 127))), "ascii": "".join(map(chr, range(128))),
}  # fmt: skip
_HIGH = frozenset(range(0x80, 0x100))
_PROPERTIES = {
    "L": frozenset(string.ascii_letters.encode()) | _HIGH, "Lu": frozenset(string.ascii_uppercase.encode()),
    "Ll": frozenset(string.ascii_lowercase.encode()), "N": DIGIT, "Nd": DIGIT,
    "P": frozenset(string.punctuation.encode()), "Z": frozenset(b" "), "Zs": frozenset(b" "),
}  # fmt: skip
_SIMPLE = {"a": 7, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
SETS = {
    "d": DIGIT, "D": ALL - DIGIT, "w": WORD, "W": ALL - WORD, "s": SPACE, "S": ALL - SPACE,
    "h": frozenset(b" \t"), "H": ALL - frozenset(b" \t"), "N": ALL - NEWLINE,
}  # fmt: skip


class Untranslatable(Exception):
    """Why a pattern, or a part of it, has no counterpart."""


class Characters:
    """A place in a text, and reading what stands there."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.at = 0
        self.ere = dialect == "ere"
        self.dialect = dialect

    def _take(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _code(self, char: str) -> frozenset[int] | int:
        """What an escape stands for, in and out of a class: some bytes or one code point."""
        if char in SETS and not (self.ere and char in "hHN"):
            return SETS[char]
        if self.ere:
            return ord(char)
        if char == "C":
            return ALL
        if char in "pP":
            return self._property(char == "P")
        if char in "xuU":
            return self._hex(char)
        if char == "0":
            digits = re.compile("[0-7]{0,2}").match(self.text, self.at)
            self.at = digits.end() if digits else self.at
            return int(digits[0] or "0", 8) if digits else 0
        if char == "c" and self.at < len(self.text):
            self.at += 1
            return ord(self.text[self.at - 1].upper()) ^ 64
        return _SIMPLE.get(char, ord(char))

    def _hex(self, kind: str) -> int:
        found = re.compile(r"\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]+)").match(self.text, self.at)
        if found is None:
            return ord(kind)
        digits = found[1] or found[2][: {"x": 2, "u": 4, "U": 8}[kind]]
        self.at += len(digits) + (2 if found[1] else 0)
        return int(digits, 16)

    def _property(self, negated: bool) -> frozenset[int]:
        found = re.compile(r"\{(\^?)([A-Za-z_]+)\}|([A-Z])").match(self.text, self.at)
        name = (found[2] or found[3]) if found else "?"
        if found is None or name not in _PROPERTIES:
            raise Untranslatable(f"the Unicode class {name}: patterns are over bytes")
        self.at = found.end()
        return ALL - _PROPERTIES[name] if negated or found[1] else _PROPERTIES[name]

    def _class(self) -> Node:
        start = self.at
        self.at += 1
        negated = self._take("^")
        members: set[int] = set()
        wide: list[Node] = []  # characters of several bytes
        first = True
        while first or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise Untranslatable(f"a class that does not end, at character {start + 1}")
            first = False
            low = self._member()
            if isinstance(low, frozenset):
                members |= low
                continue
            high = low
            if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                last = self._member()
                if isinstance(last, frozenset):
                    members |= {low, ord("-")} | last
                    continue
                high = last
            if high < low:
                raise Untranslatable(f"a range that runs backwards, at character {self.at}")
            if high < 0x80:
                members.update(range(low, high + 1))
            elif low == high:
                wide.append(literal(chr(low)))
            else:
                members.update(range(low, 0x80))
                members |= _HIGH
        self.at += 1
        if negated:
            return Byte(ALL - frozenset(members) - (_HIGH if wide else frozenset()))
        return Alt((Byte(frozenset(members)), *wide)) if wide else Byte(frozenset(members))

    def _member(self) -> frozenset[int] | int:
        found = re.compile(r"\[(?:(:)(\^?)([a-z]+):\]|([.=])(.)[.=]\])").match(self.text, self.at)
        if found and found[1]:
            if found[3] not in _POSIX:
                raise Untranslatable(f"the class [:{found[3]}:]")
            self.at = found.end()
            named = frozenset(_POSIX[found[3]].encode())
            return ALL - named if found[2] else named
        if found:
            self.at = found.end()
            return ord(found[5])
        if self.dialect == "rust" and self.text.startswith(("[", "&&", "--", "~~"), self.at):
            raise Untranslatable("operations on classes")
        if self.at >= len(self.text):
            raise Untranslatable("a class that does not end")
        char = self.text[self.at]
        self.at += 1
        if char != "\\" or self.ere:
            return ord(char)
        if self.at >= len(self.text):
            raise Untranslatable("a backslash at the end")
        char = self.text[self.at]
        self.at += 1
        if char == "b":
            return 8
        if char in "1234567":
            octal = re.compile("[0-7]{0,2}").match(self.text, self.at)
            self.at = octal.end() if octal else self.at
            return int(char + (octal[0] if octal else ""), 8) & 0xFF
        return self._code(char)


def literal(char: str) -> Node:
    """A character as its UTF-8 bytes."""
    return sequence([Byte(frozenset((b,))) for b in char.encode("utf-8", "surrogatepass")])


def sequence(items: list[Node]) -> Node:
    if len(items) == 1:
        return items[0]
    return Seq(tuple(items)) if items else EMPTY
