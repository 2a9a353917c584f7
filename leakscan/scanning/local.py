"""Level-one judgement: what a match's own bytes and its near surroundings say. See `detect.detector` for why it is local."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from leakscan.detect.checks import CHECKS
from leakscan.detect.checksum import CHECKSUMS
from leakscan.detect.entropy import shannon
from leakscan.detect.ngram import unlike_text
from leakscan.detect.state import LOOK
from leakscan.filters import placeholders, value
from leakscan.filters.jwt_samples import signed_for_show
from leakscan.filters.sequences import altered
from leakscan.filters.vendors import Vendors
from leakscan.model.record import NamedTuple
from leakscan.model.rule import CONFIDENCES

if TYPE_CHECKING:
    from leakscan.model.match import Match
    from leakscan.model.rule import Confidence, Rule

VARIED = 10  # different bytes that a sequence needs to be more than filling
HARDLY = 5  # and those that make it worth a quiet word
OF_VENDORS = frozenset(("key", "api-key", "token", "secret", "client-secret", "auth", "credential"))
"""Kinds of generic rules whose values have the form that the vendor gave them, as passwords have not."""
STRUCTURES = ("atlassian-pat", "azure-signature", "base64-decodes", "jwt-header", "vault-sscs")
"""Checks that know how a secret is put together; the others say what it looks like."""
_NAME_HEAD = re.compile(rb"[\w.\-]*\Z")
_NAME_TAIL = re.compile(rb"[\w.\-]*")
MEMORY = 1 << 16
"""Opinions kept per process, in about 300 bytes each: the versions of a file repeat the same lines."""
LONG = 512  # bytes: of what is longer a digest is kept


class Opinion(NamedTuple):
    """`reason` says what drops the match; None keeps it, with `confidence`.

    `veto`: the vendor's own rule knows that this is none of its secrets (a wrong checksum, a published sample), so a
    generic rule need not report it either.
    """

    reason: str | None
    confidence: Confidence
    evidence: tuple[str, ...] = ()
    veto: bool = False


class _Demands(NamedTuple):
    """What a rule asks of its secrets, at hand: rules are read from a store."""

    rule: Rule
    checks: tuple[tuple[str, Callable[[bytes], bool]], ...]
    checksum: Callable[[bytes], bool | None] | None
    allowed: Callable[[bytes], bool]
    of_vendor: bool  # whether the form of its secrets is some vendor's


class LocalJudge:
    """Opinions on matches, remembered by content. `evidence`: whether they say what speaks for and against a match."""

    def __init__(self, rules: Sequence[Rule], *, evidence: bool = True) -> None:
        self._rules = rules
        self._evidence = evidence
        self._demands: dict[int, _Demands] = {}
        self._vendors = Vendors(rules, {name: CHECKS[name] for name in STRUCTURES})
        self._memory: dict[tuple[int, int, int, int, int, bytes], Opinion] = {}
        self._named: dict[tuple[bytes, bytes, bytes], str | None] = {}
        self._same: dict[Opinion, Opinion] = {}  # most are one of a few

    def opinion(self, text: bytes, match: Match) -> Opinion:
        """What stands for or against `match` in `text`; looks no further than `LOOK` bytes around it."""
        rule, start, end, secret_start, secret_end = match
        before, after = _line_around(text, match)
        low, high = before if before < start else start, after if after > end else end
        # All that `_judge` sees: where its line begins and ends can be told from these bytes.
        seen = text[low:high]
        if high - low > LONG:
            seen = blake2b(seen, digest_size=16).digest()
        key = (rule, start - low, end - low, secret_start - low, secret_end - low, seen)
        known = self._memory.get(key)
        if known is None:
            if len(self._memory) >= MEMORY:
                self._memory.clear()
                self._same.clear()
            known = self._judge(
                self._demands.get(rule) or self._demands_of(rule),
                text[start:end],
                text[before:secret_start],
                text[secret_start:secret_end],
                text[secret_end:after],
            )
            known = self._memory[key] = self._same.setdefault(known, known)
        if known.reason is None and self._demands[rule].of_vendor:
            return self._of_vendor(text, match, known)
        return known

    def _demands_of(self, number: int) -> _Demands:
        rule = self._rules[number]
        demands = self._demands[number] = _Demands(
            rule,
            tuple((name, CHECKS[name]) for name in rule.checks),
            None if rule.checksum is None else CHECKSUMS[rule.checksum],
            _allow(rule),
            rule.generic and rule.id.partition(".")[2] in OF_VENDORS,
        )
        return demands

    def _judge(self, demands: _Demands, whole: bytes, before: bytes, secret: bytes, after: bytes) -> Opinion:
        """`whole`: the match; `before` and `after`: the rest of the line that the secret in it stands on."""
        rule = demands.rule
        say = self._evidence
        confidence: Confidence = rule.confidence
        evidence: list[str] = [f"rule {rule.id}: {rule.confidence}"] if say else []
        if rule.entropy is not None:
            bits = shannon(secret)
            if say:
                evidence.append(f"entropy {bits:.2f} bits per character, at least {rule.entropy} asked for")
            if bits < rule.entropy:
                return Opinion(f"entropy {bits:.2f} is below {rule.entropy}", confidence, tuple(evidence))
        if rule.unlike_text is not None:
            bits = unlike_text(secret)
            if say:
                evidence.append(
                    f"{bits:.2f} bits per character under the model of text, at least {rule.unlike_text} asked for"
                )
            if bits < rule.unlike_text:
                return Opinion(
                    f"reads like text: {bits:.2f} is below {rule.unlike_text}", confidence, tuple(evidence)
                )
        for name, check in demands.checks:
            if not check(secret):
                return Opinion(f"check {name} failed", confidence, tuple(evidence))
        right = None
        if demands.checksum is not None:
            right = demands.checksum(secret)
            if right is False:
                return Opinion(f"checksum {rule.checksum} is wrong", confidence, tuple(evidence), veto=True)
            if right:
                confidence = "high"
                if say:
                    evidence.append(f"checksum {rule.checksum} is right: high")
        if demands.allowed(secret):
            veto = not rule.generic
            return Opinion("the rule's own allow-list", confidence, tuple(evidence), veto)
        if not rule.generic and _goes_on(before, after):
            return Opinion("the value goes on behind it", confidence, tuple(evidence))
        if rule.placeholders:
            why = placeholders.reason(secret, before + secret + after)
            if why == placeholders.DULL and len(set(placeholders.unlabelled(secret))) >= HARDLY:
                # In a vendor's own form a made-up value is worth a look: tests and documents are full of both, but it is
                # not sure. Elsewhere it is said more quietly.
                if len(set(secret)) < VARIED:
                    confidence = "low"
                elif rule.generic or confidence == "high":
                    confidence = _lower(confidence)
                if say:
                    evidence.append(f"{why}: {confidence}")
            elif why is not None:
                return Opinion(why, confidence, tuple(evidence))
            elif rule.confidence == "high" and not right and altered(secret):
                confidence = "low"
                if say:
                    evidence.append(f"random, but for a run that people type: {confidence}")
        if secret[:2] == b"ey" and signed_for_show(secret):
            confidence = "low"
            if say:
                evidence.append(f"signed with a key that stands in documents: {confidence}")
        if rule.generic:
            measures = {"entropy": shannon(secret), "unlike_text": unlike_text(secret)}
            verdict = value.judge(rule, whole, secret, before, after, **measures)
            quieter = max(confidence, verdict.confidence, key=CONFIDENCES.index)
            return Opinion(verdict.reason, quieter, (*evidence, *verdict.evidence) if say else ())
        return Opinion(None, confidence, tuple(evidence))

    def _of_vendor(self, text: bytes, match: Match, opinion: Opinion) -> Opinion:
        """`opinion`, one level lower where a vendor is named whose secrets do not look so."""
        start, secret_start = match.start, match.secret_start
        low = max(0, start - LOOK)
        line = text.rfind(b"\n", low, start)
        previous = text.rfind(b"\n", low, line) if line >= 0 else -1
        low = previous + 1 if previous >= 0 else low  # nobody asks what stands further up
        key = (text[low:start], text[start:secret_start], text[secret_start : match.secret_end])
        if key in self._named:
            vendor = self._named[key]
        else:
            if len(self._named) >= MEMORY:
                self._named.clear()
            vendor = self._named[key] = self._stranger(*key)
        if vendor is None:
            return opinion
        confidence = _lower(opinion.confidence)
        if not self._evidence:
            return opinion._replace(confidence=confidence)
        why = f"no form that the rules for {vendor} know: {confidence}"
        return opinion._replace(confidence=confidence, evidence=(*opinion.evidence, why))

    def _stranger(self, before: bytes, inside: bytes, secret: bytes) -> str | None:
        """See `Vendors.stranger`. `before` and `inside`: the text before the match, and that before the secret in it."""
        start = len(before) - len(_NAME_HEAD.search(before)[0])  # type: ignore[index]
        name = before[start:] + _NAME_TAIL.match(inside)[0]  # type: ignore[index]
        return self._vendors.stranger(name, before[:start], secret.strip())


_QUOTE = re.compile(rb"[\"'`]\Z")
_MORE_BARE = re.compile(rb"(?:[#^$!*~]|%(?![0-9A-Fa-f]{2}))[0-9A-Za-z]{2}")
_MORE = re.compile(rb"[?*#!^~%$|;]+[0-9A-Za-z][^\"'`\s]*[\"'`]")


def _goes_on(before: bytes, after: bytes) -> bool:
    """Whether a secret is followed by signs that it cannot hold, and more: up to a quote where it begins behind one, right
    behind it where it does not, and is no part of a URL.

    What is in quotes is one value, and so is a word. A token is then none of the vendor's: it was damaged, or a pattern is
    meant.
    """
    if _QUOTE.search(before) is not None:
        return _MORE.match(after) is not None
    return _MORE_BARE.match(after) is not None and b"://" not in before


def _lower(confidence: Confidence) -> Confidence:
    return CONFIDENCES[min(CONFIDENCES.index(confidence) + 1, len(CONFIDENCES) - 1)]


def _line_around(text: bytes, match: Match) -> tuple[int, int]:
    """Where the line(s) of the secret begin and end, at most `LOOK` bytes beyond the match."""
    _, start, end, secret_start, secret_end = match
    low = start - LOOK if start > LOOK else 0
    high = min(len(text), end + LOOK)
    line_start = text.rfind(b"\n", low, secret_start)
    line_end = text.find(b"\n", secret_end, high)
    return low if line_start < 0 else line_start + 1, high if line_end < 0 else line_end


def _allow(rule: Rule) -> Callable[[bytes], bool]:
    words = tuple(w.lower().encode() for w in rule.allow.words)
    sources = tuple(s.encode("latin-1") for s in rule.allow.secrets)
    if not words and not sources:
        return lambda secret: False

    def allowed(secret: bytes) -> bool:
        import regex

        lowered = secret.lower()
        return any(w in lowered for w in words) or any(regex.search(s, secret, timeout=1) for s in sources)

    return allowed
