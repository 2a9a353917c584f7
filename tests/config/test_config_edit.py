"""Changing the allow-list in a file that somebody has written: all the rest stays, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.config.edit import add, remove
from leakscan.config.parse import parse_config
from leakscan.model.errors import DocumentError, LeakscanError, Refused

HERE = Path("/")
NEW = {"fingerprint": "0" * 32, "reason": "new"}
LINES = f"- fingerprint: {'0' * 32}\n  reason: new\n"


def allowed(content: bytes) -> list[str]:
    return [entry.reason for entry in parse_config(content, "c.yml", HERE).allow]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"allow:\n{LINES}"),
        ("# nothing yet\n", f"# nothing yet\nallow:\n{LINES}"),
        ("strict: true", f"strict: true\nallow:\n{LINES}"),
        ("allow:\nstrict: true\n", f"allow:\n{LINES}strict: true\n"),
        ("allow: # later\nstrict: true\n", f"allow: # later\n{LINES}strict: true\n"),
        (
            "allow:\n- path: a\n  reason: old  # why\n# end\n\nstrict: true\n",
            f"allow:\n- path: a\n  reason: old  # why\n{LINES}# end\n\nstrict: true\n",
        ),
        (
            "allow:\n  - {path: a, reason: old}\nstrict: true\n",
            f"allow:\n  - {{path: a, reason: old}}\n  - fingerprint: {'0' * 32}\n    reason: new\nstrict: true\n",
        ),
        ("allow: []\n", f"allow: [{{fingerprint: {'0' * 32}, reason: new}}]\n"),
        (
            "allow: [{path: a, reason: old}]  # short\n",
            f"allow: [{{path: a, reason: old}}, {{fingerprint: {'0' * 32}, reason: new}}]  # short\n",
        ),
        (
            "allow:\n- path: a\n  reason: |\n    old\n    and long\nstrict: true\n",
            f"allow:\n- path: a\n  reason: |\n    old\n    and long\n{LINES}strict: true\n",
        ),
    ],
)
def test_an_entry_is_added_at_the_end(before: str, after: str) -> None:
    assert add(before.encode(), "c.yml", HERE, NEW).decode() == after


def test_a_file_in_brackets_is_left_alone() -> None:
    with pytest.raises(Refused, match="by hand"):
        add(b"{strict: true}\n", "c.yml", HERE, NEW)


@pytest.mark.parametrize("entry", [{"reason": "x"}, {"fingerprint": "zz", "reason": "x"}, {"path": "a"}])
def test_a_malformed_entry_is_refused(entry: dict[str, str]) -> None:
    with pytest.raises(DocumentError):
        add(b"", "c.yml", HERE, entry)


TEXTS = st.text(min_size=1).filter(lambda s: s.strip() and s.isprintable())


@given(st.lists(TEXTS, min_size=1, max_size=4), st.data())
def test_what_is_added_is_read_back_and_can_be_removed(reasons: list[str], data: st.DataObject) -> None:
    content = b"strict: true\n"
    for reason in reasons:
        content = add(content, "c.yml", HERE, {"path": "a", "reason": reason, "owner": reason})
    assert allowed(content) == reasons
    gone = data.draw(st.sets(st.integers(0, len(reasons) - 1)))
    left = [reason for number, reason in enumerate(reasons) if number not in gone]
    content = remove(content, "c.yml", HERE, gone)
    assert allowed(content) == left
    assert parse_config(content, "c.yml", HERE).strict


@pytest.mark.parametrize(
    ("before", "gone", "after"),
    [
        (
            "allow:\n- path: a\n  reason: x\n# b\n- path: b\n  reason: y\n",
            {0},
            "allow:\n# b\n- path: b\n  reason: y\n",
        ),
        ("allow:\n-\n  path: a\n  reason: x\nstrict: true\n", {0}, "allow:\nstrict: true\n"),
        ("allow:\n- reason: |\n    x\n\n  path: a\nstrict: true\n", {0}, "allow:\nstrict: true\n"),
        ("allow: []\n", set(), "allow: []\n"),
    ],
)
def test_entries_are_removed(before: str, gone: set[int], after: str) -> None:
    assert remove(before.encode(), "c.yml", HERE, gone).decode() == after


def test_a_list_in_brackets_is_to_be_pruned_by_hand() -> None:
    with pytest.raises(LeakscanError, match="by hand"):
        remove(b"allow: [{path: a, reason: x}]\n", "c.yml", HERE, {0})
