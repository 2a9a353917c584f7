"""What leaves a value that may well be a secret unsure, whatever its score: one level of confidence lower."""

from __future__ import annotations

import re

from . import value_context
from .value_features import Site, pieces

_BESIDE_VALUE = re.compile(rb"[\"'`]?\s*,\s*[\"'`]?(?:value|val|label|text|title|name)[\"'`]?\s*[:=]", re.I)
_QUERY = re.compile(rb"[?&](?:amp;)?\Z")
_SENTENCE_BEFORE = re.compile(rb"\b[a-z]+ (?:[A-Za-z]+ )?\Z")
_SNAKE = re.compile(rb"[a-z]+(?:_[a-z]+)+\Z")
_SANDBOX = re.compile(rb"(?i)(?:\A|[_\-.])(?:sandbox|sdbx)[_\-.]")
_PRIMARY = re.compile(rb"(?i)primary[_\-. ]?key\Z")
_NOT_OF_TOKENS = re.compile(rb"[A-Za-z0-9][?*<>\\][A-Za-z0-9]|\A[=?*][A-Za-z0-9]")
_NOT_OF_HEADERS = re.compile(rb"[A-Za-z0-9](?:[#$^&;!]|%(?![0-9A-Fa-f]{2}))[A-Za-z0-9]")
_IN_HEADERS = frozenset(("api-key", "token", "spoken", "bearer"))
"""Kinds whose values travel in headers and URLs as they are. What is called a key or said of auth may be a password."""
_MADE = frozenset(("key", "api-key", "token", "client-secret", "secret", "session", "bearer"))
_MADE_LEAST = 8
"""Bytes: what machines make is no shorter."""
_QUERY_OF_NOBODY = re.compile(
    rb"(?i)://[^/\s\"']*(?:\bexample\.(?:com|org|net)|\.(?:example|invalid))(?![\w.\-])(?::[0-9]{1,5})?/?[^\s\"'<>]*[?&][^\s\"'<>]*\Z"
)
"""A URL of a host that is kept for examples (RFC 2606), up to a name in its query."""
_TOKENS = frozenset(("key", "api-key", "token", "auth", "spoken"))
_DIGEST = re.compile(
    rb"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=)\Z"
)
"""Of MD5, SHA-1 and SHA-256, in hexadecimal or base64."""
_READABLE = 5.6  # bits per character under the model of text, above which nothing reads like words


def reason(found: Site) -> str | None:
    """What leaves a value that may well be a secret unsure, whatever its score."""
    if (
        found.kind == "key"
        and not found.quote
        and pieces(found.name) == [b"key"]
        and not _QUERY.search(found.prefix)
    ):
        return "named key and no more, as keys of maps and caches are"
    if found.kind == "key" and _BESIDE_VALUE.match(found.after) and pieces(found.name) == [b"key"]:
        return "named key beside a value, as entries of maps and lists are"
    if found.quote == b"`" and found.spelling < _READABLE and found.link.strip(b" `") in (b"(", b":"):
        spaced = found.link.startswith(b" (") or _SENTENCE_BEFORE.search(found.prefix) is not None
        if spaced:
            return "a word spoken of in a sentence"
    if _PRIMARY.search(found.name) and not found.secret.endswith(b"="):
        return "named primary key, as columns of tables are"
    if found.prefix.endswith(b"${") and found.spelling < _READABLE:
        return "a word for where a variable is not set"
    keyed = found.quote and found.name[:1] == found.quote
    if keyed and _SNAKE.match(found.secret) and pieces(found.secret)[-1:] == pieces(found.name)[-1:]:
        return "another name, as tables of names have"
    if _SANDBOX.search(found.secret):
        return "of a sandbox, it says"
    if found.kind in _TOKENS and found.spelling >= _READABLE and _NOT_OF_TOKENS.search(found.secret):
        return "a sign in it that no token holds"
    if found.kind in _IN_HEADERS and found.spelling >= _READABLE and _NOT_OF_HEADERS.search(found.secret):
        return "a sign in it that no token holds"
    if found.kind in _MADE and len(found.secret) < _MADE_LEAST:
        return "shorter than what machines make"
    if found.kind in _MADE and b"?" in found.prefix and _QUERY_OF_NOBODY.search(found.prefix):
        return "sent to a host that is kept for examples"
    if found.kind == "row" and _DIGEST.match(found.secret):
        return "as long as a hash, as columns for passwords hold"
    if found.name.lower().endswith(b"hash") and found.kind in ("password", "pw"):
        return "a hash by its name"
    return "its name says that it is none" if value_context.said_to_be_none(found) else None
