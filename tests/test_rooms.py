"""Imports point one way: a room imports rooms below it, never one of its own row (docs/design.md, "The rooms")."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import leakscan

PACKAGE = Path(leakscan.__file__).parent
ROWS = [
    {"model"},
    {"git", "rulepack", "config"},
    {"sources", "detect", "filters"},
    {"scanning"},
    {"report", "baseline", "purge", "migrate", "hooks", "ci"},
    {"api"},
    {"cli"},
]
ROW = {room: number for number, row in enumerate(ROWS) for room in row}
OUTSIDE = {"__init__", "__main__"}
FILES = sorted(p.relative_to(PACKAGE) for p in PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def imported(path: Path) -> list[str]:
    """The rooms that a file imports, at whatever depth."""
    rooms = []
    package = ("leakscan", *path.parts[:-1])
    for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            stem = f"{base}.{node.module}" if base and node.module else base or node.module or ""
            names = [f"{stem}.{alias.name}" for alias in node.names]
        else:
            continue
        rooms += [
            parts[1] for name in names if (parts := name.split("."))[0] == "leakscan" and len(parts) > 1
        ]
    return rooms


def test_every_package_is_shipped() -> None:
    """The list is written by hand, and an editable install does not need it."""
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = set(settings["tool"]["setuptools"]["packages"])
    found = {
        ".".join(("leakscan", *p.parent.relative_to(PACKAGE).parts)) for p in PACKAGE.rglob("__init__.py")
    }
    assert found | {"leakscan.rules"} == shipped


def test_every_file_is_in_a_room() -> None:
    assert {room(p) for p in FILES} - OUTSIDE <= set(ROW)


@pytest.mark.parametrize("path", [p for p in FILES if room(p) not in OUTSIDE], ids=str)
def test_imports_point_down(path: Path) -> None:
    own = room(path)
    for other in imported(path):
        if other in ROW and other != own:
            assert ROW[other] < ROW[own], f"{path} imports {other}"


def test_only_one_file_starts_git() -> None:
    ways = ("Popen(", "subprocess.run(", "check_output(", "os.system(", "os.exec", "os.spawn", "posix_spawn")
    starters = {str(p) for p in FILES if any(w in (PACKAGE / p).read_text(encoding="utf-8") for w in ways)}
    assert starters == {"git/run.py"}
