"""Commit, tag and tree objects, well-formed and not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.git.commits import Ident, describe, iso_date, parse_commit, parse_ident, parse_tag
from leakscan.git.entries import entries

TREE, PARENT = "a" * 40, "b" * 40
COMMIT = (
    f"tree {TREE}\nparent {PARENT}\nparent {TREE}\n"
    "author A U Thor <a@example.com> 1700000000 +0530\n"
    "committer C <c@example.com> 1700000001 -0100\n"
    "encoding ISO-8859-1\n"
    "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n"
    "mergetag object x\n type commit\n tag v1\n \n inner message\n"
    "\n"
    "The subject\ncontinued\n\nbody\n"
)


def test_a_commit() -> None:
    text = parse_commit(COMMIT.encode())
    assert (text.tree, text.parents) == (TREE, (PARENT, TREE))
    assert text.author == Ident(b"A U Thor <a@example.com>", 1700000000, b"+0530")
    assert text.committer.time == 1700000001
    assert text.message == b"The subject\ncontinued\n\nbody\n"
    assert b"encoding ISO-8859-1" in text.header
    assert b"inner message" in text.header
    assert b"PGP" not in text.header


def test_what_a_report_says() -> None:
    commit = describe("c" * 40, parse_commit(COMMIT.encode()))
    assert commit.subject == b"The subject continued"
    assert commit.date == "2023-11-15T03:43:20+05:30"
    assert commit.time == 1700000001


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"A <a@b> 12 +0000", Ident(b"A <a@b>", 12, b"+0000")),
        (b"A <a@b> -12 -0730", Ident(b"A <a@b>", -12, b"-0730")),
        (b" <> 0 +0000", Ident(b" <>", 0, b"+0000")),
        (b"A <a@b>", Ident(b"A <a@b>", 0, b"+0000")),
        (b"A 5 +0000 <a@b> 12 +0000", Ident(b"A 5 +0000 <a@b>", 12, b"+0000")),
        (b"", Ident(b"", 0, b"+0000")),
    ],
)
def test_idents(line: bytes, expected: Ident) -> None:
    assert parse_ident(line) == expected


@pytest.mark.parametrize(
    ("time", "offset", "expected"),
    [
        (0, b"+0000", "1970-01-01T00:00:00+00:00"),
        (-86400, b"-0100", "1969-12-30T23:00:00-01:00"),
        (1 << 62, b"+0000", ""),
        (0, b"+9999", ""),
    ],
)
def test_dates(time: int, offset: bytes, expected: str) -> None:
    assert iso_date(Ident(b"", time, offset)) == expected


def test_a_signed_tag() -> None:
    tag = parse_tag(
        f"object {TREE}\ntype commit\ntag v1\ntagger T <t@x> 5 +0000\n\nmessage\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n".encode()
    )
    assert (tag.target, tag.kind, tag.name, tag.message) == (TREE, "commit", b"v1", b"message\n")
    assert tag.tagger.who == b"T <t@x>"


@given(st.binary(max_size=300))
def test_no_object_is_too_odd(raw: bytes) -> None:
    describe("d" * 40, parse_commit(raw))
    parse_tag(raw)
    entries(raw, 20)


MODES = st.sampled_from([b"100644", b"100755", b"120000", b"40000", b"160000", b"100664", b"040000"])
NAMES = st.binary(min_size=1, max_size=20).map(lambda raw: raw.replace(b"\0", b"_"))


@pytest.mark.parametrize("size", [20, 32])
@given(data=st.data())
def test_trees(size: int, data: st.DataObject) -> None:
    oids = st.binary(min_size=size, max_size=size)
    lines = data.draw(st.lists(st.tuples(MODES, NAMES, oids), max_size=8))
    raw = b"".join(mode + b" " + name + b"\0" + oid for mode, name, oid in lines)
    found = entries(raw, size)
    assert found == lines
    assert [entry.is_tree for entry in found or ()] == [mode.endswith(b"40000") for mode, _, _ in lines]
    assert entries(raw + b"1", size) is None
