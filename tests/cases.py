"""The cases under fixtures/cases: files with templates for secrets, and what is to be found in them.

    A title: what the case is about.
    flags: --confidence low            (optional)

    --- path/of/file.py
    password = "{password}"
    --- expect
    generic.password path/of/file.py:1:13

`{…}` is filled by `leakscan.rulepack.template`. `expect` lists `rule path:line:column`, sorted; nothing else is found.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from leakscan.rulepack.template import fill

DIRECTORY = Path(__file__).parents[1] / "fixtures" / "cases"


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
            files[title] = fill(body, f"{path.stem}/{title}")
    return Case(
        path.stem, tuple(shlex.split(" ".join(flags))), files, tuple(line for line in expected if line)
    )
