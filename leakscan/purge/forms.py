"""The shapes in which a secret stands in bytes, and how each is found.

A form has *literals*, one of which is in every match: a text without any of them has no match, which is quick to say.
What has one is searched with the form's pattern around it. Forms: as it is (with either line end), Latin-1, UTF-16 and
UTF-32, base64 (RFC 4648, three alignments, both alphabets, also of UTF-16, wrapped or not), hex, and escaped: percent
(RFC 3986), JSON and C escapes, character references, quoted-printable (RFC 2045), mixed as it may be.
"""

from __future__ import annotations

import base64
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENCODED = 6  # bytes: encodings of what is shorter are not looked for
BREAK = rb"(?:(?:\\r)?\\n|\r?\n[ \t]*)"
_SOFT = rb"(?:=\r?\n|\\\r?\n[ \t]*)?"
_NAMED = {"&": b"amp", "<": b"lt", ">": b"gt", '"': b"quot", "'": b"apos"}
_RUN = re.compile(rb"[0-9A-Za-z_-]+")
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


class Form(NamedTuple):
    """One shape of one secret. `literals` are lower case where it is `caseless`."""

    secret: int
    name: str
    literals: tuple[bytes, ...]
    caseless: bool
    pattern: re.Pattern[bytes]
    longest: int  # bytes of a match
    around: Mapping[bytes, tuple[bytes, int]] = MappingProxyType(
        {}
    )  # by literal: the secret, lower case, and where in it


def forms_of(number: int, secret: bytes) -> list[Form]:
    plain = re.escape(secret.replace(b"\r\n", b"\n")).replace(b"\\\n", b"\n").replace(b"\n", rb"\r?\n")
    lines = [line for line in re.split(rb"\r?\n", secret) if line]
    anchor = max(lines, key=len, default=secret)
    forms = [_form(number, "raw", (anchor,), plain, len(secret) + secret.count(b"\n"))]
    texts = [("", secret)]
    try:
        text = secret.decode("utf-8")
    except UnicodeDecodeError:
        text = secret.decode("latin-1")
        other = text.encode("utf-8")
        forms.append(_form(number, "utf-8", (other,), re.escape(other), len(other)))
    else:
        if not secret.isascii():
            try:
                other = text.encode("latin-1")
                forms.append(_form(number, "latin-1", (other,), re.escape(other), len(other)))
            except UnicodeEncodeError:
                pass
    for codec in WIDE:
        wide = text.encode(codec)
        forms.append(_form(number, codec, (wide,), re.escape(wide), len(wide)))
        if codec == "utf-16-le":
            texts.append(("/utf-16-le", wide))
    if len(secret) < _ENCODED:
        return forms
    for suffix, data in texts:
        for phase in range(3):
            middle = base64_part(data, phase)
            classes = [{0x2B: rb"[+\-]", 0x2F: rb"[/_]"}.get(c, re.escape(bytes([c]))) for c in middle]
            source = (BREAK + b"?").join(classes)
            name = f"base64/{phase}{suffix}"
            forms.append(_form(number, name, _anchors(middle), source, 3 * len(middle)))
        digits = data.hex().encode()
        source = (BREAK + b"?").join(re.escape(bytes([c])) for c in digits)
        halves = (digits[: len(digits) // 2], digits[len(digits) // 2 :])
        forms.append(_form(number, f"hex{suffix}", halves, b"(?i:" + source + b")", 3 * len(digits), True))
    forms.append(_escaped(number, secret, text))
    return forms


def _form(
    number: int, name: str, literals: tuple[bytes, ...], source: bytes, longest: int, caseless: bool = False
) -> Form:
    return Form(number, name, tuple(x for x in literals if x), caseless, re.compile(source), longest)


def _escaped(number: int, secret: bytes, text: str) -> Form:
    whole: list[bytes] = []
    first: list[list[bytes]] = [[] for _ in range(6)]
    for position, char in enumerate(text):
        raw, point = char.encode("utf-8"), ord(char)
        wide = char.encode("utf-16-be").hex()
        u = [wide[at : at + 4].encode() for at in range(0, len(wide), 4)]
        percent = b"".join(b"%%(?:25)?%02x" % byte for byte in raw)
        printable = b"".join(b"=%02x" % byte for byte in raw)
        hexes = b"".join(rb"\\{1,4}x%02x" % byte for byte in raw)
        octal = b"".join(rb"\\{1,4}%03o" % byte for byte in raw)
        ways = [
            percent, printable, hexes, octal, b"".join(rb"\\{1,4}u" + part for part in u),
            rb"\\{1,4}u\{0*%x\}" % point, b"&#0*%d;" % point, b"&#x0*%x;" % point,
        ]  # fmt: skip
        escaped = [b"(?i:" + b"|".join(ways) + b")"]
        if char in _NAMED:
            escaped.append(b"&" + _NAMED[char] + b";")
        if char == "\n":
            escaped.append(rb"(?:\\{1,4}r)?\\{1,4}n|\r?\n[ \t]*")
        elif char == "\t":
            escaped.append(rb"\\{1,4}t")
        elif not char.isalnum():
            escaped.append(rb"\\{1,4}" + re.escape(raw))
        if char == "\r":
            whole.append(b"(?:" + b"|".join((rb"\r|\\{1,4}r", *escaped)) + b")?")
            continue
        whole.append(b"(?:" + b"|".join((re.escape(raw), *escaped)) + b")")
        if position < 4:
            sampled = (
                b"".join(b"%%%02x" % byte for byte in raw), printable, b"".join(rb"\x%02x" % byte for byte in raw),
                b"".join(rb"\u" + part for part in u), b"&#%d;" % point, b"&#x%x;" % point,
            )  # fmt: skip
            for some, sample in zip(first, sampled, strict=True):
                some.append(sample)
    lower = secret.lower()
    anchors = {x.lower() for x in _anchors(secret)}
    literals = tuple(sorted({b"".join(some) for some in first} | anchors))
    form = _form(number, "escaped", literals, _SOFT.join(whole), 12 * len(secret) + 16, caseless=True)
    return form._replace(around={x: (lower, lower.find(x)) for x in anchors if lower.count(x) == 1})


def _anchors(text: bytes) -> tuple[bytes, ...]:
    """The longest plain run of each half: a break elsewhere leaves one of them whole. Also with `-` and `_` escaped."""
    middle = len(text) // 2
    runs = [max(_RUN.findall(half), key=len, default=half) for half in (text[:middle], text[middle:])]
    found = dict.fromkeys(runs)
    for run in runs:
        for style in (b"\\%c", b"=%02x", b"%%%02x"):
            found[re.sub(rb"[-_]", lambda match, style=style: style % match[0][0], run)] = None
    return tuple(found)


def base64_part(data: bytes, phase: int) -> bytes:
    """Those characters of base64 that depend on `data` alone, when it starts `phase` bytes into a group."""
    encoded = base64.b64encode(bytes(phase) + data + bytes(3))
    return encoded[-(-phase * 8 // 6) : (phase + len(data)) * 8 // 6]
