"""Rule packs: what becomes of a document, and every problem with file, line and key."""

from __future__ import annotations

import pytest
from packs import named, pack, read, rule

from leakscan.model.rule import Allow, Requirement, Rotation

# In `rule()`: line 2 id, 3 name, 4 description, 5 severity, 6 confidence, 7 pattern, 8 examples, 9 counterexamples,
# 10 rotate, 11 references, from 12 on what is added. In `named()`, which has no pattern: 11 names, 12 value.


def test_a_rule() -> None:
    text = rule(
        entropy="3.5",
        requires="[{rule: acme.id, lines: 5}]",
        part="true",
        placeholders="false",
        paths="['**/.acmerc']",
        allow="{secrets: ['^acme_0'], words: [sample]}",
        tags="[cloud]",
        checks="[has-digit]",
    )
    (definition,), problems = read(pack(text))
    assert problems == []
    found = definition.rule
    assert found.id == "acme.key"
    assert found.severity == "high"
    assert found.requires == (Requirement("acme.id", 5),)
    assert (found.part, found.generic, found.placeholders) == (True, False, False)
    assert found.allow == Allow(secrets=("^acme_0",), words=("sample",))
    assert found.rotate == Rotation(url="https://example.com/keys", steps=("Make a new one",))
    assert (found.entropy, found.paths, found.checks) == (3.5, ("**/.acmerc",), ("has-digit",))
    assert (definition.file, definition.line, definition.path) == ("p.yaml", 2, "rules[0]")
    assert definition.lines["pattern"] == 7


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "p.yaml: is empty; a rule pack has a list `rules`"),
        (b"- a\n", "p.yaml:1: must be a mapping, not a list"),
        (b"ruels: []\n", 'p.yaml:1: ruels: unknown key; did you mean "rules"?'),
        (b"rules: 3\n", "p.yaml:1: rules: must be a list, not a number"),
        (b"rules:\n- x\n", "p.yaml:2: rules[0]: must be a mapping, not a text"),
        (pack(rule(id="Acme.Key")), 'p.yaml:2: rules[0].id: "Acme.Key" is not of the form vendor.kind'),
        (pack(rule(id="acme")), 'p.yaml:2: rules[0].id: "acme" is not of the form'),
        (pack(rule(name="")), "p.yaml:2: rules[0].name: is missing"),
        (pack(rule(severity="severe")), 'p.yaml:5: rules[0].severity: "severe" is none of: critical, high'),
        (pack(rule(), rule("acme.b", confidence="[]")), "p.yaml:16: rules[1].confidence: must be a text"),
        (pack(rule(keyword="[acme]")), 'p.yaml:12: rules[0].keyword: unknown key; did you mean "keywords"?'),
        (pack(rule(pattern="'acme_(['")), "p.yaml:7: rules[0].pattern: not a regular expression at character 7"),
        (pack(rule(pattern="'acme_[0-9]+'")),
         'p.yaml:7: rules[0].pattern: can match without limit: "+" at character 11; give the quantifier an upper'),
        (pack(rule(pattern=r"'acme\+(a{2,}|b*?)[*+]x'")),
         '"{2,}" at character 9, "*" at character 15; give'),
        (pack(rule(pattern=r"'acme_(a)\1'")), "rules[0].pattern: refers back to a group"),
        (pack(rule(pattern="'(?<!a{65})acme'")), "rules[0].pattern: looks 65 bytes behind; at most 64 are allowed"),
        (pack(rule(pattern="'acme(?=a{65})'")), "rules[0].pattern: looks 65 bytes ahead"),
        (pack(rule(pattern="'[a-z]{5,400}'")),
         "can match 400 bytes; over 300 a pattern must begin with at least 5 fixed bytes"),
        (pack(rule(pattern="'acme[a-z]{5,400}'")), "over 300 a pattern must begin with at least 5 fixed bytes"),
        (pack(rule(pattern="'acme-[a-z]{5,20000}'")), "can match 20005 bytes; at most 16384 are allowed"),
        (pack(rule(pattern="'(?:acme)?'")), "rules[0].pattern: can match nothing at all"),
        (pack(rule(pattern="'acmé'")), "rules[0].pattern: not ASCII at character 4"),
        (pack(rule(pattern="'acme_(?:a|(?P<secret>b))'")), "some match leaves the group `secret` empty"),
        (pack(rule(pattern="'acme_(?P<secret>b{0,3})'")), "some match leaves the group `secret` empty"),
        (pack(rule(pattern="")), "p.yaml:2: rules[0].pattern: is missing (or `names` and `value`"),
        (pack(rule(names="[acme]")), "p.yaml:12: rules[0].names: does not go with `pattern`"),
        (pack(rule(pattern="", names="[acme]")), "p.yaml:11: rules[0].names: needs `value` beside it"),
        (pack(named(names="[]")), "p.yaml:11: rules[0].names: must hold at least one name"),
        (pack(named(names="[acme, ab]")), "p.yaml:11: rules[0].names[1]: can be shorter than 3 characters"),
        (pack(named(names="['ac.*me']")), 'rules[0].names[0]: can match without limit: "*" at character 4'),
        (pack(named(names="['(?i)acme']")), "rules[0].names[0]: sets flags for the whole pattern"),
        (pack(named(value="'(?P<x>[0-9]{9})'")), "p.yaml:12: rules[0].value: must not name groups"),
        (pack(named(value="'[0-9a-f]{32}('")), "p.yaml:12: rules[0].value: not a regular expression"),
        (pack(named(value="'[a-z]{200}'")), "p.yaml:12: rules[0].value: can be 200 bytes long; behind these names"),
        (pack(rule(keywords="[AB]")), 'rules[0].keywords: "AB" must be lower-case and at least 3 bytes long'),
        (pack(rule(entropy="high")), "p.yaml:12: rules[0].entropy: must be a number, not a text"),
        (pack(rule(entropy="9")), "p.yaml:12: rules[0].entropy: must be between 0 and 8"),
        (pack(rule(part="yes")), "p.yaml:12: rules[0].part: must be true or false"),
        (pack(rule(requires="[{rule: a.b}]")), "p.yaml:12: rules[0].requires[0].lines: is missing"),
        (pack(rule(requires="[{rule: a.b, lines: 101}]")), "rules[0].requires[0].lines: must be between 0 and 100"),
        (pack(rule(allow="{secret: [a]}")), 'rules[0].allow.secret: unknown key; did you mean "secrets"?'),
        (pack(rule(allow="{lines: ['a(']}")), "p.yaml:12: rules[0].allow.lines[0]: not a regular expression"),
        (pack(rule(rotate="{url: example.com}")), "p.yaml:10: rules[0].rotate.url: must begin with https://"),
        (pack(rule(references="[see the docs]")), "p.yaml:11: rules[0].references[0]: must begin with https://"),
        (pack(rule(id="acme.key\n  id: acme.key")), "p.yaml:3: rules[0].id: the key is already on line 2"),
    ],
)  # fmt: skip
def test_problems(content: bytes, expected: str) -> None:
    problems = read(content)[1]
    assert any(expected in p for p in problems), problems


def test_all_problems_at_once_in_the_order_of_lines() -> None:
    content = pack(rule(severity="x", entropy="y"), rule("acme.good"), rule("bad id", pattern="'a*'"))
    found, problems = read(content)
    assert [d.rule.id for d in found] == ["acme.good"]
    assert [p.split(": ")[0] for p in problems] == ["p.yaml:5", "p.yaml:12", "p.yaml:23", "p.yaml:28"]


@pytest.mark.parametrize(
    "pattern",
    [
        "'-----BEGIN ACME-----[a-z\\n]{1,9000}-----END'",
        "'(?:acme-|acme_)[a-z]{5,400}'",
        "'(?P<secret>acme_a|acme_b)'",
        "'acme_(?:(?P<secret>b)|(?:c))?x'",
    ],
)
def test_far_patterns_and_groups(pattern: str) -> None:
    problems = read(pack(rule(pattern=pattern)))[1]
    assert bool(problems) == (")?x" in pattern)
