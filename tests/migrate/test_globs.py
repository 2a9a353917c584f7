"""Expressions over paths as patterns of .gitignore: never fewer paths, more only where that is said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from leakscan.migrate.globs import globs
from leakscan.migrate.read_regex import Untranslatable

KNOWN = [
    (r"gitleaks\.toml", ("*gitleaks.toml*",)),
    (r"^vendor/", ("/vendor/",)),
    (r"(^|/)tests?/.*\.py$", ("**/test/**/*.py", "**/tests/**/*.py")),
    (r".*/testdata/.*", ("/*/**/testdata/",)),
    (r"(?i)\.PNG$", ("*.[Pp][Nn][Gg]",)),
    (r"src/[^/]+/fixtures/", ("**/*src/?*/fixtures/",)),
    (r"foo.*bar", ("*foo*bar*", "**/*foo*/**/*bar*")),
    (r"^\.env\.example$", ("/.env.example",)),
    (r"go\.(mod|sum)$", ("*go.mod", "*go.sum")),
]


@pytest.mark.parametrize(("expression", "patterns"), KNOWN)
def test_patterns(expression: str, patterns: tuple[str, ...]) -> None:
    assert globs(expression) == (patterns, False)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        (".*", "every path"),
        ("^$", "every path"),
        ("a(?!b)", "looks around"),
        ("(ab)+c", "repeated group"),
        ("a$b", "in the middle"),
        ("[/a]b", "slash"),
        ("(", "does not end"),
        ("(a|b)(c|d)(e|f)(g|h)(i|j)(k|l)(m|n)(o|p)(q|r)", "more than 64"),
    ],
)
def test_what_no_pattern_says(expression: str, why: str) -> None:
    with pytest.raises(Untranslatable, match=why):
        globs(expression)


def test_what_names_more_is_marked() -> None:
    assert globs(r"\w+\.lock").wider
    assert globs(r"v\d+/").wider
    assert not globs(r"a\.lock").wider


EXPRESSIONS = [
    r"a/b", r"^a/b$", r"^a", r"b$", r"a.*b", r"a/.*b", r"(^|/)a/", r"/b/", r"a?b", r"^a/.*\.b$", r".*a", r"a[^/]*b$",
    r"\.a$", r"(a|b)/c", r"^(a|b)/", r"b/a/", r"[ab]c$", r"a/.*/c", r"(.*?)c$", r"a+b",
]  # fmt: skip
PATHS = st.lists(st.text(alphabet="abc.", min_size=1, max_size=3), min_size=1, max_size=4).filter(
    lambda parts: not any(p in (".", "..") for p in parts)
)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(EXPRESSIONS), PATHS)
def test_a_pattern_names_the_paths_that_the_expression_matches(expression: str, parts: list[str]) -> None:
    found = globs(expression)
    named = GitIgnoreSpec.from_lines(found.patterns).match_file("/".join(parts))
    if re.search(expression, "/".join(parts)):
        assert named
    elif named and not found.wider:
        # A pattern names a directory with all that is in it.
        assert any(re.search(expression, "/".join(parts[:n])) for n in range(1, len(parts)))
