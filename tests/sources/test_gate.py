"""The gate between what is stored and what is scanned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.sources import gate

WORDS = "password = hunter\nkey: Grüße und ein Wert\n"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", b""),
        (b"plain\n", b"plain\n"),
        ("Grüße".encode("latin-1"), "Grüße".encode("latin-1")),
        (b"\xef\xbb\xbfwith a mark", b"\xef\xbb\xbfwith a mark"),
        (b"\x1b[31mred\x07", b"\x1b[31mred\x07"),
        (b"\0", "binary"),
        (b"\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>\0", "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", "binary"),
        (b"PK\3\4\x14\0\0\0\x08\0\x21\x00\x90\x12", "binary"),
        (b"\0\1" * 500, "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"\xff\xfe\0\0h\0\0\0i\0\0\0", "binary"),
        (b"\xff\xfe", b"\xff\xfe"),
        (b"\xff\xfeno wide text after all\xff", b"\xff\xfeno wide text after all\xff"),
        (b"\0binary", "binary"),
        (b"x" * 8000 + b"\0", b"x" * 8000 + b"\0"),
        (b"x" * 7999 + b"\0", "binary"),
        (WORDS.encode("utf-16"), WORDS.encode()),
        (WORDS.encode("utf-16-le"), WORDS.encode()),
        (WORDS.encode("utf-16-be"), WORDS.encode()),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), WORDS.encode()),
        (b"\xff\xfe" + "パスワード 秘密".encode("utf-16-le"), "パスワード 秘密".encode()),
        (("x" * 5000 + "\n").encode("utf-16-le"), b"x" * 5000 + b"\n"),
        (b"\xff\xfea\0b\0c", b"ab\xef\xbf\xbd"),
    ],
)
def test_admit(raw: bytes, expected: bytes | str) -> None:
    assert gate.admit(raw) == expected


def test_size_is_inclusive() -> None:
    assert gate.admit(b"12345", 5) == b"12345"
    assert gate.admit(b"123456", 5) == "too-large"


@given(st.binary(max_size=300).map(lambda raw: raw.replace(b"\0", b"")))
def test_text_of_bytes_passes_untouched(raw: bytes) -> None:
    assert gate.admit(raw) is raw


@given(st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=200),
       st.sampled_from(["utf-16-le", "utf-16-be"]))  # fmt: skip
def test_wide_text_comes_back_as_utf8(text: str, codec: str) -> None:
    mark = "\ufeff".encode(codec)
    assert gate.admit(mark + text.encode(codec)) == text.encode()
    assert gate.admit(text.encode(codec)) == text.encode()


@given(st.binary(max_size=500))
def test_anything_is_text_or_refused(raw: bytes) -> None:
    answer = gate.admit(raw)
    assert isinstance(answer, bytes) or answer == "binary"
