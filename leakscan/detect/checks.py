"""What the bytes of a secret must pass, beside their pattern: the names that `checks` in a rule may list.

Every check takes the secret and says whether it passes. All are pure and take microseconds.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as DecodeError
from collections.abc import Callable, Mapping
from types import MappingProxyType

from .ngram import unlike_text

UNLIKE = 5.0  # bits per character that one in a thousand identifiers reaches, see docs/detection.md
_HEX = re.compile(rb"[0-9a-fA-F]+\Z")
_UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")


def mixed_case_digit(secret: bytes) -> bool:
    """An upper-case letter, a lower-case letter and a digit."""
    return secret != secret.lower() and secret != secret.upper() and has_digit(secret)


def has_digit(secret: bytes) -> bool:
    """A digit."""
    return any(48 <= b <= 57 for b in secret)


def has_letter(secret: bytes) -> bool:
    """A letter: not a number, a date or a telephone number."""
    return secret.lower() != secret.upper()


def hex_only(secret: bytes) -> bool:
    """Nothing but hexadecimal digits, in one case."""
    return _HEX.match(secret) is not None and (secret == secret.lower() or secret == secret.upper())


def not_hex(secret: bytes) -> bool:
    """Not a hexadecimal number, such as a commit id or a hash."""
    return _HEX.match(secret) is None


def not_uuid(secret: bytes) -> bool:
    """Not a UUID in its usual form."""
    return _UUID.match(secret) is None


def not_words(secret: bytes) -> bool:
    """Hexadecimal digits, in groups or not, or else unlike any text: no identifier and no sentence."""
    if _HEX.match(secret.replace(b"-", b"")):
        return has_digit(secret)
    return unlike_text(secret) >= UNLIKE


_CLOSES = {ord(")"): ord("("), ord("]"): ord("["), ord("}"): ord("{")}


def crossed_brackets(secret: bytes) -> bool:
    """A bracket closes another kind than was opened last, as in no code and no template."""
    opened = []
    for byte in secret:
        if byte in b"([{":
            opened.append(byte)
        elif byte in _CLOSES and opened and opened.pop() != _CLOSES[byte]:
            return True
    return False


def base64_decodes(secret: bytes) -> bool:
    """Strict base64, standard or URL-safe, padded or not, with zero bits at its end."""
    return _base64(secret) is not None


def basic_auth(secret: bytes) -> bool:
    """Base64 of a user, a colon and a password of at least 3 that can be typed (RFC 7617), but of no sample."""
    raw = _base64(secret)
    if raw is None or not all(b >= 32 and b != 127 for b in raw):
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    user, colon, password = raw.partition(b":")
    if user.lower() in _ANYBODY and password.lower() in _ANYTHING:
        return False
    return colon == b":" and len(password) >= 3 and not password.startswith((b"$", b"{", b"<", b"%"))


_ANYBODY = frozenset(b"foo bar user username name login someuser someone aladdin".split())
_ANYTHING = frozenset((*b"foo bar baz pass passwd password pwd secret somepassword".split(), b"open sesame"))


def jwt_header(secret: bytes) -> bool:
    """A JSON Web Token whose header is a JSON object that names an algorithm, signed, a JSON object in it (RFC 7519)."""
    head, _, rest = secret.partition(b".")
    payload, _, signature = rest.partition(b".")
    header = _json(head)
    if header is None or not isinstance(header.get("alg", header.get("enc")), str):
        return False
    if rest.count(b".") == 3:  # encrypted (RFC 7516): five parts
        return True
    return len(signature) >= 16 and _json(payload) is not None


def vault_sscs(secret: bytes) -> bool:
    """A HashiCorp Vault token: 24 random characters, or a "server side consistent" token with a signed token inside.

    The long form is base64 of a protocol buffer {1: 1, 2: 32 bytes of HMAC, 3: {1: the short token, …}}.
    https://developer.hashicorp.com/vault/docs/concepts/tokens
    """
    prefix, _, body = secret.partition(b".")
    if prefix not in (b"hvs", b"hvb", b"hvr", b"s", b"b", b"r"):
        return False
    if len(body) <= 30:
        return len(body) == 24 and body.isalnum() and mixed_case_digit(body)
    if prefix in (b"hvb", b"b"):
        return base64_decodes(body)
    raw = _base64(body)
    if raw is None or not raw.startswith(b"\x08\x01\x12\x20") or len(raw) < 40:
        return False
    inner = raw[36:]
    return inner[:1] == b"\x1a" and inner[2:3] == b"\x0a" and inner[4:8] in (b"hvs.", b"hvr.", b"hvb.")


_BASE32 = re.compile(rb"[A-Z]{4}[A-Z2-7]{16}\Z")


def aws_account(secret: bytes) -> bool:
    """An AWS access key id of the current form: what stands behind its four letters is base 32 and holds an account number.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    if not _BASE32.match(secret):
        return False
    number = 0
    for byte in secret[4:14]:
        number = number << 5 | b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".index(byte)
    return (number >> 9) & 0x7FFFFFFFFF > 0 and len(set(secret[4:])) >= 6


_AZURE_64 = (b"+ASt", b"ACDb", b"AzSt", b"+ABa", b"ABaT")
_AZURE_32 = (
    b"AzSe",
    b"AzFu",
    b"+ASb",
    b"+AEh",
    b"AIoT",
    b"AEhG",
    b"ASbT",
    b"+ACR",
    b"AzCa",
    b"APIM",
    b"ACDb",
)


def azure_signature(secret: bytes) -> bool:
    """An Azure key with the fixed letters that say which service it belongs to, where Azure puts them.

    64-byte keys hold them at characters 76 to 79, 32-byte keys behind character 32.
    https://learn.microsoft.com/purview/sit-defn-azure-storage-account-key
    """
    if len(secret) == 88:
        return secret[76:80] in _AZURE_64 or secret[75:79] in _AZURE_64
    return any(secret[at : at + 4] in _AZURE_32 for at in range(32, min(len(secret) - 3, 45)))


def atlassian_pat(secret: bytes) -> bool:
    """A personal access token of Atlassian's Data Center products: base64 of a number, a colon and 20 random bytes.

    https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html
    """
    raw = _base64(secret)
    return raw is not None and len(raw) == 33 and raw[:12].isdigit() and raw[12:13] == b":"


_DASHES = re.compile(rb"-----(?:BEGIN|END)[^-\n]{0,60}-----|---- (?:BEGIN|END)[^\n]{0,60}----")
_HEADER = re.compile(rb"(?m)^[\s>*#|\"'+]*[A-Z][A-Za-z-]+: [^\n]*$")
_ESCAPED = re.compile(rb"\\[nrt]|\\u000[ad]|%0[AaDd]|&#x?0?1?[0a3d];|<br ?/?>")
_RUN = re.compile(rb"[A-Za-z0-9+/=]+")


def pem_parses(secret: bytes) -> bool:
    """A block between BEGIN and END whose base64 holds a private key: DER, OpenSSH, OpenPGP (RFC 7468) or encrypted.

    Line breaks may be escaped, lines quoted, indented or joined with `+`, as when a key stands in source code.
    """
    if b"ENCRYPTED" in secret and b"DEK-Info" in secret:
        return len(_body(secret)) >= 64
    raw = _decode_start(_body(secret))
    if raw.startswith(b"openssh-key-v1\x00"):
        return True
    if b"PGP" in secret[:40]:
        return len(raw) >= 40 and raw[0] & 0x80 != 0
    if b"SSH2" in secret[:40]:
        return raw.startswith(b"\x3f\x6f\xf9\xeb")
    return der_private(raw)


def pem_plain(secret: bytes) -> bool:
    """As `pem_parses`, and no passphrase protects the key."""
    if b"ENCRYPTED" in secret:
        return False
    raw = _decode_start(_body(secret))
    if raw.startswith(b"openssh-key-v1\x00") and raw[15:23] != b"\x00\x00\x00\x04none":
        return False
    return pem_parses(secret)


def pem_base64_plain(secret: bytes) -> bool:
    """Base64 of a PEM block whose first lines say nothing of encryption (RFC 1421)."""
    return b"ENCRYPTED" not in _head(secret)


def pem_base64_encrypted(secret: bytes) -> bool:
    """Base64 of a PEM block whose first lines say that it is encrypted."""
    return b"ENCRYPTED" in _head(secret)


def _head(secret: bytes) -> bytes:
    """The first 90 bytes of what `secret` is base64 of."""
    try:
        return b64decode(secret[:120].replace(b"-", b"+").replace(b"_", b"/"))
    except DecodeError:
        return b""


def der_base64(secret: bytes) -> bool:
    """Base64 of a private key in DER, without any lines around it."""
    return der_private(_decode_start(secret))


def der_private(raw: bytes) -> bool:
    """Whether `raw` starts as a private key does: PKCS #1, PKCS #8, encrypted PKCS #8, SEC 1 or DSA.

    A SEQUENCE with a small version number first, or (encrypted) with the identifier of PBES1, PBES2 or PKCS #12.
    """
    content = _sequence(raw)
    if content is None or len(raw) < 40:
        return False
    if content[:3] in (b"\x02\x01\x00", b"\x02\x01\x01"):
        return True
    inner = _sequence(content)
    return inner is not None and inner.startswith(
        (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c")
    )


def _sequence(raw: bytes) -> bytes | None:
    """What is inside a DER SEQUENCE, or None where `raw` is none."""
    if len(raw) < 4 or raw[0] != 0x30:
        return None
    if raw[1] < 0x80:
        return raw[2:]
    size = raw[1] & 0x7F
    return raw[2 + size :] if 1 <= size <= 3 else None


def _body(block: bytes) -> bytes:
    """The base64 of a PEM block, however it is written."""
    text = _DASHES.sub(b" ", block)
    text = _HEADER.sub(b"", _ESCAPED.sub(b"\n", text))
    runs: list[bytes] = _RUN.findall(text)
    long = [i for i, run in enumerate(runs) if len(run) >= 16]
    if not long:
        return b""
    return b"".join(
        run
        for i, run in enumerate(runs)
        if i >= long[0] and (len(run) >= 16 or i <= long[-1] + 1) and run != b"+"
    )


def _decode_start(text: bytes) -> bytes:
    """As much of `text` as is base64 in groups of four, at most its first 400 characters."""
    found = _RUN.match(text)
    usable = (found[0] if found else b"").rstrip(b"=")[:400]
    try:
        return b64decode(usable[: len(usable) // 4 * 4])
    except DecodeError:
        return b""


def _base64(text: bytes) -> bytes | None:
    bare = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    if len(bare) % 4 == 1 or not bare:
        return None
    try:
        return b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except (DecodeError, ValueError):
        return None


def _json(part: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


CHECKS: Mapping[str, Callable[[bytes], bool]] = MappingProxyType(
    {
        "mixed-case-digit": mixed_case_digit,
        "has-digit": has_digit,
        "has-letter": has_letter,
        "hex-only": hex_only,
        "not-hex": not_hex,
        "not-uuid": not_uuid,
        "not-words": not_words,
        "crossed-brackets": crossed_brackets,
        "base64-decodes": base64_decodes,
        "basic-auth": basic_auth,
        "jwt-header": jwt_header,
        "vault-sscs": vault_sscs,
        "aws-account": aws_account,
        "azure-signature": azure_signature,
        "atlassian-pat": atlassian_pat,
        "pem-parses": pem_parses,
        "pem-plain": pem_plain,
        "pem-base64-plain": pem_base64_plain,
        "pem-base64-encrypted": pem_base64_encrypted,
        "der-base64": der_base64,
    }
)
"""By the name that rules use."""
