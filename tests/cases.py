"""The cases under fixtures/cases: files with templates for secrets, and what is to be found in them.

    A title: what the case is about.
    flags: --confidence low            (optional)

    --- path/of/file.py
    password = "{password}"
    --- expect
    generic.password path/of/file.py:1:13

`{…}` is filled by `leakscan.rulepack.template`; then `<<hex …>>` is what stands in it in hexadecimal, and so on (`FILTERS`;
the innermost first; several lines keep the indentation of the first). `expect` lists `rule path:line:column`, sorted;
nothing else is found.
"""

from __future__ import annotations

import base64
import gzip
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from leakscan.rulepack.template import fill

DIRECTORY = Path(__file__).parents[1] / "fixtures" / "cases"

FILTERS: Mapping[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "wrapped": lambda text: base64.encodebytes(text.encode()).decode().rstrip(),
    "utf16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "gzip": lambda text: base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(),
    "hex": lambda text: text.encode().hex(),
    "percent": lambda text: quote(text, safe=""),
    "u": lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    "x": lambda text: "".join(f"\\x{ord(c):02x}" for c in text),
    "html": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "cut": lambda text: _cut(*text.rsplit(" ", 1)),
}


def _cut(joint: str, secret: str) -> str:
    """`secret` in three parts with `joint` between them."""
    return joint.join((secret[:9], secret[9:20], secret[20:]))


_FILTER = re.compile(r"<<([a-z0-9]+) ((?:(?!<<).)*?)>>", re.DOTALL)


def encode(text: str) -> str:
    """`text` with all filters applied."""
    while True:
        found = _FILTER.search(text)
        if found is None:
            return text
        indent = re.search(r"(?:^|\n)([ \t]*)[^\n]*\Z", text[: found.start()])
        said = FILTERS[found[1]](found[2]).replace("\n", "\n" + (indent[1] if indent else ""))
        text = text[: found.start()] + said + text[found.end() :]


@dataclass(frozen=True)
class Case:
    """One file of fixtures/cases, filled."""

    name: str
    flags: tuple[str, ...]
    files: dict[str, str]
    expected: tuple[str, ...]

    def write(self, directory: Path, line_end: str = "\n") -> None:
        """Put the files of the case below `directory`."""
        for path, text in self.files.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.replace("\n", line_end).encode())


def cases() -> list[Case]:
    """All of them, by name."""
    return [_read(path) for path in sorted(DIRECTORY.glob("*.txt"))]


def _read(path: Path) -> Case:
    head, *sections = ("\n" + path.read_text(encoding="utf-8")).split("\n--- ")
    flags = [line.removeprefix("flags:") for line in head.splitlines() if line.startswith("flags:")]
    files: dict[str, str] = {}
    expected: tuple[str, ...] = ()
    for section in sections:
        title, _, body = section.partition("\n")
        body = body if body.endswith("\n") else body + "\n"
        if title == "expect":
            expected = tuple(body.split("\n")[:-1])
        else:
            files[title] = encode(fill(body, f"{path.stem}/{title}"))
    return Case(
        path.stem, tuple(shlex.split(" ".join(flags))), files, tuple(line for line in expected if line)
    )
