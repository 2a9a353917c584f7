"""The generators behind templates: texts that look like the real thing, deterministic by seed."""

from __future__ import annotations

import math
import string
import zlib
from base64 import urlsafe_b64encode
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from . import pem

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = string.digits
LOWER = string.ascii_lowercase
UPPER = string.ascii_uppercase
BASE62 = DIGITS + UPPER + LOWER
_ALPHABETS = {
    "base62": BASE62,
    "alnum": BASE62,
    "base64url": BASE62 + "-_",
    "base32": UPPER + "234567",
    "hex": DIGITS + "abcdef",
    "HEX": DIGITS + "ABCDEF",
    "lower": LOWER,
    "upper": UPPER,
    "digits": DIGITS,
    "lowernum": LOWER + DIGITS,
    "uppernum": UPPER + DIGITS,
}
_MAX_LENGTH = 20_000

# A generated value that holds one of these would be taken for a placeholder, and rightly so.
_GIVEAWAYS = (
    "xxx", "test", "fake", "dumm", "exam", "samp", "demo", "mock", "your", "secr", "pass", "redac", "change",
    "token", "none", "null", "todo", "abc", "123", "insert", "replace", "foo", "bar",
)  # fmt: skip
_WORDS = (
    "harbour", "meadow", "lantern", "copper", "thistle", "granite", "willow", "ember", "saffron", "juniper",
    "marble", "falcon", "cobalt", "orchard", "pebble", "velvet", "quartz", "timber", "raven", "cinder",
)  # fmt: skip
_SYMBOLS = "!*+-_.^~"


def generate(name: str, argument: str | None, seed: str) -> str | None:
    """What the generator `name` makes of `argument`; None if there is no such generator or it cannot use the argument."""
    rng = Random(f"{seed}/{name}:{argument or ''}")
    if name in _ALPHABETS or name == "base64":
        length = _length(argument)
        if length is None:
            return None
        return _base64(rng, length) if name == "base64" else text(rng, _ALPHABETS[name], length)
    if name == "password":
        length = 14 if argument is None else _length(argument)
        return None if length is None else text(rng, BASE62 + _SYMBOLS, length)
    make = _OTHERS.get(name)
    return make(rng, argument or "") if make else None


def _length(argument: str | None) -> int | None:
    if argument is None or not argument.isascii() or not argument.isdigit():
        return None
    length = int(argument)
    return length if 0 < length <= _MAX_LENGTH else None


def pick(rng: Random, alphabet: str) -> str:
    """One character. Built on `Random.random` alone: the only method whose sequence Python promises to keep."""
    return alphabet[int(rng.random() * len(alphabet))]


def text(rng: Random, alphabet: str, length: int) -> str:
    """`length` characters of `alphabet` that nobody would take for a placeholder.

    No runs, no sequences, none of the words that placeholders are made of; high entropy and, from eight characters on,
    all classes of the alphabet (upper, lower, digits, others).
    """
    best = ""
    fewest = math.inf
    for _ in range(100):
        candidate = _even(rng, alphabet, length)
        faults = _faults(candidate, alphabet)
        if faults < fewest:
            best, fewest = candidate, faults
        if not faults:
            break
    return best


def _even(rng: Random, alphabet: str, length: int) -> str:
    out: list[str] = []
    while len(out) < length:
        char = pick(rng, alphabet)
        if len(out) > 1 and char == out[-1] == out[-2]:
            continue
        if (
            len(out) > 1
            and abs(step := ord(char) - ord(out[-1])) == 1
            and ord(out[-1]) - ord(out[-2]) == step
        ):
            continue
        if not out and char == "0" and alphabet == DIGITS:
            continue
        out.append(char)
    return "".join(out)


def _faults(candidate: str, alphabet: str) -> int:
    lower = candidate.lower()
    faults = sum(word in lower for word in _GIVEAWAYS)
    if len(candidate) >= 8:
        classes = (str.isdigit, str.islower, str.isupper, lambda c: not c.isalnum())
        faults += sum(any(map(is_in, alphabet)) and not any(map(is_in, candidate)) for is_in in classes)
        attainable = math.log2(min(len(candidate), len(alphabet)))
        faults += entropy(candidate) < 0.85 * attainable
    return faults


def entropy(value: str) -> float:
    """Shannon entropy of the characters, in bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


def _base64(rng: Random, length: int) -> str:
    """Standard base64; padded where `length` is that of a key of a usual size (a multiple of 8 bytes)."""
    pad = 0
    if length % 4 == 0:
        sizes = [length // 4 * 3 - p for p in range(3)]
        pad = next((p for p, size in enumerate(sizes) if size % 8 == 0), 0)
    alphabet = BASE62 + "+/"
    body = text(rng, alphabet, length - pad)
    if pad:  # the last character carries bits that must be zero: 2 for one "=", 4 for two
        body = body[:-1] + pick(rng, "AEIMQUYcgkosw048" if pad == 1 else "AQgw")
    return body + "=" * pad


def _uuid(rng: Random, argument: str) -> str:
    del argument
    digits = text(rng, DIGITS + "abcdef", 32)
    return "-".join(
        (digits[:8], digits[8:12], "4" + digits[13:16], pick(rng, "89ab") + digits[17:20], digits[20:])
    )


def crc32_base62(body: str) -> str:
    """The checksum at the end of GitHub's and npm's tokens: CRC-32 of what is random, six base62 digits.

    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    rest = zlib.crc32(body.encode())
    out = ""
    while rest:
        rest, digit = divmod(rest, 62)
        out = BASE62[digit] + out
    return out.rjust(6, "0")


def _github_token(rng: Random, argument: str) -> str:
    body = text(rng, BASE62, 30)
    return f"{argument or 'ghp_'}{body}{crc32_base62(body)}"


def _npm_token(rng: Random, argument: str) -> str:
    del argument
    body = text(rng, BASE62, 30)
    return f"npm_{body}{crc32_base62(body)}"


def _jwt(rng: Random, argument: str) -> str:
    """A signed JSON Web Token (RFC 7519); `argument` becomes its issuer."""
    issued = 1_600_000_000 + int(rng.random() * 100_000_000)
    subject = text(rng, LOWER + DIGITS, 12)
    issuer = f'"iss":"{argument}",' if argument else ""
    payload = f'{{{issuer}"sub":"{subject}","iat":{issued},"exp":{issued + 86_400 * 365}}}'
    parts = [
        urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in ('{"alg":"HS256","typ":"JWT"}', payload)
    ]
    signature = text(rng, BASE62 + "-_", 42) + pick(rng, "AEIMQUYcgkosw048")
    return ".".join((*parts, signature))


def _word(rng: Random, argument: str) -> str:
    del argument
    return _WORDS[int(rng.random() * len(_WORDS))]


def _choose(rng: Random, argument: str) -> str:
    options = argument.split("|")
    return options[int(rng.random() * len(options))]


_OTHERS: dict[str, Callable[[Random, str], str | None]] = {
    "uuid": _uuid,
    "jwt": _jwt,
    "github-token": _github_token,
    "npm-token": _npm_token,
    "word": _word,
    "pick": _choose,
    "pem": pem.block,
}
