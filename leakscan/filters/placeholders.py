"""Placeholders: what stands where a secret would go.

Template syntax, look-ups of an environment or a vault, masks, samples in the vendors' documents, `<your-key>`,
sequences and repetitions. A weak password is no placeholder, and a random token that happens to contain "test" is none:
words count where they are set off from the rest, or make up most of the string.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .sequences import dull

# Syntax of template engines, shells, build tools and format strings.
_TEMPLATE = re.compile(
    rb"""
      \$\{[^}]*\}? | \$\([^)]*\)?                     # shell, Maven, Spring, JavaScript, Make
    | \{\{.*?(?:\}\}|\Z) | \{%.*?%\}                  # Jinja, Django, Go templates, Helm, Handlebars, GitHub Actions
    | <%.*?%> | <\?(?:=|php)                          # ERB, EJS, JSP, PHP
    | \#\{[^}]*\}                                     # Ruby, Pug, Spring expressions
    | %\([A-Za-z_]\w*\)[sdr] | %[{<][A-Za-z_]\w*[}>]  # Python, Ruby
    | \[\[[^\]]*\]\] | \[%.*?%\] | <<[^>]*>>          # Thymeleaf, Template Toolkit, others
    | @@?\w+@@? (?:\Z|(?=[^\w]))                      # Autoconf, Maven filters, Ant
    """,
    re.VERBOSE,
)
_WHOLE = re.compile(
    rb"""
      \$[A-Za-z_]\w*(?:[.\[:\-/>].*)? | \$\$?[0-9@] | \$\$[A-Z_]+  # a variable of a shell, PHP, Perl, Terraform
    | (?:\$[a-z_]{2,20}){2,4}                         # several of them
    | %{1,2}[A-Za-z_]\w*%{1,2} | %[-+0-9.]*[sdvqxr@] | %\w?     # Windows, printf
    | \{[A-Za-z_$][\w.\-\s$]*\} | \{\d*\}             # Python's format, URI templates
    | <[^<>]{1,80}>? | \[[A-Za-z][\w\s.\-]*\]         # <your-key>, [your key]
    | __[A-Za-z0-9_]+__ | \{\{?[^}]*                  # __KEY__
    | !(?:Ref|GetAtt|Sub|vault|secret)\b.* | !!?[a-z/]+\b.*
    | @[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+                  # @ADMIN_PASSWORD, which a script fills in
    | \([a-z][a-z ]{1,30}\)                           # (set), (none), (not shown)
    | \*[A-Za-z_]{3,} | \$[a-z]+\$ | \$[A-Z]+\(.*     # an alias of YAML, and other marks that are filled in
    | \#[A-Z_]{3,}\# | ~[A-Z_]{3,}~ | \|[A-Z_]{3,}\|
    """,
    re.VERBOSE,
)
_LOOKUP = re.compile(
    rb"""(?i)
      (?:process|import\.meta)\.env\b | \bos\.environ\b | \b(?:os\.)?getenv\b | \benv\[ | \benv\.[a-z_] | \benv\(
    | \bsystem\.getenv\b | \bsecrets?\.[a-z_]\w*\b(?!\.[0-9]) | \bvars?\.[a-z_]\w*\Z | \blocal\.[a-z_]\w*\Z
    | \A(?:vault|awssm|gcpsm|azurekv|op|ssm|secretsmanager|keyvault|ref\+\w+|env|file|keyring|pass)://?
    | \Aarn:aws | \Avault:(?:secret|v1|kv) | \Adata\.\w+\.\w+ | \Amodule\.\w+\.
    """,
    re.VERBOSE,
)
_CIPHERTEXT = re.compile(
    rb"\AENC(?:RYPTED)?[\[(]|\A\$ANSIBLE_VAULT|\A\{cipher\}|\AENC:|\Avault:v[0-9]+:|\A!vault|\A\{(?:AES|3DES|aes)\}|\A\$[89]\$"
    rb"|\A\$M\$[0-9A-Za-z]{2}\$"  # F5: under the device's master key
    rb"|\A\{?AQAAABAAAA[0-9A-Za-z+/]"  # Jenkins: version 1 and the length of the initialisation vector
    # Bitnami's sealed secrets: two bytes say how long the session key is that follows, encrypted (256 or 512 bytes).
    # https://github.com/bitnami-labs/sealed-secrets/blob/main/docs/developer/crypto.md
    rb"|\AA[Qg][A-D][0-9A-Za-z+/]{90}"
)

# Words that say "sample" wherever they stand: a random string holds none of them by chance, or only once in millions.
# Looked for in small letters.
_SAMPLE_INSIDE = re.compile(
    rb"""
      example | place[_-]?holder | change[_-]?(?:me|this)\b | redact(?:ed)?\b | not[_-]?(?:a[_-]?)?real | lorem[ _-]?ipsum
    | \*{3}removed\*{3}
    | (?:sample|fake|dummy|bogus)[_-]?(?:api)?[_-]?(?:key|token|secret|pass|cred|value)
    | (?:dummy|bogus|fake|mock(?:ed)?|sample|stub)(?![a-z])
    | (?<![a-z]) (?:insert|replace|enter|put|add|use|paste|set|type|fill|provide|specify)
      [_\- ]? (?:(?:in|with|me\b|the|a)[_\- ]?)? (?:your|you|here|my|actual|real|key|token|secret|password|value|this|me\b)
    | your?[_\- ]? (?:own|app|api|key|token|secret|pass|client|access|account|user|aws|auth|bot|private|real|actual
                     |super|very|long|random|project|consumer
                     |[a-z0-9]{2,12}[_\- ](?:api|key|token|secret|pass|client|access|app|auth))
    | (?:goes|is)[_\- ]here\b | (?:key|token|secret|password|value)[_\- ]?(?:here|goes(?:[_\- ]?here)?)\b
    | \bto[_-]?be[_-]?(?:replaced|filled|set|done|changed) | \b(?:todo|fixme|tbd|n/a|nope)\b
    | <(?:your|my|the|insert|api|key|token|secret|pass|user|access|client)\b
    """,
    re.VERBOSE,
)
# How long a secret is to be, in its place: 40characters, my-32-char.
_COUNTED = re.compile(
    rb"(?i)(?:(?:a|my|some|your)[_\- ]?)?[0-9]{1,3}[_\- ]?(?:random|hex)?[_\- ]?(?:char(?:acter)?|byte|digit|letter)s?"
)
_MASK = re.compile(
    rb"\*{3,}|x{5,}|X{5,}|\.{3,}|\xe2\x80\xa6|\xe2\x80\xa2{2,}|_{5,}|#{4,}|\?{4,}|-{6,}(?!BEGIN|END)|[xX](?:-?[xX]){5,}"
)
_LEFT_OUT = re.compile(
    rb"(?i)[.]{3}(?![.\w/])|\xe2\x80\xa6|[\[<({*]{1,3}(?:redacted|snip|truncated|removed|hidden|\.\.\.)"
)
_ELIDED = re.compile(rb"[A-Za-z0-9]{3}\.{3,}[A-Za-z0-9]{3}")
_LABEL = re.compile(rb"\A(?:[A-Za-z]{2,12}[_\-.]){1,3}(?=.{10})", re.DOTALL)
"""What a vendor puts before the part that a generator makes: `sk_live_`, `API-`."""

DULL = "repeated or sequential characters"

MEMORY = 1 << 14  # secrets of which is remembered what they say
LONG = 256  # bytes: longer ones are looked at again
_HEX = re.compile(rb"[0-9A-Fa-f]*")


def reason(secret: bytes, line: bytes) -> str | None:
    """Why `secret` is a placeholder, in one short sentence without its text, or None where it is none.

    `line`: the line (or its part near by) that the secret stands in, for what surrounds it.
    """
    alone = _of_secret if len(secret) <= LONG else _of_secret.__wrapped__
    said, is_dull = alone(secret)
    if said is not None:
        return said
    if _cut_off(secret, line) or _ELIDED.search(secret):
        return "cut off"
    if is_dull:
        return DULL
    if _enclosed(secret, line):
        return "inside template syntax"
    return None


@lru_cache(MEMORY)  # several rules see the same secret, and the versions of a file repeat it
def _of_secret(secret: bytes) -> tuple[str | None, bool]:
    """What the secret alone says: why it is a placeholder, if it is; else whether it is dull."""
    if _HEX.fullmatch(secret):  # which every word and sign that is looked for below has a character besides
        return None, dull(secret)
    plain = secret.isalnum()  # what most of these look for has signs
    if not plain and (any(_closes(m[0]) for m in _TEMPLATE.finditer(secret)) or _WHOLE.fullmatch(secret)):
        return "template syntax or a variable", False
    if secret.lower() == b"getenv" if plain else _LOOKUP.search(secret):
        return "looked up when it runs", False
    if _CIPHERTEXT.search(secret):
        return "encrypted", False
    if _SAMPLE_INSIDE.search(secret.lower()) or _COUNTED.fullmatch(secret):
        return "a sample by its words", False
    if _masked(secret):
        return "masked", False
    generated = unlabelled(secret)
    return None, dull(secret) or (generated != secret and dull(generated))


def unlabelled(secret: bytes) -> bytes:
    """`secret` without what its vendor puts before the part that a generator makes."""
    return _LABEL.sub(b"", secret)


_PAIRS = {ord(")"): ord("("), ord("]"): ord("["), ord("}"): ord("{")}


def _closes(expression: bytes) -> bool:
    """Whether no bracket in `expression` closes another than was opened last, as in a password of many signs.

    What is left open may be closed where the text was cut off.
    """
    opened: list[int] = []
    for byte in expression:
        if byte in _PAIRS.values():
            opened.append(byte)
        elif byte in _PAIRS and (not opened or opened.pop() != _PAIRS[byte]):
            return False
    return True


def _cut_off(secret: bytes, line: bytes) -> bool:
    """Whether the rest of the secret was left out, behind it or at its end."""
    at = line.find(secret)
    return secret.endswith((b"...", "…".encode())) or (
        at >= 0 and _LEFT_OUT.match(line, at + len(secret)) is not None
    )


def _masked(secret: bytes) -> bool:
    if secret.isalnum() and b"xxxxx" not in secret.lower():
        return False  # most masks are signs
    found = _MASK.search(secret)
    if found is None:
        return False
    size = found.end() - found.start()
    if found[0][0] in b"?#-_.":  # signs that passwords end in as well
        return size * 2 >= len(secret)
    return size * 3 >= min(len(secret), 24)


def _enclosed(secret: bytes, line: bytes) -> bool:
    """Whether the secret was cut out of a template expression, such as `secret` in `{{ .Values.secret }}`."""
    at = line.find(secret)
    if at < 0:
        return False
    before, after = line[:at], line[at + len(secret) :]
    for opening, closing in ((b"{{", b"}}"), (b"${", b"}"), (b"<%", b"%>"), (b"#{", b"}"), (b"$(", b")")):
        start = before.rfind(opening)
        if start < 0 or before.find(closing, start) >= 0 or closing not in after or b'"' in before[start:]:
            continue
        if before[-1:] not in b":-=|'" or before[-2:] in (b"::", b"->"):
            return True  # what follows a colon, "-" or "|" is the default for a variable that is not set
    return before[-1:] == b"<" and after[:1] == b">" and b"</" not in after[:3]
