"""Values of letters and digits alone are not asked for signs: what is left out for speed answers as if it were not."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leakscan.detect.entropy import shannon
from leakscan.detect.ngram import unlike_text
from leakscan.filters import placeholders, value, value_features
from leakscan.filters.value_features import Site


class Signed(bytes):
    """A value that does not say that it holds letters and digits alone: nothing is left out for it."""

    def isalnum(self) -> bool:
        return False


_WORDS = (
    b"getenv GetEnv processenv osenviron envfile vaultsecret secretsX varsX dataX arnaws ENCabc AQAAABAAAA AgB xxxxxx XXXXX "
    b"sha256 sha1 md5 iota true String password Token example changeme yourkey 40characters AAAAB3NzaC1yc2E MII 3MVG9 OGDS "
    b"1e10 0x7f 100000 deadbeef d41d8cd98f00b204e9800998ecf8427e AzaC 5f4dcc3b 2b2a1 apr1 sd10 A1 Z9"
).split()
PLAIN = st.lists(
    st.sampled_from(_WORDS) | st.from_regex(rb"[A-Za-z0-9]{1,12}", fullmatch=True), min_size=1, max_size=5
).map(b"".join)
HEX = st.from_regex(rb"[0-9A-Fa-f]{1,70}", fullmatch=True)
KINDS = ("password", "token", "key", "api-key", "secret", "auth", "userinfo", "command", "call")
LINES = st.sampled_from(
    [(b"", b""), (b'x = "', b'"'), (b"${A:-", b"}"), (b"<", b">"), (b"{{ .Values.", b" }}"), (b"a", b"...")]
)


def _site(kind: str, secret: bytes, quote: bytes, after: bytes) -> Site:
    return Site(
        kind, b"name", b"  ", b" = " + quote, secret, quote + after, shannon(secret), unlike_text(secret)
    )


@given(PLAIN, LINES)
@example(b"getenv", (b"", b""))
@example(b"xxxxxxxxxxxx", (b"", b""))
def test_placeholders(secret: bytes, around: tuple[bytes, bytes]) -> None:
    line = around[0] + secret + around[1]
    fast = placeholders.reason(secret, line)
    placeholders._of_secret.cache_clear()  # it would know the other's answer
    assert placeholders.reason(Signed(secret), line) == fast


@given(HEX)
def test_placeholders_of_hexadecimal_digits(secret: bytes) -> None:
    fast = placeholders.reason(secret, secret)
    placeholders._of_secret.cache_clear()
    with patch.object(placeholders, "_HEX", re.compile(rb"(?!)")):
        assert placeholders.reason(Signed(secret), secret) == fast


@given(
    PLAIN,
    st.sampled_from(KINDS),
    st.sampled_from([b"", b'"', b"`"]),
    st.sampled_from([b"", b"(", b" and", b"/x"]),
)
def test_what_is_certain(secret: bytes, kind: str, quote: bytes, after: bytes) -> None:
    fast = value.certain(_site(kind, secret, quote, after))
    assert value.certain(_site(kind, Signed(secret), quote, after)) == fast


@given(PLAIN, st.sampled_from(KINDS), st.booleans())
def test_features_of_signs(secret: bytes, kind: str, random: bool) -> None:
    assert value_features._of_signs(_site(kind, secret, b"", b""), random) == []


@pytest.mark.parametrize(
    "secret", [b"${TOKEN}", b"vault://a/b", b"$6$saltsalt$abcdefgh", b"^1.20.3", b"[a-z0-9]{32}", b"./a/path"]
)
def test_values_with_signs_are_asked(secret: bytes) -> None:
    """The other way round: the questions that are left out above have answers."""
    line = b'x = "' + secret + b'"'
    assert placeholders.reason(secret, line) or value.certain(_site("password", secret, b'"', b""))
