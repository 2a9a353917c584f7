"""Filters of betterleaks 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from leakscan.migrate.discover import of_file
from leakscan.migrate.expr import read
from leakscan.migrate.gather import gather

SECRETS = {"regexes": ["^a||b$", "c"], "regexTarget": "secret"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (None, (), ())),
        ('entropy(finding["secret"]) <= 3.5', (3.5, (), ())),
        ("filter.entropy(finding['secret']) < 3", (3.0, (), ())),
        (
            '// why, or why not\n(entropy(finding["secret"]) <= 3.5\n|| entropy(finding["secret"]) < 4)',
            (4.0, (), ()),
        ),
        ('matchesAny(finding["secret"], [`^a||b$`, "c",])', (None, (SECRETS,), ())),
        ('filter.matchesAny(finding["line"], ["a\\\\.b"])', (None, ({"regexes": ["a\\.b"], "regexTarget": "line"},), ())),
        ('matchesAny(get(attributes, "path", ""), [`\\.md$`])', (None, ({"paths": ["\\.md$"]},), ())),
        ('matchesAny((attributes["path"] ?? ""), ["a"])', (None, ({"paths": ["a"]},), ())),
        ('containsAny(finding["secret"], ["x", "y"])', (None, ({"stopwords": ["x", "y"]},), ())),
        (
            '!matchesAny(finding["secret"], ["[0-9]"]) or entropy(finding["secret"]) < 2.5',
            (2.5, (), ('!matchesAny(finding["secret"], ["[0-9]"])',)),
        ),
        ("(a || b) && c", (None, (), ("(a || b) && c",))),
        ("matchesAny(finding[\"email\"], ['x'])", (None, (), ("matchesAny(finding[\"email\"], ['x'])",))),
        ("((", (None, (), ("((",))),
    ],
)  # fmt: skip
def test_what_a_filter_discards(text: str, expected: tuple[object, ...]) -> None:
    assert tuple(read(text)) == expected


CONFIG = """
prefilter = '''
matchesAny(get(attributes, "path", ""), [`(?:^|/)dist/`])
'''
filter = '''matchesAny(finding["secret"], [`^EXAMPLE`]) || failsTokenEfficiency(finding["secret"])'''
[[rules]]
id = "acme.1"
regex = '''acme_[a-z0-9]{20}'''
filter = '''entropy(finding["secret"]) <= 3.5 || containsAny(finding["secret"], ["sample"])'''
components = [{id = "acme-id.1", within = "5L"}]
[[rules]]
id = "acme-id.1"
regex = '''acmeid_[0-9]{8}'''
skipReport = true
"""


def test_filters_become_entropy_and_allow_lists(tmp_path: Path) -> None:
    (tmp_path / ".betterleaks.toml").write_text(CONFIG)
    artefact = of_file(tmp_path / ".betterleaks.toml", None)
    assert artefact is not None
    bag = gather([artefact], tmp_path, ())
    first, second = bag.rules
    assert (first.entropy, first.allow_words) == (3.5, ("sample",))
    assert first.requires == ((second.id, 5),)
    assert bag.exclude == ["**/dist/"]
    assert [a.regex for a in bag.allow] == ["^EXAMPLE"]
    assert [(r.where, r.what) for r in bag.left] == [
        (".betterleaks.toml:5", 'filter: failsTokenEfficiency(finding["secret"])')
    ]
