"""Checksums that tokens carry, verified without a network.

Each function takes the whole secret and says True (right: certain), False (wrong: not a token) or None (this form
carries none, or is not the one that is described).
"""

from __future__ import annotations

import re
import zlib
from base64 import b32decode, urlsafe_b64decode
from binascii import Error as DecodeError
from binascii import crc_hqx
from collections.abc import Callable, Mapping
from hashlib import sha256
from types import MappingProxyType

_BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE36 = b"0123456789abcdefghijklmnopqrstuvwxyz"
_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"

_SIX = re.compile(rb"(?:gh[pousr]|npm)_([0-9A-Za-z]{30})([0-9A-Za-z]{6})\Z")


def crc32_base62(secret: bytes) -> bool | None:
    """GitHub's `ghp_` family and npm's `npm_`: 30 random characters, then their CRC-32 in 6 base-62 digits.

    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
    """
    token = _SIX.match(secret)
    if token is None:
        return None
    return _digits(zlib.crc32(token[1]), _BASE62, 6) == token[2]


_ROUTABLE = re.compile(
    rb"([a-z]+-(?:t[0-9]_)?([0-9A-Za-z_-]{20,300})\.(?:0[0-9]\.)?([0-9a-z]{2}))([0-9a-z]{7})\Z"
)


def gitlab_routable(secret: bytes) -> bool | None:
    """GitLab's routable tokens end in the payload's length (2 digits of base 36) and a CRC-32 (7 digits).

    A wrong one says nothing (None): the layout has versions.
    https://docs.gitlab.com/security/tokens/#token-prefixes
    """
    token = _ROUTABLE.match(secret)
    if token is None or int(token[3], 36) != len(token[2]):
        return None
    return True if _digits(zlib.crc32(token[1]), _BASE36, 7) == token[4] else None


_GRAFANA = re.compile(rb"(gls?a_[0-9A-Za-z]{32})_([0-9a-f]{8})\Z")


def grafana_crc32(secret: bytes) -> bool | None:
    """Grafana's service-account tokens end in the CRC-32 of what stands before the last underscore, little endian, in hex.

    https://grafana.com/docs/grafana/latest/administration/service-accounts/
    """
    token = _GRAFANA.match(secret)
    if token is None:
        return None
    return zlib.crc32(token[1]).to_bytes(4, "little").hex().encode() == token[2]


_ATLASSIAN = re.compile(rb"(AT(?:ATT|BB|CTT|OA|TA)[0-9A-Za-z_=-]{28,300})([0-9A-F]{8})\Z")


def atlassian_crc32(secret: bytes) -> bool | None:
    """Tokens of Atlassian's cloud (`ATATT`, `ATCTT`, `ATBB`, `ATTA`, `ATOA`) end in the CRC-32 of the rest, in hexadecimal.

    No page of Atlassian's says so. Of fifteen that were published, of all five families, fourteen do, and the odd one is a
    sample in a document. So a wrong one says nothing (None).
    """
    token = _ATLASSIAN.match(secret)
    return True if token and b"%08X" % zlib.crc32(token[1]) == token[2] else None


def pypi_macaroon(secret: bytes) -> bool | None:
    """PyPI's tokens are macaroons, version 2: the location is pypi.org, a 32-byte signature ends them.

    https://docs.pypi.org/api/secrets/ and https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt
    """
    if not secret.startswith(b"pypi-"):
        return None
    raw = _urlsafe(secret[5:])
    if raw is None or len(raw) < 60:
        return False
    if not raw.startswith((b"\x02\x01\x08pypi.org\x02", b"\x02\x01\x0dtest.pypi.org\x02")):
        return False
    return raw[-34:-32] == b"\x06\x20"


def nkey_crc16(secret: bytes) -> bool | None:
    """NATS nkeys (seeds too): base 32 of prefix, key and CRC-16/XMODEM, little endian.

    https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth
    """
    if len(secret) not in (56, 58):
        return None
    try:
        raw = b32decode(secret + b"=" * (-len(secret) % 8))
    except DecodeError:
        return False
    return crc_hqx(raw[:-2], 0) == int.from_bytes(raw[-2:], "little")


def base58check(secret: bytes) -> bool | None:
    """Bitcoin's private keys (WIF) and extended keys: the last 4 bytes are a double SHA-256 of the rest.

    https://en.bitcoin.it/wiki/Base58Check_encoding
    """
    number = 0
    for byte in secret:
        digit = _BASE58.find(byte)
        if digit < 0:
            return False
        number = number * 58 + digit
    zeros = len(secret) - len(secret.lstrip(b"1"))
    raw = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    return len(raw) > 4 and sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def bech32(secret: bytes) -> bool | None:
    """age's secret keys and identities of its plugins: Bech32 (BIP 173), without the limit on length.

    https://github.com/C2SP/C2SP/blob/main/age.md and https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki
    """
    text = secret.lower()
    prefix, one, data = text.rpartition(b"1")
    if not one or not prefix or len(data) < 7 or (secret != text and secret != secret.upper()):
        return False
    values = [_BECH32.find(byte) for byte in data]
    if min(values) < 0:
        return False
    check = 1
    for value in [*(b >> 5 for b in prefix), 0, *(b & 31 for b in prefix), *values]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check == 1


def _digits(number: int, alphabet: bytes, width: int) -> bytes:
    out = bytearray()
    while number:
        number, digit = divmod(number, len(alphabet))
        out.append(alphabet[digit])
    return bytes(reversed(out)).rjust(width, alphabet[:1])


def _urlsafe(text: bytes) -> bytes | None:
    try:
        return urlsafe_b64decode(text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4))
    except (DecodeError, ValueError):
        return None


CHECKSUMS: Mapping[str, Callable[[bytes], bool | None]] = MappingProxyType(
    {
        "github-crc32": crc32_base62,
        "npm-crc32": crc32_base62,
        "gitlab-routable": gitlab_routable,
        "grafana-crc32": grafana_crc32,
        "atlassian-crc32": atlassian_crc32,
        "pypi-macaroon": pypi_macaroon,
        "nkey-crc16": nkey_crc16,
        "base58check": base58check,
        "bech32": bech32,
    }
)
"""By the name that rules use."""
