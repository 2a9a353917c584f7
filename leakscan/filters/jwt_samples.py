"""JSON Web Tokens that were signed for show: with a key that stands in documents, such as `secret`.

Whoever reads the document can sign another, so no service trusts one. Only the symmetric algorithms (RFC 7518, section 3.2)
can be tried so.
"""

from __future__ import annotations

from binascii import a2b_base64

_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_KEYS = tuple(
    b"secret my-secret my_secret mysecret your-secret your_secret test-secret test_secret testsecret super-secret "
    b"super_secret supersecret secret-key secret_key secretkey your-secret-key your_secret_key my-secret-key "
    b"my_secret_key mysecretkey jwt-secret jwt_secret jwtsecret your_jwt_secret your-jwt-secret jwt_secret_key key "
    b"test password changeme shhhhh your-256-bit-secret your-384-bit-secret your-512-bit-secret "
    b"a-string-secret-at-least-256-bits-long a-valid-string-secret-that-is-at-least-256-bits-long "
    b"a-valid-string-secret-that-is-at-least-384-bits-long "
    b"a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long".split()
)
LONGEST = 4096
"""Bytes of a token that is looked at: what is shown as a sample is short."""


def signed_for_show(secret: bytes) -> bool:
    """Whether `secret` is a JSON Web Token, signed with a key that is no secret."""
    if secret[:2] != b"ey" or len(secret) > LONGEST or secret.count(b".") != 2:
        return False
    import hmac
    import json

    head, _, signature = secret.rpartition(b".")
    try:
        header = json.loads(_plain(head.partition(b".")[0]))
        signed = _plain(signature)
    except ValueError:
        return False
    algorithm = _HASHES.get(str(header.get("alg"))) if isinstance(header, dict) else None
    return algorithm is not None and any(hmac.digest(key, head, algorithm) == signed for key in _KEYS)


def _plain(part: bytes) -> bytes:
    """A part of a token without its base64url. ValueError where it is none."""
    return a2b_base64(part.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(part) % 4))
