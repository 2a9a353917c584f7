"""What stands encoded is found where it stands, through deltas as on the whole text, and at a bounded price."""

from __future__ import annotations

import base64
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscan.detect.decode import payload, runs
from leakscan.detect.decode.decoder import DEPTH
from leakscan.detect.detector import Detector
from leakscan.detect.state import State
from leakscan.model.content import Copy, Novelty
from leakscan.model.rule import Rule
from leakscan.rulepack.width import literals, measure

TOKEN = b"tok_0Z3k9Qw7Lm2x"
RULE = Rule(
    id="a.token", name="", description="", severity="high", confidence="high",
    pattern=r"\b(?P<secret>tok_[0-9A-Za-z]{12})\b",
)  # fmt: skip


def detector(*, exhaustive: bool = False) -> Detector:
    return Detector(
        [RULE],
        lambda *_: True,
        shapes=[measure(RULE.pattern)],
        literals=literals,
        exhaustive=exhaustive,
        trusted=True,
    )


FAST, SLOW = detector(), detector(exhaustive=True)


def found(by: Detector, text: bytes) -> list[tuple[bytes, bytes, str]]:
    """Of everything that stands encoded: the secret, the text that it stands in, the encoding."""
    return told(text, by.detect(text, []))


def told(text: bytes, state: State) -> list[tuple[bytes, bytes, str]]:
    return [
        (
            d.view.text[m.secret_start : m.secret_end],
            text[slice(*d.view.span(m.secret_start, m.secret_end))],
            d.view.encoding,
        )
        for d in state.derived
        for m in d.matches
    ]


WORDS = st.text(st.sampled_from("abcdefg hij.\n"), max_size=60).map(str.encode)


@settings(max_examples=60, deadline=None)
@given(
    WORDS,
    WORDS,
    st.sampled_from([base64.b64encode, base64.urlsafe_b64encode, lambda raw: raw.hex().encode()]),
)
def test_what_is_encoded_is_found_where_it_stands(before: bytes, behind: bytes, encode) -> None:  # type: ignore[no-untyped-def]
    encoded = encode(b"some words, " + before + b" " + TOKEN + b" " + behind)
    text = b'\nkey = "' + encoded + b'"\n'
    for by in (FAST, SLOW):
        assert [(secret, place) for secret, place, _ in found(by, text)] == [(TOKEN, encoded)]


def nested(times: int) -> bytes:
    raw = b"words, " + TOKEN
    for _ in range(times):
        raw = base64.b64encode(raw)
    return b'key = "' + raw + b'"'


@pytest.mark.parametrize(("times", "is_found"), [(DEPTH, True), (DEPTH + 1, False)])
def test_encodings_are_undone_to_a_depth(times: int, is_found: bool) -> None:
    assert bool(found(FAST, nested(times))) is is_found


def test_gzip_in_base64_is_unpacked() -> None:
    text = b"release: " + base64.b64encode(gzip.compress(b'{"a": "' + TOKEN + b'"}', mtime=0))
    assert [encoding for *_, encoding in found(FAST, text)] == ["base64+gzip"]


def test_a_bomb_gives_no_more_than_the_bounds_allow() -> None:
    bomb = gzip.compress(b"a" * (payload.LARGEST * 4), 9, mtime=0)
    text, cut = payload.inflate(bomb)
    assert cut
    assert len(text) <= min(payload.LARGEST, payload.RATIO * len(bomb))


def test_no_more_of_a_stretch_is_decoded_than_the_bound() -> None:
    reach = runs.run(b"QUJD" * (payload.LARGEST // 2), 0)
    assert reach.bound
    assert reach.end <= payload.LARGEST + 8


PIECES = st.sampled_from(
    [
        b'"' + base64.b64encode(b"one " + TOKEN) + b'"', nested(2), b'"tok_0Z3k" + "9Qw7Lm2x"', b"?a%3D" + TOKEN + b"%26b",
        b'"' + TOKEN.hex().encode() + b'"', b'"' + base64.b64encode(b"w " * 300 + TOKEN) + b'"', b'"QUtJ', b"\n", b"x" * 40,
        b'"' + b"".join(b"\\x%02x" % c for c in TOKEN) + b'"', b"y " * 250, b"=", b"kind: Secret\ndata:\n  a: YWJj\n",
        b"z" * 500, b'"abc" + "' + b"d" * 600 + b'" + "ok_0Z3k" + "9Qw7Lm2x"', b"%2Btok_0%5a3k9Qw7Lm2x%20",
        b"".join(b"\\%03o" % c for c in TOKEN), b"\nKEY=" + base64.b64encode(b"one " + TOKEN) + b"\n",
        b'  b: "' + base64.b64encode(TOKEN) + b'"\n', b"---\n", b'" + "', b"\\x41\\x42",
        nested(DEPTH + 1), b"tok_0Z3\\\nk9Qw7Lm2x",
    ]
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(PIECES, max_size=12), st.lists(PIECES, max_size=3), st.integers(0, 2000), st.integers(0, 60))
def test_a_delta_tells_of_what_the_whole_text_does(
    base: list[bytes], new: list[bytes], at: int, cut: int
) -> None:
    old, middle = b"".join(base), b"".join(new)
    at = min(at, len(old))
    cut = min(cut, len(old) - at)
    text = old[:at] + middle + old[at + cut :]
    behind = len(old) - at - cut
    copies = [Copy(0, 0, at), Copy(at + cut, at + len(middle), behind)]
    window = (max(0, at - Detector.context), min(len(text), at + len(middle) + Detector.context))
    novelty = Novelty(tuple(c for c in copies if c.length), (window,))
    updated = FAST.update(text, FAST.detect(old, []), novelty, [])
    whole, slow = FAST.detect(text, []), SLOW.detect(text, [])
    assert sorted(told(text, updated)) == sorted(told(text, slow)) == sorted(told(text, whole))
    assert sorted(updated.stops) == sorted(slow.stops) == sorted(whole.stops)


@pytest.mark.parametrize("before", [0, 7, 5_000, 50_000])
@pytest.mark.parametrize("form", [b"\\x%02x", b"%%%02x", b"\\u00%02x", b"&#%d;"])
def test_a_token_is_found_wherever_it_stands_in_a_long_word_of_escapes(before: int, form: bytes) -> None:
    """As in source code that binary data were made into; the bytes that are no text are not worth undoing."""
    noise = b"".join(b"\\x%02x" % (0x80 | n * 37 & 0x7F) for n in range(before))
    token = TOKEN[:3] + b"".join(form % c for c in TOKEN[3:])
    text = b'var data = "' + noise + b"," + token + b"," + noise + b'"\n'
    for by in (FAST, SLOW):
        assert [(secret, place) for secret, place, _ in found(by, text)] == [(TOKEN, token)]
