"""Private keys that are none: the right structure (DER, OpenSSH, OpenPGP armour) around random numbers."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

# Object identifiers, encoded (X.690): rsaEncryption, id-ecPublicKey, prime256v1, PBES2, PBKDF2, hmacWithSHA256, aes256-CBC.
_RSA = bytes.fromhex("06092a864886f70d010101")
_EC = bytes.fromhex("06072a8648ce3d0201")
_P256 = bytes.fromhex("06082a8648ce3d030107")
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_PBKDF2 = bytes.fromhex("06092a864886f70d01050c")
_HMAC = bytes.fromhex("06082a864886f70d0209")
_AES = bytes.fromhex("060960864801650304012a")
_NULL = b"\x05\x00"


def block(rng: Random, argument: str) -> str | None:
    """A PEM block (RFC 7468), without a line break at its end. `argument`: a kind, and how lines end.

    Kinds: RSA, RSA-ENCRYPTED, DSA, EC, OPENSSH, PKCS8, ENCRYPTED, PGP, CERTIFICATE. With `:escaped` behind it line
    breaks are written as a backslash and an n, as in JSON and .env files. None for another kind.
    """
    kind, _, form = argument.partition(":")
    make = _KINDS.get(kind)
    if make is None or form not in ("", "escaped"):
        return None
    label, head, body = make(rng)
    text = b64encode(body).decode()
    width = 70 if kind == "OPENSSH" else 64
    lines = [f"-----BEGIN {label}-----", *head, *(text[i : i + width] for i in range(0, len(text), width))]
    if kind == "PGP":
        lines.append("=" + b64encode(_crc24(body).to_bytes(3, "big")).decode())
    lines.append(f"-----END {label}-----")
    return ("\\n" if form else "\n").join(lines)


_Block = tuple[str, list[str], bytes]  # label, header lines, content


def _bytes(rng: Random, count: int) -> bytes:
    return bytes(int(rng.random() * 256) for _ in range(count))


def _der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + body


def _integer(rng: Random, bits: int) -> bytes:
    """A positive odd number of exactly `bits` bits."""
    raw = bytearray(_bytes(rng, bits // 8))
    raw[0] |= 0x80
    raw[-1] |= 1
    return _der(0x02, b"\x00", bytes(raw))


def _small(value: int) -> bytes:
    return _der(0x02, value.to_bytes((value.bit_length() + 8) // 8, "big"))


def _rsa_body(rng: Random) -> bytes:
    numbers = [
        _integer(rng, 2048),
        _small(65537),
        _integer(rng, 2048),
        *(_integer(rng, 1024) for _ in range(5)),
    ]
    return _der(0x30, _small(0), *numbers)  # RFC 8017, A.1.2


def _rsa(rng: Random) -> _Block:
    return "RSA PRIVATE KEY", [], _rsa_body(rng)


def _rsa_encrypted(rng: Random) -> _Block:
    iv = _bytes(rng, 16).hex().upper()
    head = ["Proc-Type: 4,ENCRYPTED", f"DEK-Info: AES-128-CBC,{iv}", ""]  # RFC 1421
    return "RSA PRIVATE KEY", head, _bytes(rng, 1200)


def _dsa(rng: Random) -> _Block:
    numbers = [_integer(rng, bits) for bits in (1024, 160, 1024, 1024, 160)]
    return "DSA PRIVATE KEY", [], _der(0x30, _small(0), *numbers)


def _ec(rng: Random) -> _Block:
    public = _der(0xA1, _der(0x03, b"\x00\x04", _bytes(rng, 64)))
    key = _der(0x30, _small(1), _der(0x04, _bytes(rng, 32)), _der(0xA0, _P256), public)  # RFC 5915
    return "EC PRIVATE KEY", [], key


def _pkcs8(rng: Random) -> _Block:
    return (
        "PRIVATE KEY",
        [],
        _der(0x30, _small(0), _der(0x30, _RSA, _NULL), _der(0x04, _rsa_body(rng))),
    )  # RFC 5958


def _encrypted(rng: Random) -> _Block:
    salt, iv = _bytes(rng, 8), _bytes(rng, 16)
    derive = _der(0x30, _PBKDF2, _der(0x30, _der(0x04, salt), _small(2048), _der(0x30, _HMAC, _NULL)))
    scheme = _der(0x30, _PBES2, _der(0x30, derive, _der(0x30, _AES, _der(0x04, iv))))  # RFC 8018
    return "ENCRYPTED PRIVATE KEY", [], _der(0x30, scheme, _der(0x04, _bytes(rng, 1232)))


def _certificate(rng: Random) -> _Block:
    key = _der(0x30, _der(0x30, _EC, _P256), _der(0x03, b"\x00\x04", _bytes(rng, 64)))
    body = _der(0x30, _der(0xA0, _small(2)), _integer(rng, 128), key)
    return "CERTIFICATE", [], _der(0x30, body, _der(0x30, _RSA, _NULL), _der(0x03, b"\x00", _bytes(rng, 256)))


def _openssh(rng: Random) -> _Block:
    def field(raw: bytes) -> bytes:
        return len(raw).to_bytes(4, "big") + raw

    public = _bytes(rng, 32)
    check = _bytes(rng, 4)
    blob = field(b"ssh-ed25519") + field(public)
    private = check * 2 + blob + field(_bytes(rng, 32) + public) + field(b"deploy@build")
    private += bytes(range(1, 1 + -len(private) % 8))  # padded to the cipher's block size, 8 for "none"
    head = b"openssh-key-v1\x00" + field(b"none") * 2 + field(b"") + (1).to_bytes(4, "big")
    return "OPENSSH PRIVATE KEY", [], head + field(blob) + field(private)  # PROTOCOL.key in OpenSSH


def _pgp(rng: Random) -> _Block:
    packet = (
        b"\x04" + _bytes(rng, 4) + b"\x01\x08\x00" + _bytes(rng, 600)
    )  # RFC 9580: version 4, RSA, 2048 bits
    return "PGP PRIVATE KEY BLOCK", [""], b"\x95" + len(packet).to_bytes(2, "big") + packet


def _crc24(body: bytes) -> int:
    """The checksum of an OpenPGP armour (RFC 9580, 6.1)."""
    crc = 0xB704CE
    for byte in body:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc


_KINDS: dict[str, Callable[[Random], _Block]] = {
    "RSA": _rsa,
    "RSA-ENCRYPTED": _rsa_encrypted,
    "DSA": _dsa,
    "EC": _ec,
    "OPENSSH": _openssh,
    "PKCS8": _pkcs8,
    "ENCRYPTED": _encrypted,
    "PGP": _pgp,
    "CERTIFICATE": _certificate,
}
