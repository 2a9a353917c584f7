"""What can be seen of a generic candidate: its name, how it is written, and the shape of its value.

Each feature is a short sentence that stands in `leakscan explain` as it is, with the weight that training gave it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise

from leakscan.model.record import NamedTuple

from .sequences import altered, typed
from .value_words import COMMON_PASSWORDS, LABEL_WORDS, SAMPLE_WORDS


class Site(NamedTuple):
    """A candidate as it stands in its line. All bytes, as found."""

    kind: str  # the rule's id without its first part: "password", "token", "url-password", …
    name: bytes  # the identifier that the value is given to, as far as it can be seen
    prefix: bytes  # of the line, before the name
    link: bytes  # between name and value: operator, wrapper, opening quote
    secret: bytes
    after: bytes  # the rest of the line
    entropy: float  # Shannon's, bits per character of the secret
    spelling: float  # bits per character of the secret under the model of text

    @property
    def quote(self) -> bytes:
        """The quote that opens the value, or nothing."""
        last = self.link[-1:]
        return last if last in (b'"', b"'", b"`") else b""


def features(site: Site) -> list[str]:
    """Everything that holds of `site`. The order is fixed, no feature occurs twice."""
    out = [f"kind {site.kind}"]
    if site.kind != "call":  # its name is that of a function, which says nothing of the value
        out += _of_name(site)
    out += _of_syntax(site)
    out += _of_value(site)
    if site.kind == "userinfo":
        out += _of_url(site)
    return out


_PIECE = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NOT_VALUE = frozenset(
    b"type url uri link endpoint name names label title text hint placeholder field input form prompt message msg error "
    b"errors err id ids file filename path dir directory length len size limit min max count num index offset ttl expiry "
    b"expires expire expiration expired timeout age policy policies regex pattern format prefix suffix header param params "
    b"query column table class cls provider service store storage manager handler factory builder generator validator "
    b"function func callback method event status state required enabled enable disabled disable support supported allowed "
    b"valid invalid available changed change reset forgot strength algorithm algo alg cipher mode scheme version encoding "
    b"encoder hash hashes hashed digest fingerprint source ref reference arn resource role scope scopes public pub "
    b"primary foreign sort group range partition context command cmd arg option options env var variable key-name mask "
    b"encryption salt visible show hide icon button desc description help info doc docs comment note test url's "
    b"bools flags vars fields names keys args kwargs opts columns headers labels messages "
    b"user username email host login account realm domain".split()
)
_COMMENT = re.compile(rb"^\s*(?:#|//|/\*|\*|--|;|<!--|%|rem\b)", re.I)
_ASSERT = re.compile(
    rb"\b(?:assert\w*|expect\w*|should\w*|equal\w*|require\.|raise|throw\w*|errors?\.|print\w*|log\w*)\b[^\n]{0,40}$",
    re.I,
)


def pieces(name: bytes) -> list[bytes]:
    """The words of an identifier in any case style, lower-case."""
    return list(_pieces(name))


@lru_cache(1 << 12)  # the same few names are taken apart over and over
def _pieces(name: bytes) -> tuple[bytes, ...]:
    return tuple(p.lower() for p in _PIECE.findall(name))


FIRST, LAST = "name begins with ", "name ends in "
"""Of features that name a word. Training leaves out those of words that hardly any repository has."""


def _of_name(site: Site) -> list[str]:
    words = pieces(site.name)
    out = []
    said = [w for w in words if not w.isdigit()]
    if len(said) > 1 and said[-1] in (b"at", b"in", b"on"):
        said.pop()  # `expires_at`
    if said and said[-1] in _NOT_VALUE:
        out.append("name ends in a word for something about it")
    elif any(w in _NOT_VALUE for w in said[:-1]):
        out.append("name holds a word for something about it")
    if len(words) > 5:
        out.append("name is long")
    if site.name.isupper():
        out.append("name in capitals")
    if said:
        out.append(f"{FIRST}{said[0].decode()}")
        out.append(f"{LAST}{said[-1].decode()}")
    return out


WRAPPER = re.compile(rb"([\w.:]+)\(\s*$|([\w.:]+)\(\s*[\"'`]?$")
PLAIN_WRAPPERS = re.compile(
    rb"(?i)(?:^|[.:])(?:some|string|str|bytes?|secret|secretstr(?:ing)?|from|of|just|new|password|optional|charsequence|tochararray|b64decode|atob|hex|unhexlify|decode|literal|text|value|quote|env|set\w*|put|add\w*|with\w*|append|buffer|encode)$"
)


def _of_syntax(site: Site) -> list[str]:
    link = site.link
    out = []
    quote = site.quote
    escaped = b"\\" in link
    bare = link.strip(b" \t\"'`\\")
    out.append("quoted" if quote else "not quoted")
    if escaped:
        out.append("escaped quote")
    if not quote and site.after[:1] in (b",", b")") and site.kind != "signs":
        out.append("argument without quotes")
    if not quote and site.kind not in _NO_LINK:
        spaced = link[:1] in (b" ", b"\t")
        if bare.startswith(b"=") and not spaced:
            out.append("bare NAME=value" if site.name.isupper() else "bare name=value")
        elif bare.startswith(b"="):
            out.append("bare name = value")
        elif bare.startswith(b":"):
            out.append("bare name: value")
        rest = site.after.strip()
        if not rest:
            out.append("bare to the end of the line")
        elif rest[:1] in b"#\\&;|\"'`":
            out.append("bare to a separator")
        else:
            out.append("bare with more behind it")
    if bare[:2] in (b"==", b"!="):
        out.append("comparison")
    elif bare.startswith(b",") and site.kind not in _IN_CALLS:
        out.append("comma between name and value")
    elif bare.startswith(b"(") and site.kind not in _IN_CALLS:
        out.append("call with the value")
    elif b"\n" in bare:
        out.append("value on the next line")
    elif bare.startswith(b">"):
        out.append("element with the value")
    wrapper = WRAPPER.search(link) if b"(" in link and not bare.startswith(b"(") else None
    if wrapper:
        name = wrapper[1] or wrapper[2]
        out.append("in a plain constructor" if PLAIN_WRAPPERS.search(name) else "in a call")
    if _COMMENT.match(site.prefix):
        out.append("in a comment")
    if _ASSERT.search(site.prefix):
        out.append("in an assertion or message")
    return out


_IN_CALLS = frozenset(("call", "option-password", "row"))
_NO_LINK = frozenset(("bearer", "userinfo", "command-option", "command", "sql", "row", "signs"))

_HEX = re.compile(rb"(?:0x)?[0-9a-fA-F]+\Z")
UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_SNAKE = re.compile(rb"[A-Za-z]{2,}(?:[_\-.:/][A-Za-z]{2,})+[0-9]{0,2}\Z")
_CAMEL = re.compile(rb"[a-z]{2,}(?:[A-Z][a-z]{2,}){1,}[0-9]{0,2}\Z|(?:[A-Z][a-z]{2,}){2,}[0-9]{0,2}\Z")
_PATHLIKE = re.compile(
    rb"(?:\.{0,2}/|~/|[A-Za-z]:\\)[\w.\-/\\ @]*\Z|[\w\-/]+\.(?:[a-z]{1,4}|json|yaml|html|properties|service)\Z"
)
_URL = re.compile(rb"[a-z][a-z0-9+.\-]{1,12}:/{1,2}|www\.")
_HOST = re.compile(rb"(?:[a-z0-9\-]+\.)+[a-z]{2,6}(?::\d+|/[^\s]*)?\Z")
_MAIL = re.compile(rb"[\w.+\-]+@[\w\-]+\.[\w.]+\Z")
_VERSION = re.compile(rb"v?\d+(?:\.\d+){1,3}(?:[\-+.][\w.]+)?\Z|\d{4}-\d\d-\d\d")
_CODE = re.compile(
    rb"\w\(|\)\s*[.;{]|->|=>|::|&&|\|\||[=!]=|\$[a-zA-Z_{]|\\[wdsbB]|\[\^|\+\s|\{\d|%[sdvqx@]|^\s*[.,;)}\]]|;\s*$|</?[a-z]+|\$\(|#\{|<%|\{\{"
)
_TYPED = re.compile(
    rb"(?:[A-Z][a-z]+)?(?:String|Integer|Boolean|Token|Key|Secret|Password|Credential)s?(?:\[\]|\?|!)?\Z"
)
_DOTTED = re.compile(rb"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)+\Z")
_DEREF = re.compile(rb"^\s*(?:\(|\[|\.\w|->|::)")
_CONCAT = re.compile(rb"^[\"'`]?\s*(?:\+|\.\s*\$|%\s*[\w(]|<>|\|\|)")
_WORD = re.compile(rb"[A-Za-z]{2,}")
_TYPED_BY_PEOPLE = frozenset(
    (
        "password",
        "pw",
        "url-password",
        "userinfo",
        "command",
        "command-option",
        "option-password",
        "sql",
        "row",
        "signs",
    )
)
_SIGNS = frozenset(b" \"'`?#*!^$@|;,<>(){}[]\\&")


_SAMPLE_USER = frozenset(b"user username usr login name me foo someone someuser testuser test".split())
_SAMPLE_PASSWORD = frozenset(b"pwd passwd passw pw pass mypass mypassword somepass somepassword".split())
_SAMPLE_HOST = re.compile(
    rb"@(?:some|my|your)?(?:host(?:name)?|server|domain|proxy|address|ip)(?![a-z0-9])|@[\w.\-]*example\b",
    re.I,
)
_LOCAL_HOST = re.compile(rb"@(?:localhost|127\.|0\.0\.0\.0|\[?::1)")
_OPEN_HOST = re.compile(rb"@(?:%|\$|\{)")


def _of_url(site: Site) -> list[str]:
    """What the rest of a URL says about the password in it."""
    user = site.link.removeprefix(b"://").removesuffix(b":").lower()
    out = []
    if user == site.secret.lower():
        out.append("the same as the user")
    elif not user:
        out.append("no user")
    if user in _SAMPLE_USER:
        sample = site.secret.lower() in COMMON_PASSWORDS or site.secret.lower() in _SAMPLE_PASSWORD
        out.append("a sample user and a sample password" if sample else "a sample user")
    if _SAMPLE_HOST.match(site.after):
        out.append("a sample host")
    elif _LOCAL_HOST.match(site.after):
        out.append("the local host")
    elif _OPEN_HOST.match(site.after):
        out.append("a host that is filled in")
    return out


_LOWER, _UPPER, _DIGITS = b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789"
_HIGH = bytes(range(128, 256))


def _of_value(site: Site) -> list[str]:
    value = site.secret
    out = []
    size = len(value)
    no_digits = value.translate(None, _DIGITS)
    no_lower = no_digits.translate(None, _LOWER)
    signs = no_lower.translate(None, _UPPER)
    digits, special = size - len(no_digits), len(signs)
    lower, upper = len(no_lower) < len(no_digits), special < len(no_lower)
    if special and 3 * (special - len(signs.translate(None, _HIGH))) > size:
        out.append("not ASCII")
    measured = [_LENGTH.of(size)]
    low = value.lower()
    random = False
    if size == 36 and UUID.match(value):
        out.append("value is a UUID")
    elif digits == size:
        out.append("digits alone" if size < 10 else "many digits alone")
    elif digits and size >= 16 and _HEX.match(value):
        random = site.entropy > 2.8
        out.append("long hex" if random else "dull hex")
        out.append("hex in two cases" if lower and upper else "hex in one case")
    else:
        bits = site.spelling
        random = bits > 5.6 and size >= 8
        measured.append(_SPELLING.of(bits))
        measured.append(_MADE_OF[lower | upper << 1 | (digits > 0) << 2 | (special > 0) << 3])
        if size >= 8:
            out.append(f"{'long ' if size >= 20 else ''}{'random' if random else 'readable'} {site.kind}")
        if size >= 16:
            out.append(_ENTROPY.of(site.entropy))
    out += measured
    if site.kind in _TYPED_BY_PEOPLE:  # who choose what is short, and words, as no generator does
        out += [f"{what}, of a password" for what in measured]
    if b" " in signs and b" " in value.strip():
        out.append("a sentence" if value.count(b" ") > 1 else "two words")
    if not random or size < 16:
        out += _of_words(site, low, [part for word in pieces(value) for part in _parts(word)])
    if _SNAKE.match(value) if special else _CAMEL.match(value):
        out.append("words with separators" if special else "words in camel case")
    if upper:
        if value[:1].isupper() and value[1:].islower():
            out.append("a capitalised word")
        if value.isupper() and value.isalpha():
            out.append("a word in capitals")
    if special:
        out += _of_signs(site, random)
    if upper and _TYPED.match(value):
        out.append("a type name")
    if not site.quote and _DEREF.match(site.after):
        out.append("a call, index or attribute follows")
    if _CONCAT.match(site.after):
        out.append("put together with something else")
    if size >= 4 and typed(low):
        out.append("a sequence")
    if site.kind not in _TYPED_BY_PEOPLE:
        if altered(value):
            out.append("a run that people type")
        if random and special and not _SIGNS.isdisjoint(signs):
            out.append("signs that tokens do not hold")
    if len(set(low)) <= max(2, size // 6):
        out.append("few different characters")
    return out


def _of_signs(site: Site, random: bool) -> list[str]:
    """What a value can be that does not consist of letters and digits alone."""
    value = site.secret
    out = []
    if not random and _PATHLIKE.match(value):
        out.append("a path or file name")
    if _URL.match(value):
        out.append("a URL")
    elif not random and _HOST.match(value):
        out.append("a host name")
    elif b"@" in value and _MAIL.match(value):
        out.append("a mail address")
    if _VERSION.match(value):
        out.append("a version or date")
    if _CODE.search(value):
        out.append("holds code")
    if not site.quote and _DOTTED.match(value):
        out.append("an attribute")
    return out


def _parts(word: bytes) -> tuple[bytes, ...]:
    """`word`, or the two known words that it was put together from: `dbpassword`, `mytoken`."""
    if 5 <= len(word) <= 24 and word not in LABEL_WORDS and word not in SAMPLE_WORDS:
        for at in range(2, len(word) - 2):
            first, second = word[:at], word[at:]
            if (second in LABEL_WORDS or second in SAMPLE_WORDS) and (
                first in LABEL_WORDS or first in SAMPLE_WORDS
            ):
                return first, second
    return (word,)


def _of_words(site: Site, low: bytes, words: list[bytes]) -> list[str]:
    """What its words make of a value that can be read."""
    out = []
    named = set(pieces(site.name))
    letters = sum(map(len, words)) or 1
    if low in COMMON_PASSWORDS:
        out.append("a common password")
    own = sum(len(w) for w in words if w in named or w in LABEL_WORDS)
    sample = sum(len(w) for w in words if w in SAMPLE_WORDS)
    if own == letters:
        out.append("says what it is and no more")
    elif own and own + sample == letters:
        out.append("says what it is, as a sample")
    elif own * 2 >= letters:
        out.append("says what it is, mostly")
    elif own:
        out.append("says what it is, partly")
    if sample == letters:
        out.append("sample words alone")
    elif sample * 2 >= letters:
        out.append("sample words mostly")
    elif sample:
        out.append("sample words partly")
    name = b"".join(pieces(site.name))
    if len(low) > 3 and b"".join(words) and b"".join(words) in name:
        out.append("part of its own name")
    return out


class _Scale:
    """A number as words: between which edges it lies."""

    def __init__(self, what: str, *edges: float) -> None:
        self._edges = edges
        between = [f"{what} {low} to {high}" for low, high in pairwise(edges)]
        self._words = (f"{what} below {edges[0]}", *between, f"{what} {edges[-1]} and more")

    def of(self, number: float) -> str:
        return self._words[bisect_right(self._edges, number)]


_LENGTH = _Scale("length", 6, 8, 12, 16, 20, 24, 32, 40, 64)
_SPELLING = _Scale("spelling", 3.0, 3.6, 4.2, 4.8, 5.4, 6.0, 6.8)
_ENTROPY = _Scale("entropy", 2.5, 3.0, 3.5, 4.0, 4.5)
_MADE_OF = tuple(
    f"made of {''.join(sign for bit, sign in enumerate('aA9*') if kinds >> bit & 1)}" for kinds in range(16)
)
"""By the kinds of characters that a value holds, the lowest bit first: small and capital letters, digits, others."""
