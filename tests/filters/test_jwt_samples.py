"""Tokens that were signed for show beside those that were not."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.filters.jwt_samples import LONGEST, signed_for_show


def _part(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")


def _token(
    key: bytes, *, alg: str = "HS256", hash: str = "sha256", claims: dict[str, str] | None = None
) -> bytes:
    head = (
        _part(json.dumps({"alg": alg}).encode())
        + b"."
        + _part(json.dumps(claims or {"sub": "jane"}).encode())
    )
    return head + b"." + _part(hmac.digest(key, head, hash))


@pytest.mark.parametrize(
    "token",
    [
        _token(b"secret"),
        _token(b"your-256-bit-secret"),
        _token(b"changeme", alg="HS384", hash="sha384"),
        _token(b"shhhhh", alg="HS512", hash="sha512"),
    ],
)
def test_signed_with_a_key_of_documents(token: bytes) -> None:
    assert signed_for_show(token)


@pytest.mark.parametrize(
    "token",
    [
        _token(b"Zb1-q8_vLw73"),
        _token(b"secret", alg="RS256"),  # says that it is signed with something else
        _token(b"secret", alg="HS512"),
        _token(b"secret")[:-1],
        _token(b"secret") + b".x",
        _token(b"secret").rpartition(b".")[0] + b".",
        _token(b"secret", claims={"sub": "j" * LONGEST}),
        b"eyJub3Qi.anNvbg.c2VjcmV0",
        b"ey" + b"A" * 30 + b".\xff.\xff",
        _part(b"{x") + b".e30.e30",
        b"eyIK.e30.e30",
    ],
)
def test_not_signed_for_show(token: bytes) -> None:
    assert not signed_for_show(token)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes(content: bytes, begins: bool) -> None:
    assert not signed_for_show(b"eyJ" + content if begins else content)
