"""What the rules know of a vendor that is named beside a generic candidate.

A value under `splunk_token` that has none of the forms which the rules for Splunk describe is less likely a secret of
Splunk's than one that has. The data is the rules': the first part of an id is the vendor's name, the group `secret` of
a pattern the form.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from leakscan.model.record import NamedTuple
from leakscan.rulepack.groups import parted, secret_parts
from leakscan.rulepack.stored import ids, openings
from leakscan.rulepack.tree import alphabet
from leakscan.rulepack.width import measure

from .value_features import pieces
from .value_words import (
    AMBIGUOUS_VENDORS,
    ENVIRONMENTS,
    LABEL_WORDS,
    NOT_VENDORS,
    OTHER_NAMES,
    SAMPLE_WORDS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.model.rule import Rule
    from leakscan.rulepack.stored import Opening

WHOLE = 3
"""The least length of a name that is a word, or several, of an identifier: `duo_token`."""
BEGINNING = 5
"""The least length of a name that a longer word begins with, or that stands elsewhere near by: `splunktoken`."""
LONGEST = 24
SIGN = 4
"""The least length of what a vendor's tokens begin with, `npm_`; where it does not end so, `LONG_SIGN`."""
LONG_SIGN = 8
OWN_SIGN = 3
"""The least length of what tokens of a vendor begin with that is named beside them."""
_LETTERS_DIGITS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_PLAIN = _LETTERS_DIGITS | frozenset(b"_-.+/=~")
"""What keys, tokens and secrets that machines make consist of."""
_CREDENTIALS = (b"token", b"key", b"secret", b"auth")
_LAST_WORD = re.compile(rb"[A-Za-z0-9]+[ ]\Z")
_WORD = re.compile(rb"[A-Za-z0-9]{3,64}")


Check: TypeAlias = Callable[[bytes], bool]
"""Whether a secret passes."""


class Form(NamedTuple):
    """How long a secret is and what it is made of. Vendors lengthen alphabets more readily than they change lengths, and
    rules are stricter than documents: any letter or digit may stand for any other."""

    shortest: int
    longest: int
    signs: frozenset[int]  # that are neither letters nor digits
    structures: tuple[Check, ...] = ()  # which it has

    @classmethod
    def of(cls, pattern: str, structures: tuple[Check, ...] = ()) -> Form:
        """Of the pattern of a secret."""
        shape = measure(pattern)
        signs = frozenset(alphabet(pattern)) - _LETTERS_DIGITS
        return cls(shape.min_len, shape.max_len, signs, structures)

    def fits(self, secret: bytes) -> bool:
        """Whether `secret` may be of this form."""
        return (
            self.shortest <= len(secret) <= self.longest
            and self.signs.issuperset(set(secret) - _LETTERS_DIGITS)
            and all(has(secret) for has in self.structures)
        )


def _kind(words: Sequence[bytes]) -> bytes | None:
    """What kind of credential the words of a name speak of."""
    for word in reversed(words):
        if word in _CREDENTIALS:
            return word
        if word == b"pat":  # personal access token
            return b"token"
    return None


class Vendors:
    """The vendors that some rules are for, and the forms of their secrets.

    `structures`: those of the rules' checks that know how a secret is put together, by name.
    """

    def __init__(self, rules: Sequence[Rule], structures: Mapping[str, Check] = MappingProxyType({})) -> None:
        self._rules = rules
        self._structures = structures
        self._formed: dict[int, list[Form]] = {}  # by rule
        self._behind: dict[tuple[int, int], tuple[int, frozenset[int]]] = {}  # by rule and secret of it

    def stranger(self, name: bytes, near: bytes, secret: bytes) -> str | None:
        """The vendor that `secret` itself or `name` (an identifier) or else `near` (the text before it) speaks of, if
        `secret` has none of the forms that its rules know; None where no vendor is named or one knows the form.

        What stands near says something of a name that only says what kind of secret it is: `key`, `access_token`. A vendor
        whose rules know keys, and no tokens, has nothing to say of a token, unless it is made of signs that nobody's are.
        """
        damaged = self._damaged(secret)
        if damaged is not None:
            return damaged
        last = _LAST_WORD.search(near)
        named = self._in_name(name) or (self._in_name(last[0] + name) if last else set())
        if not named and LABEL_WORDS.issuperset(pieces(name)):
            named = self._near(b"\n".join(near.split(b"\n")[-2:]))
        kind = _kind(pieces(name)) if named else None
        if kind is not None and _PLAIN.issuperset(secret):
            named = {vendor for vendor in named if kind in self._known_kinds[vendor]}
        if not named or any(
            self._knows(vendor, secret) and not self._misshapen(vendor, secret) for vendor in named
        ):
            return None
        return sorted(named)[0].decode()

    def _misshapen(self, vendor: bytes, secret: bytes) -> bool:
        """Whether `secret` begins as tokens of this vendor do, which is named beside it, and is too short for any of them or
        holds what none of them does."""
        begun = False
        for rule in self._rules_of[vendor]:
            for part, sign in enumerate(self._openings[rule].beginnings):
                if len(sign) >= OWN_SIGN and not sign.startswith("eyJ") and secret.startswith(sign.encode()):
                    begun = True
                    form, start, possible = self._begun_form(rule, part)
                    if len(secret) >= form.shortest and possible.issuperset(secret[start:]):
                        return False
        return begun

    def _damaged(self, secret: bytes) -> str | None:
        """The vendor whose tokens begin as `secret` does, if it is shorter than any of them or holds a sign that none has;
        or a letter, where it is as long as they are. What is longer may be of a newer kind."""
        for size in range(min(LONGEST, len(secret)), SIGN - 1, -1):
            known = self._begun.get(secret[:size])
            if known:
                for _, rule, part in known:
                    form, start, possible = self._begun_form(rule, part)
                    behind = set(secret[start:])
                    if len(secret) > form.shortest:
                        behind -= _LETTERS_DIGITS
                    if len(secret) >= form.shortest and possible.issuperset(behind):
                        return None
                return known[0][0].decode()
        return None

    def _in_name(self, name: bytes) -> set[bytes]:
        """The vendors of a name that says whose secret it is and of what kind, and no more."""
        words = pieces(name)
        found = set()
        for start, word in enumerate(words):
            rest = LABEL_WORDS.issuperset(w for w in words[start + 1 :] if w.isalpha())
            if rest:
                found |= self._beginning(word)
            for end in range(start + 1, min(len(words), start + 3) + 1):
                joined = b"".join(words[start:end])
                if len(joined) >= WHOLE and joined in self._rules_of:
                    known = LABEL_WORDS | self._kinds[joined]
                    if known.issuperset(w for w in words[end:] if w.isalpha()):
                        found.add(joined)
        return found

    def _near(self, text: bytes) -> set[bytes]:
        found: set[bytes] = set()
        words = [word.lower() for word in _WORD.findall(text)]
        for word, following in pairwise((*words, b"")):
            if following == b"api" and word in self._rules_of:
                found.add(word)  # `the box API`: no word then
            else:
                found |= (
                    self._beginning(word) | ({word + following} & self._rules_of.keys())
                ) - AMBIGUOUS_VENDORS
        return found

    def _beginning(self, word: bytes) -> set[bytes]:
        """The vendors that `word` begins with. A longer name hides the shorter ones; what follows a short or common one
        must be a word for a credential: `npmtoken`."""
        for size in range(min(LONGEST, len(word)), WHOLE - 1, -1):
            start, rest = word[:size], word[size:]
            sure = size >= BEGINNING and (not rest or start not in AMBIGUOUS_VENDORS)
            if start in self._rules_of and (sure or rest.endswith(_CREDENTIALS)):
                return {start}
        return set()

    def _knows(self, vendor: bytes, secret: bytes) -> bool:
        return any(form.fits(secret) for rule in self._rules_of[vendor] for form in self._forms(rule))

    def _begun_form(self, rule: int, part: int) -> tuple[Form, int, frozenset[int]]:
        """The form of a secret of a rule, how many bytes it begins with whatever follows, and which can stand behind."""
        known = self._behind.get((rule, part))
        if known is None:
            pattern = secret_parts(self._rules[rule].pattern)[part][0]
            start, rest = parted(pattern)
            known = self._behind[rule, part] = len(start), alphabet(rest)
        return self._forms(rule)[part], *known

    def _forms(self, rule: int) -> list[Form]:
        """Of the secrets of a rule."""
        known = self._formed.get(rule)
        if known is None:
            pattern, checks = self._rules[rule].pattern, self._rules[rule].checks
            built = tuple(self._structures[c] for c in checks if c in self._structures)
            known = self._formed[rule] = [Form.of(part, built) for part, _ in secret_parts(pattern)]
        return known

    @cached_property
    def _openings(self) -> Sequence[Opening]:
        """Of the rules."""
        return openings(self._rules)

    @cached_property
    def _begun(self) -> dict[bytes, list[tuple[bytes, int, int]]]:
        """By what tokens, and hardly anything else, begin with: whose they are, the rule, and which of its secrets."""
        out: dict[bytes, list[tuple[bytes, int, int]]] = defaultdict(list)
        known = self._openings
        common = LABEL_WORDS | SAMPLE_WORDS | ENVIRONMENTS
        for vendor, rules in self._rules_of.items():
            for rule in rules:
                for part, start in enumerate(known[rule].beginnings):
                    sign = start.encode()
                    telling = len(sign) >= SIGN and sign[-1:] in b"_-" and sign[:-1].lower() not in common
                    if telling or (len(sign) >= LONG_SIGN and not sign.startswith(b"eyJ")):
                        out[sign[:LONGEST]].append((vendor, rule, part))
        return dict(out)

    @cached_property
    def _kinds(self) -> dict[bytes, frozenset[bytes]]:
        """By vendor: the words that its rules call its secrets, `search` of `brave.search-api-key`."""
        named = ids(self._rules)
        return {
            vendor: frozenset(w for r in rules for w in named[r].partition(".")[2].encode().split(b"-"))
            for vendor, rules in self._rules_of.items()
        }

    @cached_property
    def _known_kinds(self) -> dict[bytes, frozenset[bytes | None]]:
        """By vendor: what kinds of credentials its rules know."""
        named = ids(self._rules)
        return {
            vendor: frozenset(_kind(named[r].partition(".")[2].encode().split(b"-")) for r in rules)
            for vendor, rules in self._rules_of.items()
        }

    @cached_property
    def _rules_of(self) -> dict[bytes, list[int]]:
        """By vendor."""
        out: dict[bytes, list[int]] = defaultdict(list)
        for number, (id, opening) in enumerate(zip(ids(self._rules), self._openings, strict=True)):
            vendor = id.partition(".")[0].replace("-", "").encode()
            if not opening.generic and len(vendor) >= WHOLE and vendor not in NOT_VENDORS:
                out[vendor].append(number)
        for other, vendor in OTHER_NAMES.items():
            if vendor in out:
                out[other] = out[other] + out[vendor]
        return dict(out)
