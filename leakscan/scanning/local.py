"""Level-one judgement: what a match's own bytes and its near surroundings say. See `detect.detector` for why it is local."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from leakscan.detect.checks import CHECKS
from leakscan.detect.checksum import CHECKSUMS
from leakscan.detect.detector import LOOK
from leakscan.detect.entropy import shannon
from leakscan.detect.ngram import unlike_text
from leakscan.filters import placeholders, value
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
MEMORY = (
    1 << 17
)  # opinions kept per process, in about 150 bytes each; the versions of a file repeat the same lines


class Opinion(NamedTuple):
    """`reason` says what drops the match; None keeps it, with `confidence`.

    `veto`: the vendor's own rule knows that this is none of its secrets (a wrong checksum, a published sample), so a
    generic rule need not report it either.
    """

    reason: str | None
    confidence: Confidence
    evidence: tuple[str, ...] = ()
    veto: bool = False


class LocalJudge:
    """Opinions on matches, remembered by content. `evidence`: whether they say what speaks for and against a match."""

    def __init__(self, rules: Sequence[Rule], *, evidence: bool = True) -> None:
        self._rules = rules
        self._evidence = evidence
        self._allow: dict[int, Callable[[bytes], bool]] = {}
        self._vendors = Vendors(rules, {name: CHECKS[name] for name in STRUCTURES})
        self._memory: dict[bytes, Opinion] = {}
        self._same: dict[Opinion, Opinion] = {}  # most are one of a few

    def opinion(self, text: bytes, match: Match) -> Opinion:
        """What stands for or against `match` in `text`; looks no further than `LOOK` bytes around it."""
        low = max(0, match.start - LOOK)
        surroundings = text[low : match.end + LOOK]
        where = (match.rule << 32 | match.secret_start - low & 0xFFFFFFFF).to_bytes(8, "big")
        key = blake2b(surroundings, digest_size=16, salt=where).digest()
        known = self._memory.get(key)
        if known is None:
            if len(self._memory) >= MEMORY:
                self._memory.clear()
                self._same.clear()
            known = self._judge(text, match)
            if not self._evidence:
                known = known._replace(evidence=())
            known = self._memory[key] = self._same.setdefault(known, known)
        return known

    def _judge(self, text: bytes, match: Match) -> Opinion:
        rule = self._rules[match.rule]
        secret = text[match.secret_start : match.secret_end]
        before, after = _line_around(text, match)
        confidence: Confidence = rule.confidence
        evidence: list[str] = [f"rule {rule.id}: {rule.confidence}"]
        if rule.entropy is not None:
            bits = shannon(secret)
            evidence.append(f"entropy {bits:.2f} bits per character, at least {rule.entropy} asked for")
            if bits < rule.entropy:
                return Opinion(f"entropy {bits:.2f} is below {rule.entropy}", confidence, tuple(evidence))
        if rule.unlike_text is not None:
            bits = unlike_text(secret)
            evidence.append(
                f"{bits:.2f} bits per character under the model of text, at least {rule.unlike_text} asked for"
            )
            if bits < rule.unlike_text:
                return Opinion(
                    f"reads like text: {bits:.2f} is below {rule.unlike_text}", confidence, tuple(evidence)
                )
        for name in rule.checks:
            if not CHECKS[name](secret):
                return Opinion(f"check {name} failed", confidence, tuple(evidence))
        right = None
        if rule.checksum is not None:
            right = CHECKSUMS[rule.checksum](secret)
            if right is False:
                return Opinion(f"checksum {rule.checksum} is wrong", confidence, tuple(evidence), veto=True)
            if right:
                confidence = "high"
                evidence.append(f"checksum {rule.checksum} is right: high")
        if match.rule not in self._allow:
            self._allow[match.rule] = _allow(rule)
        if self._allow[match.rule](secret):
            veto = not rule.generic
            return Opinion("the rule's own allow-list", confidence, tuple(evidence), veto)
        if not rule.generic and _goes_on(before, after):
            return Opinion("the text in quotes goes on behind it", confidence, tuple(evidence))
        if rule.placeholders:
            why = placeholders.reason(secret, before + secret + after)
            if why == placeholders.DULL and len(set(placeholders.unlabelled(secret))) >= HARDLY:
                # In a vendor's own form a made-up value is worth a look: tests and documents are full of both, but it is
                # not sure. Elsewhere it is said more quietly.
                if len(set(secret)) < VARIED:
                    confidence = "low"
                elif rule.generic or confidence == "high":
                    confidence = _lower(confidence)
                evidence.append(f"{why}: {confidence}")
            elif why is not None:
                return Opinion(why, confidence, tuple(evidence))
            elif rule.confidence == "high" and not right and altered(secret):
                confidence = "low"
                evidence.append(f"random, but for a run that people type: {confidence}")
        if rule.generic:
            whole = text[match.start : match.end]
            measures = {"entropy": shannon(secret), "unlike_text": unlike_text(secret)}
            verdict = value.judge(rule, whole, secret, before, after, **measures)
            quieter = max(confidence, verdict.confidence, key=CONFIDENCES.index)
            opinion = Opinion(verdict.reason, quieter, (*evidence, *verdict.evidence))
            return self._of_vendor(text, match, opinion) if verdict.reason is None else opinion
        return Opinion(None, confidence, tuple(evidence))

    def _of_vendor(self, text: bytes, match: Match, opinion: Opinion) -> Opinion:
        """`opinion`, one level lower where a vendor is named whose secrets do not look so."""
        if self._rules[match.rule].id.partition(".")[2] not in OF_VENDORS:
            return opinion
        low = max(0, match.start - LOOK)
        before, inside = text[low : match.start], text[match.start : match.secret_start]
        start = len(before) - len(_NAME_HEAD.search(before)[0])  # type: ignore[index]
        name = before[start:] + _NAME_TAIL.match(inside)[0]  # type: ignore[index]
        secret = text[match.secret_start : match.secret_end].strip()
        vendor = self._vendors.stranger(name, before[:start], secret)
        if vendor is None:
            return opinion
        confidence = _lower(opinion.confidence)
        why = f"no form that the rules for {vendor} know: {confidence}"
        return opinion._replace(confidence=confidence, evidence=(*opinion.evidence, why))


_QUOTE = re.compile(rb"[\"'`]\Z")
_MORE = re.compile(rb"[?*#!^~%$|;]+[0-9A-Za-z][^\"'`\s]*[\"'`]")


def _goes_on(before: bytes, after: bytes) -> bool:
    """Whether a secret that begins behind a quote is followed by signs that it cannot hold, and more, up to a quote.

    What is in quotes is one value. A token is then none of the vendor's: it was damaged, or a pattern is meant.
    """
    return _QUOTE.search(before) is not None and _MORE.match(after) is not None


def _lower(confidence: Confidence) -> Confidence:
    return CONFIDENCES[min(CONFIDENCES.index(confidence) + 1, len(CONFIDENCES) - 1)]


def _line_around(text: bytes, match: Match) -> tuple[bytes, bytes]:
    """What stands before and behind the secret on its line(s), at most `LOOK` bytes beyond the match."""
    low = max(0, match.start - LOOK)
    high = min(len(text), match.end + LOOK)
    line_start = text.rfind(b"\n", low, match.secret_start)
    line_end = text.find(b"\n", match.secret_end, high)
    before = text[low if line_start < 0 else line_start + 1 : match.secret_start]
    return before, text[match.secret_end : high if line_end < 0 else line_end]


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
