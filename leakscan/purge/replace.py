"""Where secrets stand in bytes, in which of their `forms`, and what takes their place."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from leakscan.model.errors import UsageError

from .forms import BREAK, WIDE, Form, base64_part, forms_of
from .model import TOKEN, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Length: TypeAlias = Literal["free", "same"]

SHORTEST = 4  # bytes: what is shorter stands everywhere
NAME_TOKEN = b"REMOVED"  # in names of files and refs, where the token's asterisks are not allowed
_LINE_ENDS = b"\r\n"
_ESCAPE_STARTS = b"%\\&="
_ESCAPED = re.compile(rb"[%\\&=]|00000000|[ \t]{8}\Z").search
_FAR = 40  # bytes: an escape that has no needless zeros or blanks is much shorter


Edit: TypeAlias = tuple[int, int, bytes]  # these bytes become those


class Matcher:
    """All forms of some secrets, and the token that replaces them. Not picklable."""

    def __init__(self, secrets: Sequence[bytes], token: bytes = TOKEN) -> None:
        """Raises UsageError: a secret that is too short or given twice, a token that has a secret in it."""
        short = [number for number, secret in enumerate(secrets, 1) if len(secret) < SHORTEST]
        if short:
            raise UsageError(f"secret {short[0]} is shorter than {SHORTEST} bytes: it would match everywhere")
        self.secrets = tuple(secrets)
        self.token = token
        self.forms = tuple(form for number, secret in enumerate(secrets) for form in forms_of(number, secret))
        self.context = max((form.longest for form in self.forms), default=0)
        self._literals = sorted({(x, form.caseless) for form in self.forms for x in form.literals})
        # Bytes of the parts of which one is in every match.
        self.part = max((len(x) for x, _ in self._literals), default=0)
        numbers = {literal: number for number, literal in enumerate(self._literals)}
        self._of = {
            (number, x): numbers[x, form.caseless]
            for number, form in enumerate(self.forms)
            for x in form.literals
        }
        if any(self._plain(text) and self.spans(text) for text in (token, NAME_TOKEN, token * 3)):
            raise UsageError("the replacement text has the secret in it; give another one with --token")

    @cached_property
    def _hits(self) -> Callable[[bytes], list[tuple[int, int]]]:
        return self._vectorised() or self._plain

    @cached_property
    def _any(self) -> Callable[[bytes], object]:
        return self._vectorised(once=True) or self._contains

    def maybe(self, data: bytes) -> bool:
        """Whether there may be a match; False is sure."""
        return bool(self._any(data))

    def spans(self, data: bytes) -> tuple[Span, ...]:
        """Every match, sorted and disjoint: of those that overlap the first, and of those that start alike the longest."""
        hits = self._hits(data)
        if not hits:
            return ()
        places: dict[int, list[int]] = {}
        for number, end in sorted(set(hits)):
            places.setdefault(number, []).append(end - len(self._literals[number][0]))
        found: list[Span] = []
        for number, form in enumerate(self.forms):
            for literal in form.literals:
                starts = places.get(self._of[number, literal])
                if starts:
                    found += _matches(form, data, literal, starts, found)
        found = _aligned(found)
        found.sort(key=lambda s: (s.start, -s.end, s.secret))
        disjoint: list[Span] = []
        for span in found:
            if not disjoint or span.start >= disjoint[-1].end:
                disjoint.append(span)
        return tuple(disjoint)

    def replaced(
        self,
        data: bytes,
        length: Length = "free",
        token: bytes | None = None,
        spans: Sequence[Span] | None = None,
    ) -> bytes:
        """`data` without any secret. What a replacement may put together anew is replaced as well."""
        for _ in range(8):
            edits = self.edits(data, length, token, spans)
            if not edits:
                return data
            data, spans = apply(data, edits), None
        raise UsageError("the replacement text forms the secret again; give another one with --token")

    def edits(
        self,
        data: bytes,
        length: Length = "free",
        token: bytes | None = None,
        spans: Sequence[Span] | None = None,
    ) -> list[Edit]:
        """What `replaced` exchanges, the first time round. `spans` are those of `data`, if they are known."""
        return [
            (
                span.start,
                span.end,
                self.instead(span, data[span.start : span.end], length, token or self.token),
            )
            for span in (self.spans(data) if spans is None else spans)
        ]

    def name(self, name: bytes) -> bytes:
        """A file's or ref's name without any secret, valid as such."""
        return self.replaced(name, token=NAME_TOKEN)

    def instead(self, span: Span, match: bytes, length: Length, token: bytes) -> bytes:
        """What takes the place of `match`, which is at `span`."""
        kind = span.form.split("/", 1)[0]
        if kind in ("base64", "hex"):
            filler = _filled(token, len(self.secrets[span.secret]))
            return _recoded(span.form, filler, match)
        if kind in WIDE:
            wide = token.decode("utf-8", "replace").encode(kind)
            unit = 2 if "16" in kind else 4
            return wide if length == "free" else _filled(wide, len(match), "*".encode(kind), unit)
        return token if length == "free" else _filled(token, len(match))

    def _plain(self, data: bytes) -> list[tuple[int, int]]:
        """Where the literals are: (number, end)."""
        hits: list[tuple[int, int]] = []
        lower: bytes | None = None
        for number, (literal, caseless) in enumerate(self._literals):
            if caseless and lower is None:
                lower = data.lower()
            searched = lower if caseless and lower is not None else data
            at = searched.find(literal)
            while at >= 0:
                hits.append((number, at + len(literal)))
                at = searched.find(literal, at + 1)
        return hits

    def _contains(self, data: bytes) -> bool:
        lower = data.lower()
        return any(literal in (lower if caseless else data) for literal, caseless in self._literals)

    def _vectorised(self, *, once: bool = False) -> Callable[[bytes], list[tuple[int, int]]] | None:
        """As `_plain`, by Hyperscan; None where there is none. With `once` each literal is reported once at most."""
        try:
            import hyperscan
        except ImportError:
            return None
        if not self._literals:
            return None
        database: Any = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in x) for x, _ in self._literals],
            ids=list(range(len(self._literals))),
            elements=len(self._literals),
            flags=[
                (hyperscan.HS_FLAG_CASELESS if caseless else 0)
                | (hyperscan.HS_FLAG_SINGLEMATCH if once else 0)
                for _, caseless in self._literals
            ],
        )
        scan = database.scan

        def places(data: bytes) -> list[tuple[int, int]]:
            hits: list[tuple[int, int]] = []
            scan(data, match_event_handler=lambda number, _, end, *__: hits.append((number, end)))
            return hits

        return places


def apply(data: bytes, edits: Sequence[Edit]) -> bytes:
    """`data` with disjoint, sorted ranges exchanged."""
    parts: list[bytes] = []
    at = 0
    for start, end, instead in edits:
        parts += (data[at:start], instead)
        at = end
    return b"".join((*parts, data[at:]))


def _matches(form: Form, data: bytes, literal: bytes, starts: list[int], found: list[Span]) -> list[Span]:
    """The matches of one form around places of one of its literals, but for what lies within `found`."""
    taken = sorted((span.start, span.end) for span in found)
    around = form.around.get(literal)
    matches: list[Span] = []
    index = done = 0
    for at in starts:
        end = at + len(literal)
        while index < len(taken) and taken[index][1] <= at:
            index += 1
        if at < done or (index < len(taken) and taken[index][0] <= at and end <= taken[index][1]):
            continue
        if around is not None and not _plausible(data, at, *around):
            continue
        for match in form.pattern.finditer(data, max(0, at - form.longest), end + form.longest):
            if match.start() <= at and end <= match.end():
                matches.append(Span(*match.span(), form.secret, form.name))
                done = match.end()
            if match.end() > at:
                break
    return matches


def _aligned(found: list[Span]) -> list[Span]:
    """Without the wide matches that straddle the characters of another: UTF-16 of one byte order looks like the other's."""
    wide = [span for span in found if span.form in WIDE]
    sound = [span for span in wide if span.start % (2 if "16" in span.form else 4) == 0]
    if not sound or len(sound) == len(wide):
        return found
    return [
        span
        for span in found
        if span.form not in WIDE
        or span in sound
        or not any(span.start < other.end and other.start < span.end for other in sound)
    ]


def _plausible(data: bytes, at: int, secret: bytes, offset: int) -> bool:
    """Whether `secret` may be around a part of it that stands at `at`: where it stops being as it is, an escape stands."""
    start = max(0, at - offset)
    near = data[start : at + len(secret) - offset].lower()
    part = at - start
    back, index = part - 1, offset - 1
    while back >= 0 and index >= 0 and near[back] == secret[index]:
        back, index = back - 1, index - 1
    if index >= 0 and secret[index] not in _LINE_ENDS and not _escape_ends(data, start + back + 1):
        return False
    forth, index = part, offset
    while forth < len(near) and index < len(secret) and near[forth] == secret[index]:
        forth, index = forth + 1, index + 1
    if index == len(secret) or forth == len(near) or secret[index] in _LINE_ENDS:
        return True
    if near[forth] in _ESCAPE_STARTS:
        return True
    # The mark itself may have matched; behind a line's end there may be blanks.
    return forth > part and (near[forth - 1] in _ESCAPE_STARTS or secret[index - 1] in _LINE_ENDS)


def _escape_ends(data: bytes, end: int) -> bool:
    """Whether an escape may end at `end`: what starts one is not far, or it has more digits or blanks than it needs."""
    return _ESCAPED(data, max(0, end - _FAR), end) is not None


def _recoded(form: str, filler: bytes, match: bytes) -> bytes:
    """`filler` in the encoding of `match`, with its line breaks where they were."""
    kind, *rest = form.split("/")
    if "utf-16-le" in rest:
        filler = filler.decode("utf-8", "replace").encode("utf-16-le")
    digits = iter(filler.hex().encode() if kind == "hex" else base64_part(filler, int(rest[0])))
    parts = re.split(b"(" + BREAK + b")", match)
    out = []
    for number, part in enumerate(parts):
        out.append(part if number % 2 else bytes(next(digits, 0x41 if kind != "hex" else 0x30) for _ in part))
    return b"".join(out)


def _filled(token: bytes, length: int, filler: bytes = b"*", unit: int = 1) -> bytes:
    """The token cut or padded to `length` bytes."""
    short = token[: length - length % unit]
    return (short + filler * ((length - len(short)) // unit)).ljust(length, b"*")
