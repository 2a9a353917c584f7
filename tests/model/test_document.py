"""YAML documents: read without surprises, every problem with its line and key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.model.checking import Checker
from leakscan.model.document import MAX_BYTES, Items, Scalar, Table, read
from leakscan.model.errors import Problem


def problems_of(text: bytes) -> list[str]:
    problems: list[Problem] = []
    read(text, "f.yml", problems)
    return [str(p) for p in problems]


def test_nodes_know_their_lines() -> None:
    node = read(b"# c\na: 1\nb:\n- x\n- 'y'\n", "f", [])
    assert isinstance(node, Table)
    assert node.line == 2
    assert [(e.key, e.line) for e in node.entries] == [("a", 2), ("b", 3)]
    items = node.entries[1].value
    assert isinstance(items, Items)
    assert items.items == (Scalar("x", True, 4), Scalar("y", False, 5))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a: 1\nb: 2\na: 3\n", "f.yml:3: a: the key is already on line 1"),
        (b"a:\n  b: 1\n  c: {d: 1, d: 2}\n", "f.yml:3: a.c.d: the key is already on line 3"),
        (b"a: &x 1\n", "f.yml:1: a: anchors (&name) are not accepted; write the value out"),
        (b"a: 1\nb: *x\n", "f.yml:2: b: aliases (*name) are not accepted; write the value out"),
        (b"a:\n- !!python/object:os.system x\n", "f.yml:2: a[0]: tags (tag:yaml.org,2002:python/object:os.system)"),
        (b"a: 1\n---\nb: 1\n", "f.yml:2: a second document"),
        (b"[a]: 1\n", "f.yml:1: a key must be a text"),
        (b"a: 1\nb: \x01\n", "f.yml:2: a character that YAML does not allow: U+0001"),
        (b"a: 1\nb: \xff\n", "f.yml:2: not UTF-8"),
        (b"a: 1\n  b: 2\n", "f.yml:2: not valid YAML: mapping values are not allowed in this context"),
        (b"a: [1\n", "f.yml:2: not valid YAML"),
        (b"[" * 100_000, "nested deeper than"),
        (b"x" * (MAX_BYTES + 1), "f.yml: larger than 4 MiB"),
    ],
)  # fmt: skip
def test_what_is_refused(text: bytes, expected: str) -> None:
    assert expected in problems_of(text)[0]


def test_laughs_are_cheap() -> None:
    bomb = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(ord("b"), ord("k"))
    )
    assert any("aliases" in p for p in problems_of(bomb))


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!'\"\n |>#", max_size=60).map(str.encode))
def test_any_input_ends_in_a_document_or_in_problems(text: bytes) -> None:
    problems: list[Problem] = []
    node = read(text, "f", problems)
    assert node is None or isinstance(node, Scalar | Items | Table)


def checker(text: bytes) -> tuple[Checker, list[Problem], Table]:
    problems: list[Problem] = []
    node = read(text, "f", problems)
    assert isinstance(node, Table)
    return Checker("f", problems), problems, node


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("true", "boolean", True),
        ("False", "boolean", False),
        ("yes", "boolean", 'f:1: k: must be true or false, not a text ("yes" is a text in YAML 1.2)'),
        ("'true'", "boolean", "f:1: k: must be true or false, not a text"),
        ("3.5", "number", 3.5),
        ("'3.5'", "number", "f:1: k: must be a number, not a text"),
        ("12", "number", "f:1: k: must be between 0 and 8"),
        ("[]", "number", "f:1: k: must be a number, not a list"),
        ("2", "integer", 2),
        ("2.5", "integer", "f:1: k: must be a whole number"),
        ("2020-01-01", "text", "2020-01-01"),
        ("12", "text", "12"),
        ("~", "text", "f:1: k: must be a text, not nothing"),
        ("''", "text", "f:1: k: must not be empty"),
        ("{a: 1}", "text", "f:1: k: must be a text, not a mapping"),
        ("[a, {b: c}]", "texts", "f:1: k[1]: must be a text, not a mapping"),
        ("[a, b]", "texts", ("a", "b")),
        ("a", "texts", "f:1: k: must be a list, not a text"),
        ("high", "choice", "high"),
        ("hihg", "choice", 'f:1: k: "hihg" is none of: high, low; did you mean "high"?'),
    ],
)
def test_types(value: str, kind: str, expected: object) -> None:
    check, problems, table = checker(f"k: {value}\n".encode())
    node = table.entries[0].value
    match kind:
        case "number":
            got: object = check.number(node, "k", 0, 8)
        case "integer":
            got = check.integer(node, "k", 0, 8)
        case "choice":
            got = check.choice(node, "k", ("high", "low"))
        case _:
            got = getattr(check, kind)(node, "k")
    if isinstance(expected, str) and expected.startswith("f:1"):
        assert [str(p) for p in problems] == [expected]
    else:
        assert (got, problems) == (expected, [])


def test_unknown_and_missing_keys() -> None:
    check, problems, table = checker(b"nmae: x\nzzz: 1\n")
    check.table(table, "", ("name", "other"), ("name",))
    assert [str(p) for p in problems] == [
        'f:1: nmae: unknown key; did you mean "name"?',
        "f:2: zzz: unknown key; known are: name, other",
        "f:1: name: is missing",
    ]
