"""Comments that allow a secret: single ones are in fixtures/cases; here is what blocks and reasons add."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.filters.inline import block_reason, blocks, reason

BEGIN, END = b"# leakscan:allow-begin", b"# leakscan:allow-end"


def allowed(lines: list[bytes], rule: str = "acme.key") -> list[int]:
    """The lines that say SECRET and are allowed, from 0."""
    text = b"\n".join(lines)
    among = blocks(text)
    starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines))]
    spans = [(n, start) for n, start in enumerate(starts) if lines[n] == b"SECRET"]
    return [n for n, start in spans if block_reason(rule, among, start, start + 6)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([BEGIN, b"SECRET", END, b"SECRET"], [1]),
        ([b"SECRET", BEGIN, END, b"SECRET"], []),
        ([BEGIN, b"SECRET"], []),
        ([b"SECRET", END], []),
        ([END, b"SECRET", BEGIN], []),
        ([BEGIN, b"SECRET", BEGIN, b"SECRET", END], [3]),
        ([BEGIN, b"SECRET", BEGIN, b"SECRET", END, b"SECRET", END], [1, 3, 5]),
        ([BEGIN + b"[acme.*] moved", b"SECRET", END], [1]),
        ([BEGIN + b"[other.*] moved", b"SECRET", END], []),
        ([BEGIN + b"[other.*]", BEGIN + b"[acme.*]", b"SECRET", END, b"SECRET", END], [2]),
    ],
)
def test_blocks(lines: list[bytes], expected: list[int]) -> None:
    assert allowed(lines) == expected


@given(st.lists(st.sampled_from([BEGIN, END, b"SECRET", b""]), max_size=12))
def test_a_secret_is_allowed_where_brackets_would_hold_it(lines: list[bytes]) -> None:
    def closed(n: int) -> bool:
        """Whether the block that begins at line `n` has an end, counting as one counts brackets."""
        depth = 0
        for line in lines[n:]:
            depth += (line == BEGIN) - (line == END)
            if depth == 0:
                return True
        return False

    def holds(n: int) -> bool:
        depth = 0
        for at in range(n - 1, -1, -1):
            depth += (lines[at] == END) - (lines[at] == BEGIN)
            if depth < 0:
                if closed(at):
                    return True
                depth = 0
        return False

    assert allowed(lines) == [n for n, line in enumerate(lines) if line == b"SECRET" and holds(n)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"x  # leakscan:allow", "inline comment leakscan:allow"),
        (
            b"x  # leakscan:allow[acme.*] revoked in May",
            "inline comment leakscan:allow[acme.*]: revoked in May",
        ),
        (b"x  /* leakscan:allow: for tests */", "inline comment leakscan:allow: for tests"),
        (b"<!-- leakscan:allow --> x", "inline comment leakscan:allow"),
        (b"/* leakscan:allow for tests */ key: hidden", "inline comment leakscan:allow: for tests"),
        (b"# leakscan:allow key = 'hidden'", "inline comment leakscan:allow"),
        (b"# leakscan:allow \x1b[2J", "inline comment leakscan:allow"),
        (b"# leakscan:allow-begin", None),
        (b"# leakscan:allow-end", None),
        (b"# leakscan:allow-next-line", None),
    ],
)
def test_reasons_are_repeated_without_what_may_be_the_secret(line: bytes, expected: str | None) -> None:
    assert reason("acme.key", line, b"") == expected


@pytest.mark.parametrize(
    ("line", "previous", "counts"),
    [
        (b"x  # leakscan:allow", b"", False),
        (b"x  # leakscan:allow[acme.*]", b"", False),
        (b"x  /* leakscan:allow */", b"", False),
        (b"/* leakscan:allow */ x = 1", b"", False),
        (b"x  # leakscan:allow[acme.*] revoked", b"", True),
        ("x  # leakscan:allow Testschl\u00fcssel".encode(), b"", True),
        (b"x", b"# leakscan:allow-next-line", False),
        (b"x", b"# leakscan:allow-next-line revoked", True),
        (b"x  # gitleaks:allow", b"", False),
        (b"x  # gitleaks:allow leakscan:allow revoked", b"", True),
    ],
)
def test_where_reasons_are_wanted_a_comment_without_one_does_not_count(
    line: bytes, previous: bytes, counts: bool
) -> None:
    assert reason("acme.key", line, previous)
    assert bool(reason("acme.key", line, previous, strict=True)) is counts


def test_where_reasons_are_wanted_a_block_without_one_does_not_count() -> None:
    text = b"# leakscan:allow-begin\nSECRET\n# leakscan:allow-end"
    assert block_reason("acme.key", blocks(text), 23, 29)
    assert not block_reason("acme.key", blocks(text), 23, 29, strict=True)
    text = text.replace(b"begin", b"begin for tests")
    assert block_reason("acme.key", blocks(text), 33, 39, strict=True)
