"""What a generic rule's value is: a secret, or code, text, a sample, an id.

The features of a candidate (`value_features`) carry weights that were learned (`value_weights`, made by
`benchmarks/train_value.py`); their sum is a logistic score. What decides is therefore data, and each piece of it can be
shown.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from functools import cache, lru_cache
from math import exp
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

from . import value_context, value_doubt
from .value_features import PLAIN_WRAPPERS, UUID, WRAPPER, Site, features, pieces
from .value_words import DEFAULTS, LABEL_WORDS, TRIVIAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakscan.model.rule import Confidence, Rule


class Verdict(NamedTuple):
    """`reason` says why the value is dropped; None keeps it, with `confidence`. `evidence`: the heaviest first."""

    reason: str | None
    confidence: Confidence
    evidence: tuple[str, ...]
    score: float  # 0.0 to 1.0: how probable it is that the value is a secret


SURE = 0.45
"""The score from which a value keeps its rule's confidence."""
UNSURE = 0.3
"""The score from which it is kept at all, one level of confidence lower."""

SURER = 0.6
"""The score from which even a password that comes with a product keeps it: `POSTGRES_PASSWORD=password` sets one."""

_LOWER: dict[Confidence, Confidence] = {"high": "medium", "medium": "low", "low": "low"}
_NAME_HEAD = re.compile(rb"[\w.$\-\[\]'\"]*\Z")
_LEADS = {
    "definition": re.compile(rb"[#\\]?[ \t]*[A-Za-z]+(?:[ ]-\w+)?[ \t]+[\"']?"),
    "field": re.compile(
        rb"[A-Za-z\-]+[ (]{1,2}[\"'][Ss]tring[\"'],[ ]?[\"']|[A-Za-z\-]+\s+(?:android:)?name=[\"']"
    ),
}
"""What stands before the name, by the first part of the rule's id: `#define`, `ENV`, `resValue "string", `."""
_NAME_TAIL = re.compile(rb"[\w.\-]*")


def judge(
    rule: Rule,
    match: bytes,
    secret: bytes,
    before: bytes,
    after: bytes,
    *,
    entropy: float,
    unlike_text: float,
) -> Verdict:
    """The verdict on `secret`, which stands in `match` (the whole match of the rule's pattern).

    `before` and `after`: the rest of the line on either side of the secret, as much as may be looked at.
    `entropy` and `unlike_text`: of the secret, in bits per character (`detect.entropy`, `detect.ngram`).
    """
    found = site(rule.id, match, secret, before, after, entropy=entropy, unlike_text=unlike_text)
    return decide(found, rule.confidence)


def site(
    rule_id: str,
    match: bytes,
    secret: bytes,
    before: bytes,
    after: bytes,
    *,
    entropy: float,
    unlike_text: float,
) -> Site:
    """The parts of the line that `judge` is given. `name` is put together from `before` and the head of `match`."""
    head = match[: match.rfind(secret)]
    prefix = before[: -len(head)] if head and before.endswith(head) else b""
    family, _, kind = rule_id.partition(".")
    lead = _LEADS.get(family)
    led = lead.match(head) if lead is not None else None
    if led:
        prefix, head = prefix + led[0], head[led.end() :]
    first = _NAME_HEAD.search(prefix)
    last = _NAME_TAIL.match(head)
    start = first.start() if first else len(prefix)
    end = last.end() if last else 0
    name, prefix, link = prefix[start:] + head[:end], prefix[:start], head[end:]
    if family == "field":
        # A statement that gives a name its value: what its commas say of calls is not so here.
        prefix, link = b"", link[-1:]
    return Site(
        kind=kind,
        name=name,
        prefix=prefix,
        link=link,
        secret=secret,
        after=after,
        entropy=entropy,
        spelling=unlike_text,
    )


_NUMBER = re.compile(
    rb"[-+]?(?:0[xX][0-9a-fA-F_]{1,16}|0[bo][0-7_]+|[0-9_]{1,5}(?:\.[0-9]+)?|[0-9]+[uUlLfFms]{1,2})\Z"
)
_WORD_OF_A_MACHINE = re.compile(
    rb"0[xX](?:[0-9a-fA-F]{8}|[0-9a-fA-F]{16})\Z"
)  # a mask or constant, quoted or not
_CODES = frozenset(b"status ntstatus error err errno hresult exception".split())
_INDEX = re.compile(rb"\[[\"'][\w.\- ]*[\"']\]\Z")
_PASSWD = re.compile(rb"(?:[^:\s]*:){0,2}[0-9]{1,10}:[0-9]{1,10}:[^:\n]*:/[^:\n]*(?::|\Z)")  # passwd(5)
_APPLICATION = re.compile(
    rb"3MVG9[\w.]{30,}\Z"  # https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_endpoints.htm
    rb"|[0-9]{6,21}-\w{32}\.apps\.googleusercontent\.com\Z"  # https://developers.google.com/identity/protocols/oauth2
    rb"|pk_(?:live|test)_\w{20,}\Z"  # https://docs.stripe.com/keys: publishable
    rb"|(?:SB-)?Mid-client-"  # https://docs.midtrans.com/docs/access-keys: used in pages
    rb"|FLWPUBK[_-]"  # https://developer.flutterwave.com/docs/authentication
)
_VERSION = re.compile(
    rb"[=~^<>!]{1,2}[ ]?(?:[0-9]{1,5}:)?v?[0-9]{1,5}(?:\.(?:[0-9]{1,5}|[*x]))*[\w.+~:*\-]*"
    rb"(?:,[ ]?[=~^<>!]{1,2}[ ]?[\w.*]+)*\Z"
    rb"|(?:[0-9]{1,3}:)?v?[0-9]{1,5}(?:\.[0-9]{1,5}){1,3}(?:(?:[.+~:\-]|[.+~:\-]?[a-z]{1,10}[.\-]?)[0-9]{1,40}){0,8}\Z"
)  # of a package: `==1.3`, `1:4.16.0-2+really2.41`
_ADDRESS = re.compile(
    rb"0x[0-9A-Fa-f]{40}\Z"
)  # part of a public key's hash: https://eips.ethereum.org/EIPS/eip-55
_TYPED_ARRAY = re.compile(rb"(?:(?:Big)?(?:Int|Uint)(?:8|16|32|64)|Uint8Clamped|Float(?:16|32|64))Array\b")
_PARAMETER = re.compile(rb"[A-Za-z_]{1,12}=[^=]*\Z")
_PUBLIC = re.compile(
    rb"AAAA[BCE][23]Nz|AAAAE2Vj|(?:ssh|ecdsa)-[\w\-@.]+ |-----BEGIN (?:CERT|PUB|RSA PUB|SSH2 PUB|PGP PUB)"
)
_INTEGRITY = re.compile(rb"sha(?:1|256|384|512)[-:][A-Za-z0-9+/=]{20,}")
_HASH = re.compile(
    rb"\$(?:1|2[abxy]?|5|6|7|y|apr1|argon2(?:i|d|id)|pbkdf2[\w-]*|scrypt)\$|pbkdf2[_:]\w+[:$]|(?:sha1|sha256|md5|bcrypt(?:_sha256)?|argon2)\$\w*\$?\S{20}|\{S?(?:SHA|MD5|CRYPT)\d*\}|[*][0-9A-F]{40}\Z"
)
_FILLED = re.compile(rb"\{[A-Za-z_][\w.\[\]()]*(?::[^{}]*)?\}|%[-+0-9.]*(?:\d\$)?[sdvqx@]")
_HOLE = re.compile(rb"\{\d{0,2}\}")
_VARIABLE = re.compile(rb"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:PASSWORD|PASSWD|PASS|SECRET|TOKEN|KEY)\Z")
_FILE = re.compile(rb"(?:\.{1,2}|~|/[a-z]+)?/[#?]?[a-z][\w.\-]*(?:/[\w.\-]+)*/?[#?]?\Z")
_METHOD = re.compile(
    rb"(?:^|[^\w])[a-z_]\w*\.(?:encode|decode|get|getattr|split|[lr]?strip|removeprefix|removesuffix|startswith|endswith|replace|format|join|lower|upper|equals|match|includes|indexOf|getBytes|toString)\(\s*[\"']?$"
)
_GLUE = re.compile(
    rb"\s*[\"'`]?\s*(?:[+,.)(]|\.\.|\$)\s|\.\$[a-z_]|\+[A-Za-z_][\w.]*(?:[\[(]|[\w.()\[\]]*\+\Z)|[^\n]*[\s\"'`][+,(.]\s*\Z|%[-+0-9.]*(?:\d\$)?[sdvqx@]",
    re.DOTALL,
)
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)*[?!]?\Z")


_SYSTEM_PATH = re.compile(rb"(?:~|\.{1,2})?/(?:[\w.@\-]+/)+[\w.@\-]*\Z|//[\w.]")
_INTERPOLATED = re.compile(rb"(?:\\[0nrt]|[^\w$])*\$\{?([A-Za-z_]\w*)\}?(?:\\[0nrt]|[^\w$])*\Z")
_REGEX = re.compile(
    rb"\\[rn]\||\[[^\]\s]{0,20}(?:a-z|A-Z|0-9)[^\]\s]{0,20}\]|\(\?[:=!<P]|\\[swdbS][*+{?)\]]|\[\^|\.[*+]\??[)$]"
    rb"|\[\[:[a-z]+:\]|\^?A-Za-z0-9|\[[A-Za-z]{2,4}\]\+|\[\\?[swdSWD][^\]\s]{0,20}\]|[\])]\{[0-9]{1,3}(?:,[0-9]{0,3})?\}"
)


def certain(found: Site) -> str | None:
    """What the value is for certain, where no weight could make it a secret; None elsewhere."""
    return _of_shape(found) or _of_name(found) or _of_code(found) or value_context.reason(found)


def _of_shape(found: Site) -> str | None:
    secret = found.secret
    plain = secret.isalnum()  # letters and digits alone: what follows asks for signs, for the most part
    if not found.quote and found.kind not in ("userinfo", "command") and _NUMBER.match(secret):
        return "a number"
    if found.kind == "key" and secret.isdigit() and secret[:1] == b"0":
        return "a number"
    if not found.quote and secret.isdigit() and not _CODES.isdisjoint(pieces(found.name)):
        return "the number of an error"
    if plain and _WORD_OF_A_MACHINE.match(secret):
        return "a number"
    if plain and _ADDRESS.match(secret):
        return "the address of an account or contract"
    if not plain and _VERSION.match(secret):
        return "a version"
    if not found.quote and _TYPED_ARRAY.match(secret):
        return "a type"
    if not plain and _signs_alone(secret):
        return "signs alone"
    if _APPLICATION.match(secret):
        return "the public id of an application"
    if found.after[:1] == b"&" and _PARAMETER.match(secret):
        return "the beginning of a query"
    if _PUBLIC.match(secret) or _public_der(secret):
        return "a public key or certificate"
    why = None if plain else _of_signs(secret)
    if why is not None:
        return why
    if b":/" in secret + found.after and _PASSWD.match(secret + found.after):
        return "a line of passwd(5)"
    variable = _INTERPOLATED.match(secret) if b"$" in secret else None
    if variable and not LABEL_WORDS.isdisjoint(pieces(variable[1])):
        return "a variable"
    return None


def _of_signs(secret: bytes) -> str | None:
    """What a value is for certain that does not consist of letters and digits alone."""
    if _INTEGRITY.match(secret):
        return "an integrity hash"
    if _HASH.match(secret):
        return "a password hash"
    if b"{" in secret and _HOLE.search(secret):
        return "a format string"
    if _VARIABLE.match(secret):
        return "the name of a variable"
    if (b"{" in secret or b"%" in secret) and 2 * sum(
        m.end() - m.start() for m in _FILLED.finditer(secret)
    ) > len(secret):
        return "a format string"
    if b"/" in secret and (
        _SYSTEM_PATH.match(secret) or (_FILE.match(secret) and not any(48 <= b <= 57 for b in secret))
    ):
        return "a path"
    if _REGEX.search(secret):
        return "a regular expression"
    if _INDEX.match(secret):
        return "a key of a table"
    return None


def _signs_alone(secret: bytes) -> bool:
    """Neither a letter nor a digit of any script."""
    try:
        return not any(map(str.isalnum, secret.decode()))
    except UnicodeDecodeError:
        return False  # in an encoding of one byte a character


_PUBLIC_NAMES = frozenset((b"public", b"pub", b"pubkey"))
_ID = re.compile(UUID.pattern + rb"|[0-9a-f]{40}\Z")  # of Google's keys
_DIGEST = re.compile(
    rb"(?i)(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})\Z"
)
_OF_OTHERS = frozenset((b"checksum", b"fingerprint", b"thumbprint"))
_ID_NAMES = frozenset((b"guid", b"uuid", b"timestamp", b"fingerprint", b"thumbprint", b"checksum"))


def _of_name(found: Site) -> str | None:
    if found.kind == "auth" and _nobody(found.secret):
        return "a user without a password"
    if found.kind in ("credential", "auth") and pieces(found.name)[-1:] in ([b"id"], [b"ids"]):
        return "an id or a hash by its name"
    if found.kind == "auth" and pieces(found.name)[-1:] in ([b"user"], [b"username"]):
        return "a user by its name"
    words = pieces(found.name)
    if words[-1:] in ([b"address"], [b"addresses"]) and b"." not in found.secret:
        return "an address by its name"
    if words[:1] == [b"sonar"] and words[-2:] == [b"project", b"key"]:
        return "an id by its name"
    if b"hashed" in words and _DIGEST.match(found.secret):
        return "an id or a hash by its name"
    if words and (words[-1] in _OF_OTHERS or (words[-1] in (b"id", b"ids") and _ID.match(found.secret))):
        return "an id or a hash by its name"
    if found.kind not in ("key", "api-key", "token", "auth"):
        return None
    if not _PUBLIC_NAMES.isdisjoint(words):
        return "public by its name"
    if not _ID_NAMES.isdisjoint(words):
        return "an id or a hash by its name"
    return None


def _nobody(secret: bytes) -> bool:
    """Whether `secret` is base64 of a user without a password (RFC 7617)."""
    try:
        raw = a2b_base64(secret, strict_mode=True)
    except ValueError:
        return False
    return raw.endswith(b":") and raw[:-1].isalnum()


def _of_code(found: Site) -> str | None:
    secret, link = found.secret, found.link
    if found.quote and not secret.isalnum() and _GLUE.match(secret):
        return "code between two strings"
    if not found.quote and _IDENTIFIER.match(secret):
        if found.after[:1] in (b"(", b"[") or found.after[:2] == b"&.":
            return "a call or an index"
        if link.lstrip()[:1] in (b"]", b")") or b"==" in link or b"!=" in link:
            return "a variable"
    wrapper = WRAPPER.search(link) if b"(" in link else None
    called = wrapper and (wrapper[1] or wrapper[2])
    if called and _ENVIRONMENT.search(called):
        return "the name of what is looked up"
    if called in (b"require", b"import", b"import_module", b"include"):
        return "the name of a module"
    if called and not link.lstrip().startswith(b"(") and not PLAIN_WRAPPERS.search(called):
        words = pieces(secret)
        if _WORDS.match(secret) and (b"." in called or not LABEL_WORDS.isdisjoint(words)):
            return "the name of what is looked up"
    if b"(" in link and _METHOD.search(found.name[-24:] + link):
        return "the argument of a method"
    line = found.prefix[-24:] + found.name + link
    if b"key" in line.lower() and _OF_A_TABLE.search(line):
        return "the name of a key of a table"
    if not found.quote and secret.isalpha() and secret.istitle() and _SENTENCE.match(found.after):
        return "the beginning of a sentence"
    return None


_ENVIRONMENT = re.compile(rb"(?i:getenv|environ\.get|env\.fetch|getenvironmentvariable)\Z")
_WORDS = re.compile(rb"/?[A-Za-z][A-Za-z]*(?:[_.\- /][A-Za-z]+)*[0-9]?\Z")
_OF_A_TABLE = re.compile(rb"(?i)\b(?:foreign|primary|unique|constraint)[ `\"]{1,3}key\b[^\n]{0,12}\Z")
_SENTENCE = re.compile(rb"[ ][a-z]+(?:[ .,;:]|\Z)")


def _public_der(secret: bytes) -> bool:
    """Whether `secret` is base64 of a public key or a certificate (RFC 5280): a SEQUENCE that begins with another one.

    An encrypted private key begins so too, but its algorithm is a password-based one.
    """
    if secret[:1] != b"M" or len(secret) < 40:
        return False
    try:
        raw = a2b_base64(secret[:40])
    except ValueError:
        return False
    content = _content(raw)
    inner = _content(content)
    if inner[:1] == b"\x06":
        return not inner[2:].startswith(
            (b"\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c")
        )
    return inner[:1] in (b"\xa0", b"\x02")


def _content(raw: bytes) -> bytes:
    """What is inside a DER SEQUENCE; nothing where `raw` is none."""
    if len(raw) < 4 or raw[0] != 0x30:
        return b""
    return raw[2 + (raw[1] & 0x7F if raw[1] & 0x80 else 0) :]


@lru_cache(1 << 13)  # the same line stands in other surroundings, as in each record of a list
def decide(found: Site, confidence: Confidence) -> Verdict:
    """The verdict on a site."""
    why = certain(found)
    if why is not None:
        return Verdict(f"not a secret by its value: {why}", confidence, (why,), 0.0)
    weights, bias = _model()
    weighted = [(weights.get(f, 0.0), f) for f in features(found)]
    total = bias + sum(w for w, _ in weighted)
    score = 1 / (1 + exp(-max(-30.0, min(30.0, total))))
    weighted.sort(key=lambda pair: (-abs(pair[0]), pair[1]))
    evidence = (f"score {score:.2f}", *(f"{w:+.2f} {f}" for w, f in weighted if abs(w) >= 0.05))
    low = found.secret.lower()
    if score >= SURE and low in TRIVIAL and (score < SURER or low not in DEFAULTS or found.kind == "command"):
        return Verdict(None, _LOWER[confidence], (*evidence, "a word that stands for any password"), score)
    why = value_doubt.reason(found) if score >= SURE else None
    if why is not None:
        return Verdict(None, _LOWER[confidence], (*evidence, why), score)
    if score >= SURE:
        return Verdict(None, confidence, evidence, score)
    if score >= UNSURE:
        return Verdict(None, _LOWER[confidence], evidence, score)
    against = [f for w, f in weighted if w < 0]
    return Verdict(
        f"not a secret by its value: {', '.join(against[:2]) or 'too little speaks for it'}",
        confidence,
        evidence,
        score,
    )


@cache
def _model() -> tuple[Mapping[str, float], float]:
    from .value_weights import BIAS, WEIGHTS

    return WEIGHTS, BIAS
