"""`.leakscan.yml`: found, read, and every problem with line and key."""

from __future__ import annotations

import contextlib
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.config import Config, load
from leakscan.config.parse import parse_config
from leakscan.config.size import parse_size
from leakscan.model.errors import DocumentError
from leakscan.model.rule import Rule
from leakscan.model.secret import Secret

WHOLE = b"""\
rules:
  packs: [ci/rules.yaml]
  disable: [generic.*, aws.account-id]
  severity: {slack.webhook: low}
exclude: [vendor/, '*.min.js']
allow:
- path: tests/**
  reason: Nothing in there is real
- regex: '^EXAMPLE'
  rule: acme.*
  reason: Documented samples
  expires: 2030-06-30
baseline: .leakscan-baseline.json
confidence: high
max_file_size: 5 MB
inline_allow: false
strict: true
"""


def parse(content: bytes, inside: Path | None = None) -> Config:
    return parse_config(content, ".leakscan.yml", Path("/r"), inside=inside)


def problems(content: bytes, inside: Path | None = None) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parse(content, inside)
    return [str(p) for p in caught.value.problems]


def rule(identifier: str = "acme.key") -> Rule:
    return Rule(id=identifier, name="", description="", severity="high", confidence="high", pattern="x")


def test_everything() -> None:
    config = parse(WHOLE)
    assert config.packs == (Path("/r/ci/rules.yaml"),)
    assert config.disable == ("generic.*", "aws.account-id")
    assert config.severity == {"slack.webhook": "low"}
    assert config.exclude == ("vendor/", "*.min.js")
    assert config.baseline == Path("/r/.leakscan-baseline.json")
    assert (config.confidence, config.max_file_size) == ("high", 5 << 20)
    assert (config.inline_allow, config.strict) == (False, True)
    first, second = config.allow
    assert (first.path, first.line, first.key, first.expires) == ("tests/**", 7, "allow[0]", None)
    assert (second.regex, second.rule, second.expires) == ("^EXAMPLE", "acme.*", date(2030, 6, 30))


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"rules:\nallow:\nexclude:\nbaseline:\n"])
def test_nothing_said(content: bytes) -> None:
    assert parse(content) == Config(file=".leakscan.yml")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"exlude: []\n", '.leakscan.yml:1: exlude: unknown key; did you mean "exclude"?'),
        (b"- a\n", ".leakscan.yml:1: must be a mapping, not a list"),
        (b"rules: [a]\n", ".leakscan.yml:1: rules: must be a mapping, not a list"),
        (b"rules:\n  disabled: []\n", '.leakscan.yml:2: rules.disabled: unknown key; did you mean "disable"?'),
        (b"rules:\n  disable:\n  - a.b\n  - 'a b'\n", '.leakscan.yml:4: rules.disable[1]: "a b" is neither a rule id'),
        (b"rules:\n  severity:\n    a.b: hihg\n", '.leakscan.yml:3: rules.severity.a.b: "hihg" is none of:'),
        (b"rules: {packs: ['']}\n", ".leakscan.yml:1: rules.packs[0]: must not be empty"),
        (b"exclude: build/\n", ".leakscan.yml:1: exclude: must be a list, not a text"),
        (b"exclude: ['a', '# b']\n", '.leakscan.yml:1: exclude[1]: "# b" is a comment'),
        (b"allow:\n- path: a\n", ".leakscan.yml:2: allow[0].reason: is missing"),
        (b"allow:\n- reason: a\n", ".leakscan.yml:2: allow[0]: needs at least one of: path, regex, fingerprint, rule"),
        (b"allow:\n- reason: ' '\n  rule: a.b\n", ".leakscan.yml:2: allow[0].reason: must not be empty"),
        (b"allow:\n- reason: a\n  regex: 'a(b'\n",
         ".leakscan.yml:3: allow[0].regex: not a regular expression at character 2"),
        (b"allow:\n- reason: a\n  fingerprint: ABC\n", ".leakscan.yml:3: allow[0].fingerprint: is not a fingerprint"),
        (b"allow:\n- reason: a\n  rule: a.b\n  expires: 31.12.2030\n",
         '.leakscan.yml:4: allow[0].expires: "31.12.2030" is not a date; write it like 2030-12-31'),
        (b"allow:\n- reason: a\n  rule: a.b\n  expires: 2030-02-30\n", "is not a date"),
        (b"confidence: hig\n", '.leakscan.yml:1: confidence: "hig" is none of: high, medium, low; did you mean "high"?'),
        (b"max_file_size: big\n", '.leakscan.yml:1: max_file_size: "big" is not a size; write it like 10MB'),
        (b"max_file_size: 0\n", "is not a size"),
        (b"strict: yes\n", ".leakscan.yml:1: strict: must be true or false"),
        (b"inline_allow: 1\n", ".leakscan.yml:1: inline_allow: must be true or false, not a number"),
        (b"strict: true\nstrict: false\n", ".leakscan.yml:2: strict: the key is already on line 1"),
        (b"exclude: ['[z-a]']\n", '.leakscan.yml:1: exclude[0]: "[z-a]" is not a pattern as in .gitignore'),
        (b"a: [\n", ".leakscan.yml:2: not valid YAML"),
    ],
)  # fmt: skip
def test_problems(content: bytes, expected: str) -> None:
    assert any(expected in p for p in problems(content)), problems(content)


def test_all_problems_at_once_by_line() -> None:
    found = problems(b"strict: 1\nallow:\n- {}\nconfidence: x\nfoo: 1\n")
    assert [p.split(": ")[0] for p in found] == [f".leakscan.yml:{n}" for n in (1, 3, 3, 4, 5)]


@pytest.mark.parametrize("value", ["../x.yaml", "/etc/passwd", "a/../../x"])
def test_a_file_in_the_repository_names_nothing_outside_of_it(tmp_path: Path, value: str) -> None:
    text = f"baseline: {value}\nrules:\n  packs: [{value}]\n".encode()
    with pytest.raises(DocumentError) as caught:
        parse_config(text, "c", tmp_path, inside=tmp_path)
    assert [(p.line, p.key) for p in caught.value.problems] == [(1, "baseline"), (3, "rules.packs[0]")]
    assert parse_config(text, "c", tmp_path).baseline == tmp_path / value


def test_a_link_that_leads_out_is_noticed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(DocumentError, match="leads out of the repository"):
        parse_config(b"baseline: link/x\n", "c", root, inside=root)


def test_finding_the_file(tmp_path: Path) -> None:
    assert load(None, tmp_path) == Config()
    (tmp_path / ".leakscan.yaml").write_text("strict: true\n")
    assert load(None, tmp_path).strict is True
    (tmp_path / ".leakscan.yml").write_text("strict: false\n")
    with pytest.raises(DocumentError, match=r"leakscan.yaml: stands beside .leakscan.yml"):
        load(None, tmp_path)


def test_the_users_own_file_comes_first_and_may_point_anywhere(tmp_path: Path) -> None:
    (tmp_path / ".leakscan.yml").write_text("strict: nonsense\n")
    own = tmp_path / "own.yml"
    own.write_text("baseline: ../b.json\n")
    assert load(own, tmp_path).baseline == tmp_path / "../b.json"
    with pytest.raises(DocumentError, match="cannot be read: No such file"):
        load(tmp_path / "none.yml", tmp_path)


@pytest.mark.parametrize("kind", ["link", "directory", "fifo"])
def test_what_is_no_file_is_not_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ".leakscan.yml"
    match kind:
        case "link":
            path.symlink_to("/etc/hostname")
        case "directory":
            path.mkdir()
        case _:
            os.mkfifo(path)
    with pytest.raises(DocumentError, match="is not a regular file"):
        load(None, tmp_path)


SECRET = b"EXAMPLE-of-a-secret"


@pytest.mark.parametrize(
    ("entry", "path", "allowed"),
    [
        ("path: tests/", b"tests/a/b.py", True),
        ("path: tests/", b"src/tests.py", False),
        ("path: '*.md'", b"docs/a.md", True),
        ("path: /a.md", b"docs/a.md", False),
        ("path: '*'", None, False),
        ("path: '*'", b"\xff\n", True),
        ("regex: ^EXAMPLE", None, True),
        ("regex: ^xEXAMPLE", None, False),
        ("regex: '(?i)example.*secret$'", b"a", True),
        ("rule: acme.*", None, True),
        ("rule: acme.ke", None, False),
        ("rule: acme.key\n  path: a", b"b", False),
        ("rule: acme.key\n  path: a\n  regex: EX", b"a", True),
        (f"fingerprint: {Secret(SECRET).fingerprint('acme.key')}", b"a", True),
        (f"fingerprint: {Secret(SECRET).fingerprint('acme.other')}", b"a", False),
    ],
)
def test_what_an_entry_allows(entry: str, path: bytes | None, allowed: bool) -> None:
    config = parse(f"allow:\n- reason: Looked at\n  {entry}\n".encode())
    said = config.allows(None)(rule(), SECRET, path)
    assert said == ("allowed by .leakscan.yml:2: Looked at" if allowed else None)


def test_an_expression_that_runs_away_allows_nothing() -> None:
    config = parse(b"allow:\n- {reason: evil, regex: '(a|a)*(a|a)*(a|a)*(a|a)*b'}\n")
    assert config.allows(None)(rule(), b"a" * 4000, None) is None


def test_expired_entries_do_not_count_and_are_named() -> None:
    config = parse(b"allow:\n- {reason: old, rule: '*', expires: 2024-01-31}\n")
    for today, counts in ((date(2024, 1, 31), True), (date(2024, 2, 1), False), (None, True)):
        assert (config.allows(today)(rule(), SECRET, None) is not None) == counts
        assert bool(config.notes(today)) != counts
    assert config.notes(date(2024, 2, 1)) == (
        ".leakscan.yml:2: allow[0]: expired on 2024-01-31 and does not count: old",
    )


def test_mentions_of_unknown_rules() -> None:
    config = parse(
        b"rules:\n  disable: [acme.key, 'b*']\n  severity:\n    acme.kye: low\nallow:\n- {reason: r, rule: 'zz*'}\n"
    )
    assert [str(p) for p in config.unknown_rules(["acme.key", "other.key"])] == [
        '.leakscan.yml:2: rules.disable[1]: no rule is called "b*"',
        '.leakscan.yml:4: rules.severity.acme.kye: no rule is called "acme.kye"; did you mean "acme.key"?',
        '.leakscan.yml:6: allow[0].rule: no rule is called "zz*"',
    ]


@pytest.mark.parametrize(
    ("text", "size"),
    [("10", 10), ("1k", 1024), ("10 MB", 10 << 20), ("2GiB", 2 << 30), ("7B", 7), ("1.5M", None), ("-1", None), ("M", None)],
)  # fmt: skip
def test_sizes(text: str, size: int | None) -> None:
    assert parse_size(text) == size


@given(st.binary(max_size=300) | st.text(alphabet="rules:\n allow-{}[]\"'exdrk", max_size=80).map(str.encode))
def test_any_input_is_a_configuration_or_a_document_error(content: bytes) -> None:
    with contextlib.suppress(DocumentError):
        parse(content)
