"""Level-two judgement: what the whole text says about its matches, and the form in which they leave the worker."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from leakscan.filters import inline
from leakscan.filters.vectors import Vectors, can_be_in_one
from leakscan.model.linehash import LineHashes
from leakscan.model.lines import Lines, Region, line_span, lines_between
from leakscan.model.markers import MARKERS
from leakscan.model.match import Detection, Match, Part
from leakscan.model.origin import FileOrigin, StagedOrigin
from leakscan.model.record import NamedTuple
from leakscan.model.rule import CONFIDENCES
from leakscan.rulepack.stored import ids

from .encoded import Decoded, Verdict, resolve
from .overlaps import Cluster, clusters, first_of_overlapping, overlap, position
from .precedence import Precedence

if TYPE_CHECKING:
    from leakscan.detect.decode.view import Derived, View
    from leakscan.model.content import Chunk, LineRange
    from leakscan.model.rule import Confidence, Rule

    from .local import LocalJudge, Opinion
    from .snippet import Snippets

CONTEXT_LINE = (
    4096  # bytes of a line that comments and line allow-lists are looked for in, on either side of a secret
)


class Candidate(NamedTuple):
    """A match with what level one said."""

    match: Match
    opinion: Opinion


class _Known:
    """What is known of a text, looked for once."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.lines = Lines(text)
        self.hashes = LineHashes(text)

    @cached_property
    def blocks(self) -> tuple[inline.Block, ...]:
        return inline.blocks(self.text)


class Judge:
    """Turns the raw matches of a text into detections. Pure: the same text and matches give the same answer."""

    def __init__(
        self,
        rules: Sequence[Rule],
        local: LocalJudge,
        snippets: Snippets,
        *,
        inline_allow: bool = True,
        inline_reason: bool = False,
        inline_markers: tuple[str, ...] = MARKERS,
        trace: bool = False,
        least: Confidence = "low",
    ) -> None:
        """`least`: how sure what a generic rule finds must be for anyone to ask for it."""
        self._rules = rules
        self._local = local
        self._snippets = snippets
        self._inline_allow = inline_allow
        self._inline_reason = inline_reason
        self._inline_markers = inline_markers
        self._trace = trace
        self._least = CONFIDENCES.index(least)
        self._known = _Known(b"")
        self._vectors = Vectors()
        self._index = {id: i for i, id in enumerate(ids(rules))}
        self._precedence = Precedence(rules)
        self._wanting: dict[int, bool] = {}

    def judge(
        self, chunk: Chunk, matches: Iterable[Match], derived: Sequence[Derived] = ()
    ) -> list[Detection]:
        """What `chunk` is reported for; with `trace` also what was dropped, each with its reason.

        `derived` is what stands encoded in it: judged as a text of its own, reported where the encoded text stands.
        """
        text = chunk.text
        plain = self._verdicts(text, matches)
        decoded = [
            Decoded(d.view, verdict)
            for d in derived
            for verdict in self._verdicts(d.view.text, d.matches, d.view)
        ]
        plain, decoded = resolve(self._rules, plain, decoded, derived)
        standing = Cluster([*(v.match for v in plain if v.reason is None), *(d.match for d in decoded)])
        out = [
            self._detection(chunk, v.match, v, text, standing)
            for v in plain
            if self._trace or (v.reason is None and self._is_asked_for(v))
        ]
        for d in decoded:
            verdict = d.verdict
            if not self._trace and not self._is_asked_for(verdict):
                continue
            if verdict.reason is None:
                verdict = verdict._replace(reason=self._allowed(text, d.match, self._rules[d.match.rule]))
            if self._trace or verdict.reason is None:
                out.append(self._detection(chunk, d.match, verdict, d.view.text, standing, d.view.encoding))
        return [detection for detection in out if detection is not None]

    def _is_asked_for(self, verdict: Verdict) -> bool:
        """Whether what is that sure can be reported. A vendor's token always can: a surer place may vouch for it."""
        generic = self._rules[verdict.match.rule].generic
        return not generic or CONFIDENCES.index(verdict.opinion.confidence) <= self._least

    def _verdicts(self, text: bytes, matches: Iterable[Match], view: View | None = None) -> list[Verdict]:
        """Every match with the reason that drops it, if any; without those that say what another one of their rule says."""
        candidates = [Candidate(m, self._local.opinion(text, m)) for m in matches]
        likely = [c.match for c in candidates if c.opinion.reason is None]
        in_clusters = clusters(likely)
        live = first_of_overlapping(in_clusters)
        standing = frozenset(live)
        parts: dict[Match, tuple[Match, ...] | None] = {}
        if any(self._wants_others(m.rule) for m in live):
            by_rule = {rule: [m for m in some if m in standing] for rule, some in _by_rule(likely).items()}
            parts = {
                m: self._parts(text, m, by_rule)
                for rule, some in by_rule.items()
                for m in some
                if self._wants_others(rule)
            }
        together = [m for some in in_clusters if len(some) > 1 for m in some]
        vetoes = [c.match for c in candidates if c.opinion.veto]
        covered: Mapping[Match, int] = {}
        if together or parts or vetoes:
            sound = [m for m in live if parts.get(m, ()) is not None]
            said = {c.match: c.opinion.confidence for c in candidates}
            covered = self._precedence.decide(sound, said, parts, vetoes)
        return [
            Verdict(
                match,
                self._settled(text, match, opinion),
                opinion.reason or self._reason(text, match, parts, covered),
                tuple([self._part(text, m) for m in parts.get(match) or ()]) if parts else (),
            )
            for match, opinion in candidates
            if (opinion.reason is not None and self._trace)
            or (match in standing and (view is None or view.is_news(match.secret_start, match.secret_end)))
        ]

    def _settled(self, text: bytes, match: Match, opinion: Opinion) -> Opinion:
        """`opinion` in the light of what stands further away than level one may look."""
        if opinion.reason is not None or opinion.confidence == "low":
            return opinion
        rule = self._rules[match.rule]
        secret = text[match.secret_start : match.secret_end]
        if not can_be_in_one(rule.id, secret, generic=rule.generic):
            return opinion
        if not self._vectors.hold(self._known_of(text).lines, match.start, match.end):
            return opinion
        evidence = (*opinion.evidence, "stands among test vectors of cryptography: low")
        return opinion._replace(confidence="low", evidence=evidence)

    def _wants_others(self, number: int) -> bool:
        """Whether a rule requires others near by."""
        wants = self._wanting.get(number)
        if wants is None:
            wants = self._wanting[number] = bool(self._rules[number].requires)
        return wants

    def _detection(
        self,
        chunk: Chunk,
        match: Match,
        verdict: Verdict,
        said: bytes,
        standing: Cluster,
        encoding: str = "",
    ) -> Detection | None:
        """`match` is in the text of `chunk`, that of `verdict` in what it says; None where other lines are asked for."""
        text = chunk.text
        lines = self._known_of(text).lines
        where = lines.region(match.secret_start, match.secret_end)
        if chunk.only is not None and not _touches(where, lines.region(match.start, match.end), chunk.only):
            return None
        in_file = isinstance(chunk.origin, FileOrigin | StagedOrigin)
        evidence = verdict.opinion.evidence if self._trace else ()
        return Detection(
            chunk.origin,
            self._rules[match.rule].id,
            said[verdict.match.secret_start : verdict.match.secret_end],
            *where,
            self._snippets.cut(text, match, standing),
            verdict.opinion.confidence,
            verdict.parts,
            verdict.reason,
            (f"encoded: {encoding}", *evidence) if encoding and evidence else evidence,
            self._known_of(text).hashes.of(where.line) if in_file and verdict.reason is None else "",
            encoding,
        )

    def _reason(
        self,
        text: bytes,
        match: Match,
        parts: Mapping[Match, tuple[Match, ...] | None],
        covered: Mapping[Match, int],
    ) -> str | None:
        rule = self._rules[match.rule]
        if parts.get(match, ()) is None:
            return f"nothing near that it requires: {', '.join(r.rule for r in rule.requires)}"
        if rule.part:
            return "only a part of other findings"
        if match in covered:
            return f"rule {self._rules[covered[match]].id} knows better"
        return self._allowed(text, match, rule)

    def _parts(
        self, text: bytes, match: Match, by_rule: Mapping[int, list[Match]]
    ) -> tuple[Match, ...] | None:
        """The nearest match of every required rule; None where one is missing that is not optional."""
        found = []
        for rule_id, lines, optional in self._rules[match.rule].requires:
            others = by_rule.get(self._index.get(rule_id, -1), [])
            at = bisect_left(others, match.secret_start, key=lambda m: m.secret_start)
            near = [m for m in others[max(0, at - 2) : at + 2] if not overlap(m, match)]
            distances = [(lines_between(text, match.secret_start, m.secret_start), m) for m in near]
            distances = [(distance, m) for distance, m in distances if distance <= lines]
            if not distances:
                if optional:
                    continue
                return None
            found.append(min(distances)[1])
        return tuple(found)

    def _part(self, text: bytes, match: Match) -> Part:
        line = self._known_of(text).lines.region(match.secret_start, match.secret_end).line
        return Part(self._rules[match.rule].id, text[match.secret_start : match.secret_end], line)

    def _known_of(self, text: bytes) -> _Known:
        """What is known of the text that is judged."""
        if self._known.text is not text:
            self._known = _Known(text)
        return self._known

    def _allowed(self, text: bytes, match: Match, rule: Rule) -> str | None:
        if not self._inline_allow and not rule.allow.lines:
            return None
        low, high = line_span(text, match.secret_start, match.secret_end, CONTEXT_LINE)
        lines = text[low:high]
        if self._inline_allow:
            previous_low, _ = line_span(text, low - 1, low - 1, CONTEXT_LINE) if low else (0, 0)
            previous = text[previous_low : max(0, low - 1)]
            strict, markers = self._inline_reason, self._inline_markers
            why = inline.reason(rule.id, lines, previous, strict=strict, markers=markers)
            if why is None and "leakscan" in markers:
                why = inline.block_reason(
                    rule.id, self._known_of(text).blocks, match.secret_start, match.secret_end, strict=strict
                )
            if why is not None:
                return why
        for source in rule.allow.lines:
            import regex

            if regex.search(source.encode("latin-1"), lines, timeout=1):
                return "the rule's own allow-list of lines"
        return None


def _by_rule(matches: Iterable[Match]) -> dict[int, list[Match]]:
    out: dict[int, list[Match]] = {}
    for m in sorted(matches, key=position):
        out.setdefault(m.rule, []).append(m)
    return out


def _touches(secret: Region, whole: Region, only: Sequence[LineRange]) -> bool:
    """Whether the secret, or the match that makes it one, stands on a line of `only`."""
    first, last = min(secret.line, whole.line), max(secret.end_line, whole.end_line)
    return any(first <= r.last and r.first <= last for r in only)
