"""Ordinary patterns as in .gitignore, without pathspec, which takes longer to load than a small tree takes to scan.

What they say is what pathspec says (a test holds that); what is not ordinary is left to it. Most paths are no pattern's
concern, and names in sets tell that. What is left asks the patterns themselves, each compiled when it is first asked.
"""

from __future__ import annotations

import re
from functools import cached_property

_PART = r"(?:[\w.,~@%+=:#! $-]|\\[!#*?\[\] .~$-]|[*?]|\[[\w.](?:[\w.]|-(?!-))*\])+"
_ORDINARY = re.compile(rf"/?{_PART}(?:/{_PART})*/?", re.ASCII)
_TOKEN = re.compile(r"\\.|\[[^\]]*\]|.")
_SPECIAL = re.compile(r"\\.|\[[^\]]*\]|[*?]")
_LONG = 1024  # characters of a path of which nothing is remembered; only made-up ones have more
_ANY = "**"  # directories, as many as there are


def read(lines: list[str]) -> Patterns | None:
    """The patterns of these lines; None where one of them is not ordinary."""
    patterns = []
    for line in lines:
        text = line if line.endswith("\\ ") else line.rstrip()
        if not text or text.startswith("#"):
            continue
        if _ORDINARY.fullmatch(text.removeprefix("!")) is None:
            return None
        patterns.append(_Pattern(text))
    try:
        for pattern in patterns:
            if pattern.brackets:
                _ = pattern.regex  # a range can be none
    except re.error:
        return None
    return Patterns(patterns)


class Patterns:
    """Patterns that are asked together, in the order in which they are written."""

    def __init__(self, patterns: list[_Pattern]) -> None:
        self._patterns = patterns
        self._names = {p.name for p in patterns if p.name is not None}
        self._places = {p.place for p in patterns if p.place is not None}
        self._ends = tuple(p.end for p in patterns if p.end is not None)
        others = [p for p in patterns if p.name is None and p.place is None and p.end is None]
        self._globs = _union([p.glob for p in others if p.glob is not None])
        rest = [p.source for p in others if p.glob is None]
        self._rest = _union([source[1:] if source.startswith("^") else "." for source in rest])
        self._known = {"": False}

    def verdict(self, path: str) -> bool | None:
        """Whether the path (of a directory: with a slash at its end) is named, and not taken back; None where none speaks.

        What names a path itself goes before what names a directory above, and of those the last.
        """
        path = path[1:] if path.startswith("/") else path.removeprefix("./")
        if len(path) <= _LONG and not self._concerns(path.removesuffix("/")):
            return None
        said, sure = None, 0
        for pattern in reversed(self._patterns):
            if pattern.literal not in path or (found := pattern.regex.search(path)) is None:
                continue
            how = 1 if found.lastindex else 2
            if how > sure:
                said, sure = pattern.include, how
            if sure == 2:
                break
        return said

    def match_file(self, path: str) -> bool:
        """Whether the path is named, and not taken back."""
        return bool(self.verdict(path))

    def _concerns(self, path: str) -> bool:
        """Whether there can be a pattern that names the path or a directory above."""
        above = self._known.get(path.rpartition("/")[0])
        if above is None:
            above = False
            for slash in re.finditer("/", path):
                directory = path[: slash.start()]
                known = self._known.get(directory)
                above = known if known is not None else above or self._names_itself(directory)
                self._known[directory] = above
        return above or self._names_itself(path)

    def _names_itself(self, path: str) -> bool:
        name = path[path.rfind("/") + 1 :]
        if name in self._names or path in self._places or name.endswith(self._ends):
            return True
        if self._globs is not None and self._globs.fullmatch(name) is not None:
            return True
        return self._rest is not None and self._rest.match(path + "/") is not None  # it may be a directory


class _Pattern:
    """One line: whether it names or takes back, and what is quickly seen of paths that it can name."""

    def __init__(self, text: str) -> None:
        self.include = not text.startswith("!")
        self.brackets = "[" in text
        body = text.removeprefix("!")
        self._only_directories = body.endswith("/")
        self._parts = _parts(body)
        self.literal = max((text.strip("/") for text in _SPECIAL.split(body)), key=len)
        plain = [part for part in self._parts if part != _ANY]
        literal = bool(plain) and not any(_SPECIAL.search(part) for part in plain)
        free = self._parts[0] == _ANY
        one = plain[0] if len(plain) == 1 else ""
        self.name = one if one and literal and free else None
        self.place = "/".join(plain) if literal and plain == self._parts[: len(plain)] else None
        self.glob = _glob(one) if one and free else None  # of a name
        end = one[1:] if one.startswith("*") and free else ""
        self.end = end if end and not _SPECIAL.search(end) else None

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Its group takes part where it names a directory above, or one that is written with a slash at its end."""
        return re.compile(self.source)

    @property
    def source(self) -> str:
        parts = self._parts
        below = "(/)" if self._only_directories else "/"
        if parts == [_ANY]:
            return "(/)" if self._only_directories else "."
        if parts == [_ANY, "*"]:
            return "."
        if parts == [_ANY, "*", _ANY]:
            return below
        out = ["^"]
        slash = False
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            if part == _ANY:
                out.append(below if last else "(?:/.+)?" if number else "(?:.+/)?")
            else:
                out += [
                    "/" if slash else "",
                    "[^/]+" if part == "*" else _glob(part),
                    "(?:(/)|$)" if last else "",
                ]
            slash = number > 0 or part != _ANY
        return "".join(out)


def _parts(body: str) -> list[str]:
    """What stands between slashes; `**` in front of what is looked for everywhere, and behind what names directories."""
    parts = body.split("/")
    if not parts[0]:
        del parts[0]
    elif len(parts) == 1 or parts[1:] == [""]:
        parts.insert(0, _ANY)
    if not parts[-1]:
        parts[-1] = _ANY
    return [
        part for before, part in zip([None, *parts], parts, strict=False) if part != _ANY or before != _ANY
    ]


def _union(sources: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(sources)) if sources else None


def _glob(part: str) -> str:
    return "".join(map(_token, _TOKEN.findall(part)))


def _token(token: str) -> str:
    if token == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if token[0] == "[":
        return token
    return re.escape(token[-1])
