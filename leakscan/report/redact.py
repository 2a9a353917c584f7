"""Keeps secrets out of the words around a finding.

A snippet is masked where it is cut, but a secret can also stand in what describes a place: a file name,
a branch, a commit's subject, an author. Every report passes such words through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.origin import CommitOrigin, NameOrigin, ReflogOrigin, RefOrigin, TagOrigin
from leakscan.model.secret import mask
from leakscan.model.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Finding, ScanResult
    from leakscan.model.secret import Secret

LONG = 12  # bytes from which on a mask shows anything, so that a word is no secret by coincidence
SHORTEST = 4
NAMED = CommitOrigin | TagOrigin | RefOrigin | ReflogOrigin | NameOrigin


class Redactor:
    """Masks the secrets of one result, unless it is told to show them.

    Masked are secrets of 12 bytes and more wherever they stand, shorter ones if they were found in words that
    a report repeats (a name, a message): a password "main" in a file must not blot out the branch.
    """

    def __init__(self, result: ScanResult, *, show_secrets: bool) -> None:
        self.show_secrets = show_secrets
        self._size, self._index = _index([] if show_secrets else sorted(set(_secrets(result))))
        self._known: dict[bytes, bytes] = {}

    def secret(self, secret: Secret) -> bytes:
        """The mask of `secret`, or itself."""
        return secret.reveal() if self.show_secrets else secret.masked().encode()

    def raw(self, words: bytes) -> bytes:
        """`words` with every secret in it masked."""
        if not self._index:
            return words
        known = self._known.get(words)
        if known is None:
            known = self._known[words] = self._masked(words)
        return known

    def printable(self, words: bytes) -> str:
        """For a person: masked, then escaped (`leakscan.model.text.escape`)."""
        return escape(self.raw(words))

    def line(self, words: str) -> str:
        """What is printable already, masked."""
        return self.raw(words.encode()).decode() if self._index else words

    def unicode(self, words: bytes) -> str:
        """For a program: masked; itself where that is UTF-8, otherwise escaped."""
        words = self.raw(words)
        try:
            return words.decode()
        except UnicodeDecodeError:
            return escape(words)

    def _masked(self, words: bytes) -> bytes:
        out: list[bytes] = []
        at = 0
        for start, end in _merged(self._spans(words)):
            out += [words[at:start], mask(words[start:end]).encode()]
            at = end
        return b"".join([*out, words[at:]]) if out else words

    def _spans(self, words: bytes) -> Iterator[tuple[int, int]]:
        size, index = self._size, self._index
        for start in range(len(words) - size + 1):
            secrets = index.get(words[start : start + size])
            if secrets:
                ends = [start + len(s) for s in secrets if words.startswith(s, start)]
                if ends:
                    yield start, max(ends)


def _secrets(result: ScanResult) -> Iterator[bytes]:
    """All that must not be seen, in every form in which the words of a report can hold it."""
    for finding in result.findings:
        named = _is_named(finding)
        for value in (finding.secret.reveal(), *(part.secret for part in finding.parts)):
            if len(value) >= LONG or named:
                yield value
                yield escape(value).encode()
                yield b" ".join(value.split())  # a commit's subject has its lines joined
    for dropped in result.dropped:
        if len(dropped.secret.reveal()) >= LONG:
            yield dropped.secret.reveal()


def _is_named(finding: Finding) -> bool:
    return any(isinstance(place.origin, NAMED) for place in finding.places)


def _index(secrets: list[bytes]) -> tuple[int, dict[bytes, list[bytes]]]:
    """The secrets by their first bytes, and how many bytes those are."""
    secrets = [s for s in secrets if len(s) >= SHORTEST]
    size = min(map(len, secrets), default=0)
    index: dict[bytes, list[bytes]] = {}
    for secret in secrets:
        index.setdefault(secret[:size], []).append(secret)
    return size, index


def _merged(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out
