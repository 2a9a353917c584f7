"""What stands around a generic rule's value, or the form of it, that settles that it is no secret.

Prose, code, file names, public ids, mechanisms: each a fact that needs no weight. `value.certain` asks here last.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from .value_features import WRAPPER, Site, pieces
from .value_words import LABEL_WORDS

SHORTEST_IN_URL = 4
"""Bytes of a password in a URL, percent signs undone: below, it is an exercise in quoting."""

_NOTHING = frozenset(
    (
        b"d41d8cd98f00b204e9800998ecf8427e",
        b"da39a3ee5e6b4b0d3255bfef95601890afd80709",
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    )
)
"""MD5, SHA-1 and SHA-256 of nothing at all."""
_MECHANISMS = frozenset(
    b"gssapi gss-spnego spnego xoauth2 oauthbearer external cram-md5 digest-md5 scram-sha-1 scram-sha-256 negotiate "
    b"kerberos kerberos5 radius tacacs tacacs+ saml oidc openid anonymous ntlm ntlmv2 credssp certificate ldaps ldap".split()
)
_ABOUT_OPTIONS = frozenset(
    b"argument arguments parameter parameters option options flag flags switch switches setting variable when with "
    b"from prompt instead playbook command help message will would can could should must may is are was were has have does "
    b"do did not and or if as at by for in into of on to the a an that this these it be been being than then".split()
)
_TYPES = frozenset(
    b"string str int integer bool boolean bytes byte any object char text number float double long varchar uuid void null "
    b"none nil true false undefined self this array list dict map set required optional default yes no on off auto unset "
    b"value values enabled disabled static dynamic random generated "
    b"oauth oauth1 oauth2 oauth1.0 oauth2.0 basic bearer digest "
    b"function object utf8 utf-8 latin1 latin-1 iso-8859-1 ascii always never on_create present absent plain".split()
)
_FILE_NAME = re.compile(
    rb"\w\.(?:py|rb|js|jsx|ts|tsx|go|java|kt|cs|cc|cpp|hpp|php|pl|pm|rs|lua|swift|scala|ps1|vue|md|rst|html?|css|scss)\Z"
)
_ALGORITHM = re.compile(
    rb"(?i)(?:s?sha-?(?:1|224|256|384|512)|sha3-\d{3}|md[45]|bcrypt|scrypt|argon2(?:i|d|id)?|pbkdf2)\Z"
)
_RANGE = re.compile(rb"[\^~]\d+\.\d+(?:\.\d+)?[\w.\-]*\Z")
_DESCRIPTOR = re.compile(rb"[OGDS]:[A-Z]{0,10}\(A;")  # Windows' security descriptors
_ESCAPED_SIGNS = re.compile(rb"(?:\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}){1,3}\Z")
_OF_MACHINES = frozenset(("key", "api-key", "token", "auth", "session", "bearer", "client-secret"))
"""Kinds whose values a machine made: they travel in headers and URLs."""
_MADE = _OF_MACHINES | {"secret"}
_READABLE = 5.6  # bits per character under the model of text, above which nothing reads like words
_WIDE_TEXT = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef\u3000-\u303f]+")
_ARN = re.compile(rb"\barn:[a-z\-]{3,12}:[^\s\"']{0,120}\Z")
_FINGERPRINT = re.compile(rb"(?:0x)?(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40})\Z")
_SIGNED_WITH = re.compile(
    rb"(?:using (?:RSA|DSA|EdDSA|ECDSA)|\bgpg|\bpgp|fingerprint|keyserver|keyring)\b[^\n]{0,40}\Z", re.I
)
_MOMENT = re.compile(rb"1[0-9]{9}(?:[0-9]{3})?|(?:19|20)[0-9]{12}Z?")
_ABOUT_TIME = re.compile(rb"creat|expir|valid_?until|_utc\b|timestamp|_at\Z", re.I)
_FIELDS = re.compile(rb"[a-z_]+(?::[a-z_]+){3,}\Z")
_FILLED_IN = re.compile(rb"[\"'`]\s*(?:\.format\(|%\s*[\w(\[])")
_FILLS_IN = re.compile(rb"(?<![A-Za-z0-9_])(?:[fF][rR]?|[rR][fF]|\$@?|@\$)[\"']\Z")
"""How strings of Python and C# begin that fill in what stands in braces."""
_HOLES = re.compile(rb"\{\w*\}|%[sd]|%\(\w+\)s")
_HOLE = re.compile(rb"(?<!\{)\{[^{}\s][^{}]*\}(?!\})")
_PLAIN_WORD = re.compile(rb"[A-Za-z_]+\Z")
_IN_BRACKETS = re.compile(rb"[\],]| \w+[:\]]")  # an item of a list, or who is sent a message in Objective-C
_ENDED_BY_COLON = re.compile(rb"[A-Za-z_][\w.]*:\Z|[0-9]+:\Z")
_COMMAND = re.compile(rb"[a-z]+ [^`]*(?:\$\w|\| *[a-z])")
_PROSE = re.compile(rb"[a-z/]+\Z")
_PHASE = re.compile(rb"[A-Za-z]{3,}[ ]\Z")
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_ANOTHER = re.compile(rb"[ \t]+(?!value\b)[A-Za-z][\w<>?.\[\]*]*=(?!=)")
_SEVERAL = re.compile(rb"[\"'`] (?:and|or) [\"'`\w]")
_LIST = re.compile(rb"\[[\"'].*[\"']\]\Z")
_EXPRESSION = re.compile(rb"(?i)(?:reg(?:ular_?)?exp?|pattern|\bre)\w*(?:\.|::)\w+\Z|\b(?:new)?regexp?\Z")
_LOOKED_FOR = re.compile(rb"(?:~r|\bqr|=~ ?|[(,\[] ?)/\^?[\"']?\Z")
_END_OF_EXPRESSION = re.compile(rb"[\"'`][,;}]?\$?/[a-z]{0,3}(?:[\s,;)\]]|\Z)")
_LOOKED_UP = re.compile(rb"(?:\$[({]?|environ\[[\"'])\Z")
_PRINTS = re.compile(rb"(?i)(?:printf|format)\([\"'`]\Z")
_TUPLE = re.compile(rb"\s*(?:[A-Za-z_][\w.]*, )+\Z")
_CALLED = re.compile(rb"\)?\.\w+\(")
_USER_BEFORE = re.compile(rb"(?i)(?:user|username|login|email|account)\w{0,4}, ?[$@]?\Z")
_ANOTHER_BEHIND = re.compile(rb"[\"'], ?[ub@]?[\"'][^\"'\n]")
_SETTING = re.compile(rb"[a-z][\w\-]*(?:\.[a-z][\w\-]*)+\Z")
_RUNS = re.compile(rb"(?i)(?:\A|[._:])(?:run|exec|popen|spawn|system|check_output)\w*\Z")
_ASKS_FOR = frozenset(b"generate get fetch load read find lookup resolve".split())
_OPTION = re.compile(rb"--?[a-z]+(?:-[a-z]+)*\Z")
_ROLE = re.compile(rb":?[a-z]+:\Z")
_KEY_OF_TABLE = re.compile(rb"[\"'`]\s*:(?!:)")
_ITEM_BEFORE = re.compile(rb"[\"']\s*,\s*[\"']?\Z")
_SEVERAL_WORDS = re.compile(rb"[a-z]+(?:[A-Z][a-z]+)+\Z|[a-z]+(?:_[a-z]+)+\Z")
_KEYWORD_ARGUMENT = re.compile(rb", \w+=")
_KEY_OF_TEXTS = re.compile(
    rb"[a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*){2,}\Z|[a-z][A-Za-z]*:[a-z][A-Za-z]*\.[a-z.A-Z]+\Z"
)
_PLAIN_NAME = re.compile(rb"[A-Za-z_]\w+\Z")
_SPOKEN_OF = re.compile(rb"^(?![^\n]*(?i:\b(?:user|role|login|grant|alter|create|to)\b|@)).*[a-z]{2,} \Z")
_SENTENCE = re.compile(rb"(?: [a-z']+){2,}")
_PUBLIC_COMMENT = re.compile(rb"[^\n]{0,6}?(?://|#|/\*)\s*public\b", re.I)


def reason(found: Site) -> str | None:
    """What the value is instead of a secret, or None."""
    return _of_form(found) or _of_name(found) or _of_prose(found) or _of_code(found)


def _of_form(found: Site) -> str | None:
    secret = found.secret
    if secret.lower() in _NOTHING:
        return "the hash of nothing"
    if secret.lower() in _TYPES:
        return "a literal or type of programming languages"
    if secret[:1] == b"-" and _OPTION.match(secret):
        return "the name of an option"
    if _ALGORITHM.match(secret):
        return "the name of an algorithm"
    why = None if secret.isalnum() else _of_signs(secret, found.kind)
    if why is not None:
        return why
    if not found.quote and secret[:1] == b"#" and found.link[-1:] == b" ":
        return "a comment"
    if found.kind == "userinfo" and secret.endswith(b"]") and b"[" in found.link:
        return "what may be left out"
    if found.kind == "userinfo" and not secret.isalnum() and len(unquote_to_bytes(secret)) < SHORTEST_IN_URL:
        return "too short for a password"
    if _CONTROL.search(found.prefix[-64:] + found.link + secret + found.after[:64]):
        return "a piece of a binary file"
    return None


def _of_signs(secret: bytes, kind: str) -> str | None:
    """What a value is that does not consist of letters and digits alone."""
    if _RANGE.match(secret):
        return "a range of versions"
    if _DESCRIPTOR.match(secret):
        return "a security descriptor"
    if _ESCAPED_SIGNS.match(secret):
        return "signs alone"
    if _FIELDS.match(secret):
        return "a list of fields"
    if not secret.isascii() and (_wide(secret) or (kind in _OF_MACHINES and _lettered(secret))):
        return "text in another script"
    if _LIST.match(secret):
        return "a list"
    return None


def _wide(secret: bytes) -> bool:
    """Whether `secret` is Chinese, Japanese or Korean text and nothing else: a message, since no password is typed so."""
    try:
        return _WIDE_TEXT.fullmatch(secret.decode()) is not None
    except UnicodeDecodeError:
        return False


def _lettered(secret: bytes) -> bool:
    """Whether `secret` holds a letter beyond ASCII, as no key or token does."""
    try:
        return any(letter.isalpha() for letter in secret.decode() if letter > "\x7f")
    except UnicodeDecodeError:
        return False


def _of_name(found: Site) -> str | None:
    secret, words = found.secret, pieces(found.name)
    last = words[-1:]
    if b":" in found.link and not found.quote and _FILE_NAME.search(found.name):
        return "what is said of a file"
    if (found.name == b"PWD" and _LOOKED_UP.search(found.prefix)) or (
        found.name == b"pwd" and b">" in found.link
    ):
        return "a working directory"
    if last == [b"sender"] and b"@" in secret:
        return "an address"
    if last == [b"askpass"]:
        return "a program that asks"
    if found.kind in ("auth", "key", "token", "api-key", "spoken") and _FINGERPRINT.match(secret):
        near = found.prefix[-48:] + found.name
        if not {b"gpg", b"pgp", b"gnupg"}.isdisjoint(words) or _SIGNED_WITH.search(near):
            return "the fingerprint of a public key"
    if _MOMENT.fullmatch(secret) and _ABOUT_TIME.search(found.name):
        return "a point in time"
    if found.kind == "auth":
        if last and last[0] in (b"signature", b"nonce", b"id", b"timestamp", b"version"):
            return "public by its name"
        attribute = found.name.rpartition(b".")
        if attribute[0] and LABEL_WORDS.isdisjoint(pieces(attribute[2])) and b"=" in found.link:
            return "another attribute"
        if not {b"author", b"authors", b"authored"}.isdisjoint(words) and b"token" not in words:
            return "said of an author"
        if secret.lower() in _MECHANISMS:
            return "the name of a mechanism"
    if last in ([b"audience"], [b"issuer"]) or words[-3:] == [b"client", b"request", b"token"]:
        return "public by its name"
    return None


def _of_prose(found: Site) -> str | None:
    secret, prefix, link, after = found.secret, found.prefix, found.link, found.after
    line = prefix + found.name + link
    if b"arn:" in line and _ARN.search(line):
        return "a part of the name of a resource"
    if _PUBLIC_COMMENT.match(after):
        return "public, a comment says"
    opened = b">" in link and prefix.endswith(b"<") and b"</" not in after
    if opened and (link[1:2] == b" " or secret[:1] == b"@"):
        return "what follows a placeholder"
    spoken = not found.quote and secret.isalpha() and secret.islower() and _SENTENCE.match(after)
    if spoken and not found.prefix.endswith((b"&", b"?")):
        return "said in a sentence"
    if not found.quote and found.name.startswith(b"--") and link == b"= ":
        return "what follows an option"
    if after[:1] == b"`" and _ROLE.match(secret):
        return "a role of reStructuredText"
    if found.kind == "sql" and found.name == b"identified" and _SPOKEN_OF.search(prefix):
        return "said in a sentence"
    if found.kind == "command-option":
        if (
            secret.lower() in _ABOUT_OPTIONS or found.name.startswith((b"--no-", b"no-"))
        ) and b"=" not in link:
            return "said of an option"
        if b"gcloud " in prefix:
            return "the name of a secret"  # gcloud secrets versions access … --secret NAME
    if _ANOTHER.match(link):
        return "what another name is given"
    if found.quote and _SEVERAL.match(after):
        return "one of several in a sentence"
    if (
        found.name == b"pass"
        and link.startswith(b": ")
        and not found.quote
        and _PHASE.search(prefix)
        and _PROSE.match(secret)
    ):
        return "said of a phase"
    return None


def _of_code(found: Site) -> str | None:
    secret, link, after = found.secret, found.link, found.after
    holed = found.quote and (b"{" in secret or b"%" in secret) and _HOLES.search(secret)
    if holed and (_FILLED_IN.match(after) or _PRINTS.search(link)):
        return "a format string"
    if found.quote and b"{" in secret and _FILLS_IN.search(link) and _HOLE.search(secret):
        return "a format string"
    wrapper = WRAPPER.search(link) if b"(" in link else None
    called = (wrapper[1] or wrapper[2] or b"") if wrapper else b""
    if called and _EXPRESSION.search(called):
        return "a regular expression"
    if called and _RUNS.search(called):
        return "the name of a program"
    if called and _SETTING.match(secret) and not LABEL_WORDS.isdisjoint(pieces(secret)[-1:]):
        return "the name of what is looked up"
    asks = found.kind not in ("call", "returned") and link.startswith(b"(")
    if asks and not _ASKS_FOR.isdisjoint(pieces(found.name)[:1]):
        return "the name of what is looked up"
    if found.quote and b".classList." in found.name:
        return "a class of an element"
    if found.quote and _CALLED.match(secret):
        return "code between two strings"
    if found.quote and b"=" not in link and _KEY_OF_TABLE.match(after):
        return "the name of a key"
    if found.quote and _KEY_OF_TEXTS.match(secret):
        return "a key of texts or settings"
    listed = found.quote and b"," in link and b"=" not in link and found.kind != "command"
    if listed and _ITEM_BEFORE.search(found.prefix):
        return "one of a list"
    if found.kind == "command-option" and link[-1:] in b"\"'" and secret[:1] in b"+,)":
        return "code between two strings"
    if found.quote and b"[" in link and b" " in secret.strip():
        return "one of a list of messages"
    if found.quote and secret[:1] == b" " and found.name[:1] == found.quote and found.quote not in link[:-1]:
        return "text between two strings"
    if found.quote and _ANOTHER_BEHIND.match(after):
        called = link.startswith(b"(") and pieces(found.name)[-2:-1] == [b"user"]
        if called or (b"=" in link and _USER_BEFORE.search(found.prefix)):
            return "the user, before the password"
    equated = b"==" in link or b"!=" in link
    if (
        equated
        and found.kind in _MADE
        and secret.isalpha()
        and (len(secret) < 8 or found.spelling < _READABLE)
    ):
        return "a word that is compared with"
    if found.quote and _LOOKED_FOR.search(found.prefix) and _END_OF_EXPRESSION.match(after):
        return "a regular expression"
    if found.quote == b"`" and _COMMAND.match(secret):
        return "what a command prints"
    if found.quote:
        return None
    if link == b": " and secret[:1] == b"*" and _PLAIN_NAME.match(secret, 1):
        return "a reference to what stands elsewhere in the document"
    if link == b" = " and secret[:1] in b"*&" and _PLAIN_NAME.match(secret, 1):
        return "a variable"
    if link.endswith(b"[") and _PLAIN_WORD.match(secret) and _IN_BRACKETS.match(after):
        return "a variable"
    if found.prefix.rfind(b"%{") > found.prefix.rfind(b"}") and _PLAIN_WORD.match(secret):
        return "a variable"  # in a map of Elixir's
    if secret == b"iota":
        return "a number"  # Go counts its constants so
    if _PLAIN_WORD.match(secret):
        keyed = link[:1] in (b'"', b"'") and after[:1] in (b",", b"}")
        unpacked = link == b" = " and _TUPLE.match(found.prefix)
        passed = link == b"=" and after[:1] == b")" and not LABEL_WORDS.isdisjoint(pieces(secret))
        handed = link == b"=" and _KEYWORD_ARGUMENT.match(after) is not None
        within = len(found.prefix) >= 4 and found.prefix.isspace() and not after.strip()
        assigned = link == b" = " and (within or _SEVERAL_WORDS.match(secret) is not None)
        if keyed or unpacked or handed or assigned or (passed and b"," in found.prefix):
            return "a variable"
    compared = any(sign in link for sign in (b"==", b"!=", b"> ", b"< "))
    if compared and _ENDED_BY_COLON.match(secret) and not after.strip():
        return "a variable"
    if found.name.startswith((b"self.", b"this.")) and link.strip() == b"=" and _PLAIN_WORD.match(secret):
        return "a variable" if not after.strip(b" ;\r") else None
    return None


_UNSOUND = frozenset(b"invalid wrong incorrect bogus nonexistent".split())


def said_to_be_none(found: Site) -> bool:
    """Whether the name itself says that the value opens nothing: `invalidToken`."""
    return not _UNSOUND.isdisjoint(pieces(found.name)) and not LABEL_WORDS.isdisjoint(pieces(found.name))
