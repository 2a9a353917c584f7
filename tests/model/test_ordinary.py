"""Ordinary patterns say of every path what pathspec says of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leakscan.model import gitignore, ordinary

PIECES = ("a", "b", "ab", ".x", "*", "?", "**", "[ab]", "[a-c]", "\\#", "\\*", "-", " ")
part = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
body = st.lists(part, min_size=1, max_size=4).map("/".join)
line = st.builds(
    "".join,
    st.tuples(st.sampled_from(["", "!"]), st.sampled_from(["", "/"]), body, st.sampled_from(["", "/"])),
)
name = st.lists(st.sampled_from(["a", "b", "c", ".x", "#", "*", "-", " "]), min_size=1, max_size=3).map(
    "".join
)
path = st.builds(
    "".join, st.tuples(st.lists(name, min_size=1, max_size=4).map("/".join), st.sampled_from(["", "/"]))
)


@given(st.lists(line, max_size=5), st.lists(path, min_size=1, max_size=8))
@example(["a/", "!a/b"], ["a/b", "a/", "a", "b/a/b"])
@example(["a/*", "!a/b"], ["a/b", "a/b/c", "a/c/"])
@example(["*", "!*/", "!a"], ["a", "b", "b/", "b/a", "b/c"])
@example(["**/a/**", "!a"], ["a", "a/", "b/a/c", "a/b"])
@example(["a*/"], ["ab", "ab/", "b/ab/c"])
@example(["/a", "a/**/b", "**/", "/**", "**"], ["a", "c/a", "a/b", "a/c/b/", "c"])
@example(["# nothing", "", "a \\ ", "b  "], ["a  ", "a ", "b", "b  "])
def test_as_pathspec(lines: list[str], paths: list[str]) -> None:
    patterns = ordinary.read(lines)
    if patterns is None:
        return
    spec = gitignore.compiled(lines)
    for path in paths:
        assert patterns.verdict(path) == spec.check_file(path).include, path
        assert patterns.match_file(path) == spec.match_file(path), path


@pytest.mark.parametrize(
    "line", ["*.py[co]", "[._]*.un~", "!/docs/*.rst", ".\\#*", "build/", "a/**/b", "*.sw[a-p]", "+ b"]
)
def test_what_is_ordinary(line: str) -> None:
    assert ordinary.read([line]) is not None


@pytest.mark.parametrize(
    "line", ["[!a]", "[[:alpha:]]", "[b-a]", "a\\", "é", "//", "a//b", "[a", "!", "!/", "\\a", "[a--b]"]
)
def test_what_is_left_to_pathspec(line: str) -> None:
    assert ordinary.read(["a", line]) is None


def test_absolute_paths_and_paths_from_here_are_relative() -> None:
    patterns = ordinary.read(["/a"])
    assert patterns is not None
    assert [patterns.match_file(path) for path in ("/a", "./a", "b/a", "//a")] == [True, True, False, False]


@pytest.mark.parametrize("depth", [500, 5000])
def test_deep_paths(depth: int) -> None:
    patterns = ordinary.read(["/a/**/c", "d"])
    assert patterns is not None
    deep = "/".join("a" * depth)
    assert [patterns.verdict(f"{deep}/{name}") for name in ("b", "c", "d")] == [None, True, True]
