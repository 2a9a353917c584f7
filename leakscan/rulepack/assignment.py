r"""A key without a prefix of its own: the vendor's name near by, then something that assigns, then the exact shape.

`names` and `value` of a rule become one bounded pattern:

    name  link  [quotes]  value  boundary

The link is one of three:

- near: up to 40 characters of the same name (`_API_KEY`, `.key"]`, ` api token`), then an operator: one of
  `= : := => == , ( > | ?= <- ->` or 1 to 4 blanks, with a type annotation (`: str =`), a line break behind the
  operator or a function around the value (`os.getenv(`), an authentication scheme (`Bearer `), or
  `</key><string>` between where there is one; or a hyphen behind a word for a credential (`token-`);
- nested: the name, then in the next line, item or block a name that speaks of a credential (`key`, `secret`, `value`,
  …) and an operator, as in YAML sections, JSON objects, lists of environment variables and log lines;
- query: a URL of the vendor with a parameter that speaks of a credential.

The boundary forbids that the value goes on: no letter, digit, `_` or `-`, none of `+ / =` if such a character can be
in the value, no `.word` (a file name), no `(` (a call).
"""

from __future__ import annotations

from .tree import alphabet
from .width import Prepared, in_sequence, literals, measure

SHORT_NAME = 5  # a name with fewer characters must begin and end where a word does
NAME_MIN = 3

_BETWEEN = r"""[ \t\w.\-"'`\\\[\])]{0,40}?"""
_TYPE = r""":[ \t]{0,2}[\w&'.\[\]<>| ]{1,24}="""
_OPERATOR = r"""[=:?|<+-]{0,2}[=>:]{1,2}-?|[,(|]|<-"""
_BREAK_OR_CALL = r"""(?:[(>|\\]?\r?\n[ \t]{0,24}|[\w.\[\]]{1,24}\()?"""
_HYPHEN = r"""[-.](?<=(?i:key|ken|ret|ate|ess)[-.])"""
_NOW = (
    r"""(?=[ \t=:?|<>+,(.\-])"""  # what all of these begin with, looked at before they are tried one by one
)
_PLIST = r"""</key>\s{0,16}<string>"""
_QUOTES = r"""(?:&quot;|(?:[bBrRuUfF@$]|\\{1,3})?["'`]{1,3})?"""
_SCHEME = r"""(?:(?i:bearer|basic|token|key|apikey)(?:[ \t]|[ \t]?[=:][ \t]?)["']?)?"""
_CREDENTIAL = r"""(?i:key|token|secret|passw|pwd|auth|credential|bearer)"""

_NEAR = (
    rf"{_BETWEEN}{_NOW}(?:[ \t]{{0,4}}(?:{_TYPE}|{_OPERATOR})[ \t]{{0,4}}{_BREAK_OR_CALL}|[ \t]{{1,4}}|{_HYPHEN}|{_PLIST})"
    rf"{_QUOTES}{_SCHEME}"
)
_NESTED = (
    r"[^\r\n]{0,32}(?:\r?\n|[,;({\[])[^\r\n]{0,32}?"
    rf"(?:{_CREDENTIAL}|(?i:value))[\w\"'`\\\]]{{0,10}}[ \t]{{0,4}}(?:{_OPERATOR})[ \t]{{0,4}}{_QUOTES}{_SCHEME}"
)
_QUERY = (
    rf"[\w./:%\-]{{0,40}}\?(?:[^\s\"'<>]{{0,40}}[&;])?[\w.\-]{{0,16}}(?:{_CREDENTIAL}|(?i:appid))\w{{0,8}}="
)

_LINK = f"(?:{_NEAR}|{_NESTED}|{_QUERY})"
LINK_MAX = measure(_LINK).max_len  # bytes


def expand(names: tuple[str, ...], value: str) -> Prepared:
    """The pattern for a value of the shape `value` behind one of `names`: valid, bounded regular expressions over ASCII
    that set no flags for the whole pattern and name no groups.

    Its shape and literals come from its parts: the link is taken apart once, not for every rule.
    """
    name = _any_of(names)
    secret = f"(?P<secret>{value}){boundary(value)}"
    shape = in_sequence((measure(name), measure(_LINK), measure(secret)))
    return Prepared(name + _LINK + secret, shape, literals(name))


def _any_of(names: tuple[str, ...]) -> str:
    long = [n for n in names if measure(n).min_len >= SHORT_NAME]
    short = [n for n in names if measure(n).min_len < SHORT_NAME]
    alternatives = []
    if long:
        alternatives.append(f"(?i:{'|'.join(long)})")
    if short:
        # `box` is not in `inbox` nor in `boxed`, but in `BOX_KEY`, `boxKey` and `boxtoken`.
        tail = rf"(?![a-z])|(?={_CREDENTIAL}|(?i:api|access|client|pass|id))"
        alternatives.append(f"(?<![A-Za-z])(?i:{'|'.join(short)})(?:{tail})")
    return alternatives[0] if len(alternatives) == 1 else f"(?:{'|'.join(alternatives)})"


def boundary(value: str) -> str:
    """The lookahead that forbids a match of `value` to go on."""
    can = alphabet(value)
    more = "".join(char for char in "+/=" if ord(char) in can)
    return rf"(?![\w\-{more}]|\.\w|\()"
