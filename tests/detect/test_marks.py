"""Where something encoded may begin: compiled and by patterns, the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leakscan.detect.decode import marks
from leakscan.detect.decode.marks import ENCODED, MARKS, MarkSearch, encoded, encoded_twin

PIECES = st.one_of(
    st.sampled_from(
        [
            *(
                b'"',
                b"'",
                b"=",
                b": ",
                b":",
                b" ",
                b"\n",
                b"\r\n",
                b" |",
                b": |\n  ",
                b": >-\n" + b" " * 16,
                b"-",
                b"L",
            ),
            *(
                b"base64,",
                b"Basic ",
                b"basic ",
                b"echo ",
                b"LS0tLS1CRUdJ",
                b"LS0tLS1CRUdJTi",
                b"eyJ",
                b"SQB",
                b"\xff",
            ),
            *(
                b"H4sI",
                b"SDRz",
                b"c2tf",
                b"UEFT",
                b"cGFzc3dvcmQ6IGh1bnRlcjIhIQ",
                b"706173737764",
                b"0a0D09",
                b"g",
                b"%41",
            ),
        ]
    ),
    st.text("cGFzdvmQ6Ih1bnRlj0123456789ABCDEFabcdef+/_-", max_size=30).map(str.encode),
    st.lists(st.sampled_from(["70", "61", "73", "4B", "6f", "0a", "09", "00", "3D"]), max_size=24)
    .map("".join)
    .map(str.encode),
    st.binary(max_size=30).map(lambda data: data.hex().encode()),
)
TEXTS = st.lists(PIECES, max_size=14).map(b"".join)


def found(search, text: bytes) -> set[tuple[int, int]]:  # type: ignore[no-untyped-def]
    hits: list[tuple[int, int]] = []
    search(text, 100, hits)
    return set(hits)


def test_the_compiled_one_is_there() -> None:
    """Where the tests run, there is a compiler."""
    assert marks.COMPILED


@given(TEXTS)
def test_compiled_is_the_twin(text: bytes) -> None:
    assert found(encoded, text) == found(encoded_twin, text)


def test_each_mark_is_found() -> None:
    base64, hexadecimal = b"cGFzc3dvcmQ6IGh1bnRlcjIhIQ", b"70617373776f72643a2068756e746572213121310a0d"
    texts = (
        b"key: " + base64,
        b"key: |-\n    " + base64,
        b"data:text/plain;base64," + base64,
        b"(eyJ" + base64,
        b"(H4sI" + base64,
        b"_" + hexadecimal,
    )
    assert len(texts) == ENCODED
    for number, text in enumerate(texts):
        assert (100 + number) in {mark for mark, _ in found(encoded, text)}
        assert found(encoded, text) == found(encoded_twin, text)


def test_all_marks_are_numbered_from_the_first() -> None:
    hits = MarkSearch(7).hits(b"key='%41%42' \\x41\\x42 cGFzc3dvcmQ='cGFzc3dvcmQ6IGh1bnRlcjIhIQ'")
    kinds = {MARKS[number - 7].kind for number, _ in hits}
    assert kinds == {"base64", "percent", "escape"}
