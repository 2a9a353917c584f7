"""Where base64 begins, and where it goes on in a further line."""

from __future__ import annotations

import pytest

from leakscan.detect.decode.runs import is_start

LINE = b"QUJD" * 10
GOES_ON = [
    b"\n", b"\r\n", b"\\\n", b"\n" + 80 * b" ", b"\n\t\t", b"' +\n    '", b'"\r\n"', b"\"\\\n" + 80 * b"\t" + b'"',
]  # fmt: skip
BEGINS = [b"", b" ", b"'", b"\n" + 81 * b" ", b"\n  x ", b"\n\n", b" \n", b"\n''", b"x: ", b"' +\n    "]


@pytest.mark.parametrize("between", GOES_ON)
def test_what_goes_on_from_the_line_before_begins_nothing(between: bytes) -> None:
    text = LINE + between + LINE
    assert not is_start(text, len(text) - len(LINE))
    assert is_start(text[1:], len(text) - len(LINE) - 1), "a shorter line is none of these"


@pytest.mark.parametrize("between", BEGINS)
def test_everything_else_begins(between: bytes) -> None:
    text = LINE + b"." + between + LINE
    assert is_start(text, len(text) - len(LINE))
    if between.strip(b"'\" ") and between != b"' +\n    ":
        text = LINE + between + LINE
        assert is_start(text, len(text) - len(LINE))
