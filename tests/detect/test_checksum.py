"""Checksums: a right one is recognised, every single changed character is seen."""

from __future__ import annotations

import zlib
from base64 import b32encode, urlsafe_b64encode
from binascii import crc_hqx
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscan.detect.checksum import CHECKSUMS
from leakscan.rulepack.template import fill


def _grafana() -> bytes:
    body = b"glsa_" + fill("{base62:32}", "grafana").encode()
    return body + b"_" + zlib.crc32(body).to_bytes(4, "little").hex().encode()


def _atlassian() -> bytes:
    body = fill("ATATT3xFfGF0{base64url:171}=", "atlassian").encode()
    return body + b"%08X" % zlib.crc32(body)


def _gitlab() -> bytes:
    payload = fill("{base64url:27}", "gitlab").encode()
    body = b"glpat-" + payload + b"." + b"0r"  # 27 in base 36
    rest = zlib.crc32(body)
    digits = b""
    while rest:
        rest, digit = divmod(rest, 36)
        digits = b"0123456789abcdefghijklmnopqrstuvwxyz"[digit : digit + 1] + digits
    return body + digits.rjust(7, b"0")


def _pypi() -> bytes:
    raw = b"\x02\x01\x08pypi.org\x02\x24" + b"i" * 36 + b"\x00" + b"\x00\x06\x20" + bytes(range(32))
    return b"pypi-" + urlsafe_b64encode(raw).rstrip(b"=")


def _nkey() -> bytes:
    raw = bytes([18 << 3, 0]) + bytes(range(32))
    return b32encode(raw + crc_hqx(raw, 0).to_bytes(2, "little")).rstrip(b"=")


def _wif() -> bytes:
    raw = b"\x80" + bytes(range(32))
    number = int.from_bytes(raw + sha256(sha256(raw).digest()).digest()[:4], "big")
    out = b""
    while number:
        number, digit = divmod(number, 58)
        out = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit : digit + 1] + out
    return out


# "age-secret-key-" over 32 zero bytes, by the reference algorithm of BIP 173.
def _age() -> bytes:
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    prefix = "age-secret-key-"
    data = [0] * 52

    def polymod(values: list[int]) -> int:
        check = 1
        for value in values:
            top = check >> 25
            check = (check & 0x1FFFFFF) << 5 ^ value
            for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                check ^= g if (top >> i) & 1 else 0
        return check

    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    remainder = polymod([*expanded, *data, 0, 0, 0, 0, 0, 0]) ^ 1
    tail = [(remainder >> 5 * (5 - i)) & 31 for i in range(6)]
    return (prefix + "1" + "".join(alphabet[d] for d in data + tail)).upper().encode()


RIGHT = {
    "github-crc32": fill("{github-token:ghp_}", "checksum").encode(),
    "npm-crc32": fill("{npm-token}", "checksum").encode(),
    "gitlab-routable": _gitlab(),
    "grafana-crc32": _grafana(),
    "atlassian-crc32": _atlassian(),
    "pypi-macaroon": _pypi(),
    "nkey-crc16": _nkey(),
    "base58check": _wif(),
    "bech32": _age(),
}
UNKNOWN = {
    "github-crc32": b"github_pat_" + b"A1" * 41,
    "npm-crc32": b"npm_short",
    "gitlab-routable": b"glpat-" + b"a1" * 10,
    "grafana-crc32": b"glc_" + b"a1" * 20,
    "atlassian-crc32": b"ATTA" + b"a1" * 32 + b"00000000",
    "pypi-macaroon": b"macaroon",
    "nkey-crc16": b"SU" + b"A" * 20,
}


def test_every_checksum_is_tried() -> None:
    assert set(RIGHT) == set(CHECKSUMS)


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_right(name: str) -> None:
    assert CHECKSUMS[name](RIGHT[name]) is True


@pytest.mark.parametrize("name", sorted(set(RIGHT) - {"pypi-macaroon"}))
def test_every_changed_character_is_seen(name: str) -> None:
    secret = RIGHT[name]
    for at in range(len(secret)):
        other = b"7" if secret[at : at + 1] != b"7" else b"6"
        if name == "bech32" or name == "nkey-crc16":
            other = b"7" if secret[at : at + 1] != b"7" else b"6" if name == "bech32" else b"2"
        assert CHECKSUMS[name](secret[:at] + other + secret[at + 1 :]) is not True


def test_a_macaroon_without_its_signature() -> None:
    assert CHECKSUMS["pypi-macaroon"](RIGHT["pypi-macaroon"][:-20]) is False
    assert CHECKSUMS["pypi-macaroon"](b"pypi-" + b"A" * 120) is False


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_other_forms_are_unknown(name: str) -> None:
    assert CHECKSUMS[name](UNKNOWN[name]) is None


@given(st.binary(max_size=120))
def test_any_bytes(secret: bytes) -> None:
    assert all(check(secret) in (True, False, None) for check in CHECKSUMS.values())
