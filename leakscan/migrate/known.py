"""Which findings another tool's word for a secret means: its value, its hash, or its place.

A place alone never silences a secret that was not there before: where two secrets stand in it, or another one than the hash
says, the entry is left, with the reason.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from leakscan.model.record import NamedTuple

from .names import words as _words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakscan.model.finding import Finding, Place, ScanResult

    from .outcome import Known
    from .texts import Texts

OVERLAP = 8  # bytes that two readings of one secret share at least
LINE = 300  # bytes of a line of which every piece is tried
# https://docs.gitguardian.com/secrets-detection: what ggshield calls the parts of a secret
_TYPES = (
    "apikey", "api_key", "client_secret", "client_id", "password", "username", "token", "connection_uri", "host", "port",
    "private_key", "key", "secret", "access_token", "webhook", "url",
)  # fmt: skip
_TOKEN = re.compile(rb"""(["'`])(?P<quoted>.*?)\1|(?P<plain>[^\s"'`=:,;<>(){}\[\]]+)""")
NOTHING = "leakscan finds no secret there, so there is nothing to ignore"
OTHER = "another secret stands there now than the one that was known: it is reported"


class Answer(NamedTuple):
    """The findings that are meant; where there are none, why."""

    findings: tuple[Finding, ...]
    why: str = ""
    near: tuple[Finding, ...] = ()  # those that may be meant, where that is not sure


class Matcher:
    """Answers for one result."""

    def __init__(self, result: ScanResult, texts: Texts) -> None:
        self._findings = result.findings
        self._texts = texts
        self._by_value: dict[bytes, list[Finding]] = {}
        self._by_path: dict[bytes, list[tuple[Finding, Place]]] = {}
        for finding in result.findings:
            self._by_value.setdefault(finding.secret.reveal(), []).append(finding)
            for place in finding.places:
                path = _path(place)
                if path is not None:
                    self._by_path.setdefault(path, []).append((finding, place))

    def ask(self, every: Iterable[Known]) -> None:
        """Prepare for many questions."""
        self._texts.ask((k.path, k.commit) for k in every if k.path is not None and k.commit is not None)

    def find(self, known: Known) -> Answer:
        """The findings that `known` means."""
        if known.value is not None:
            return self._value(known, known.value.reveal())
        if known.hash is not None:
            return self._hash(known, *known.hash)
        if known.text is not None:
            return self._text(known.text)
        if known.path is not None:
            return self._place(known)
        if known.commit is not None:
            return self._commit(known.commit)
        return Answer((), "it names neither a secret nor a place")

    def _value(self, known: Known, value: bytes) -> Answer:
        found = self._by_value.get(value) or self._overlapping(self._near(known), value)
        if not found and known.path is not None and not self._by_path.get(known.path):
            found = self._overlapping(self._findings, value)
        return Answer(_unique(found)) if found else Answer((), NOTHING)

    def _near(self, known: Known) -> Sequence[Finding]:
        return self._findings if known.path is None else [f for f, _ in self._by_path.get(known.path, ())]

    @staticmethod
    def _overlapping(findings: Iterable[Finding], value: bytes) -> list[Finding]:
        return [f for f in findings if _same(f.secret.reveal(), value)]

    def _hash(self, known: Known, algorithm: str, digest: str) -> Answer:
        found = [f for f in self._near(known) if digest in _digests(f.secret.reveal(), algorithm)]
        if found:
            return Answer(_unique(found))
        if known.path is None or known.line is None:
            return Answer((), NOTHING)
        line = self._texts.line(known.path, known.line) or b""
        tokens = [m["quoted"] or m["plain"] or b"" for m in _TOKEN.finditer(line)]
        meant = next((t for t in (*tokens, line.strip()) if digest in _digests(t, algorithm)), None)
        there = [f for f, p in self._by_path.get(known.path, ()) if p.line <= known.line <= p.end_line]
        if meant is None and there:
            meant = _piece(line, algorithm, digest) or next(
                filter(None, (_piece(f.secret.reveal(), algorithm, digest, starts=1) for f in there)), None
            )
        if meant is not None:
            found = self._overlapping(self._near(known), meant)
            return Answer(_unique(found)) if found else Answer((), NOTHING)
        return Answer((), OTHER if there else NOTHING)

    def _place(self, known: Known) -> Answer:
        assert known.path is not None
        here = self._by_path.get(known.path, [])
        if known.line is not None:
            line = known.line
            at = [(f, p) for f, p in here if p.line <= line <= p.end_line]
            if known.commit:
                # The commit that brought the line; where leakscan names another one, the line's text decides.
                exact = [
                    (f, p) for f, p in at if p.commit is not None and p.commit.oid.startswith(known.commit)
                ]
                found = [f for f, _ in exact] or self._in_line(known)
            else:
                found = [f for f, _ in at]
                if len({f.secret for f in found}) != 1:  # one after the other, or none: what stands there now
                    found = self._in_line(known) or found
        else:
            found = [f for f, _ in here]
        return _one(found, known.rule)

    def _in_line(self, known: Known) -> list[Finding]:
        assert known.path is not None
        assert known.line is not None
        text = self._texts.line(known.path, known.line, known.commit)
        return [f for f in self._findings if f.secret.reveal() in text] if text else []

    def _text(self, expression: str) -> Answer:
        import regex

        pattern = regex.compile(expression.encode())
        found = []
        for finding in self._findings:
            places = [(p, self._texts.of(p)) for p in finding.places]
            texts = [b"%b:%d:%b" % (_path(p) or b"", p.line, text) for p, text in places if text is not None]
            if texts and len(texts) == len(places) and all(_searched(pattern, text) for text in texts):
                found.append(finding)
        return Answer(_unique(found)) if found else Answer((), NOTHING)

    def _commit(self, commit: str) -> Answer:
        found = [
            f
            for f in self._findings
            if all(p.commit is not None and p.commit.oid.startswith(commit) for p in f.places)
        ]
        return (
            Answer(_unique(found)) if found else Answer((), "no secret of leakscan's is in that commit alone")
        )


def _path(place: Place) -> bytes | None:
    return place.path if place.path is not None else getattr(place.origin, "path", None)


def _piece(text: bytes, algorithm: str, digest: str, *, starts: int = LINE) -> bytes | None:
    """The piece of `text` with that hash: tools cut one secret differently. Beginnings after `starts` are not tried."""
    if algorithm == "sha256-typed" or (starts > 1 and len(text) > LINE):
        return None
    for start in range(min(starts, len(text))):
        state = hashlib.new(algorithm, usedforsecurity=False)
        for end in range(start, min(len(text), start + 4096)):
            state.update(text[end : end + 1])
            if end - start + 1 >= OVERLAP and state.hexdigest() == digest:
                return text[start : end + 1]
    return None


def _searched(pattern: object, text: bytes) -> bool:
    try:
        return bool(pattern.search(text, timeout=1))  # type: ignore[attr-defined]
    except TimeoutError:
        return False


def _same(one: bytes, other: bytes) -> bool:
    """Whether two tools read the same secret, one with more around it than the other, or without its percent signs."""
    return any(
        min(len(a), len(b)) >= OVERLAP and (a in b or b in a)
        for a in (one, unquote_to_bytes(one))
        for b in (other, unquote_to_bytes(other))
    )


def _one(found: list[Finding], rule: str) -> Answer:
    """The findings of one secret. Of several secrets those whose rule the other tool names, if it is one."""
    if len({f.secret for f in found}) > 1:
        words = set(_words(rule))
        alike = [f for f in found if words & set(_words(f.rule.id.partition(".")[0]))]
        if len({f.secret for f in alike}) != 1:
            return Answer(
                (), "several secrets stand there, and which one is meant is not said: all are reported"
            )
        found = alike
    return Answer(_unique(found)) if found else Answer((), NOTHING)


def _digests(value: bytes, algorithm: str) -> list[str]:
    if algorithm == "sha1":
        return [hashlib.sha1(value, usedforsecurity=False).hexdigest()]
    if algorithm == "sha256":
        return [hashlib.sha256(value).hexdigest()]
    return [hashlib.sha256(value + b"," + kind.encode()).hexdigest() for kind in _TYPES]


def _unique(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple({f.fingerprint: f for f in found}.values())
