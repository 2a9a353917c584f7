"""What is found encoded beside what is found as it stands: which of the two says more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.detect.detector import in_source
from leakscan.model.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.detect.decode.view import Derived, View
    from leakscan.model.match import Match, Part
    from leakscan.model.rule import Rule

    from .local import Opinion


class Verdict(NamedTuple):
    """A match, what level one said of it, why it is dropped if it is, and the other parts of it."""

    match: Match
    opinion: Opinion
    reason: str | None
    parts: tuple[Part, ...] = ()


class Decoded(NamedTuple):
    """A verdict on a match in a view of a text."""

    view: View
    verdict: Verdict

    @property
    def match(self) -> Match:
        """Where it stands in the text itself."""
        return in_source(self.view, self.verdict.match)

    @property
    def secret(self) -> bytes:
        return self.view.text[self.verdict.match.secret_start : self.verdict.match.secret_end]


def resolve(
    rules: Sequence[Rule], plain: Sequence[Verdict], decoded: Sequence[Decoded], derived: Sequence[Derived]
) -> tuple[list[Verdict], list[Decoded]]:
    """Both, without what the other knows better.

    What a rule found in the encoded text itself gives way to what was found behind it, and where the surroundings say that
    all values are encoded, generic rules have no say about the encoded ones. What a rule finds as it stands, it need not
    find again in other words; and each secret is told once.
    """
    if not derived:
        return list(plain), []
    seen = {(v.match.rule, v.match.secret_start, v.match.secret_end) for v in plain if v.reason is None}
    kept: list[Decoded] = []
    told: set[tuple[int, bytes, int]] = set()
    for d in decoded:
        rule, _, _, start, end = d.match
        if (rule, d.secret, start) in told:
            continue
        if _is_opaque(d) or (rule, start, end) not in seen:
            told.add((rule, d.secret, start))
            kept.append(d)
    stretches = [
        (d.match.secret_start, d.match.secret_end, d.match.rule)
        for d in kept
        if d.verdict.reason is None and _is_opaque(d)
    ]
    encoded = [
        (p.source_start, p.source_end) for d in derived if d.view.trusted for p in d.view.pieces if p.decoded
    ]
    return [_given_way(v, rules, stretches, encoded) for v in plain], kept


def _is_opaque(d: Decoded) -> bool:
    """Whether nobody can read the secret where it stands."""
    return d.view.encoding.startswith(("base64", "hex"))


def _given_way(
    verdict: Verdict,
    rules: Sequence[Rule],
    stretches: Sequence[tuple[int, int, int]],
    encoded: Sequence[tuple[int, int]],
) -> Verdict:
    if verdict.reason is not None:
        return verdict
    start, end = verdict.match.secret_start, verdict.match.secret_end
    for low, high, rule in stretches:
        if low <= start and end <= high:
            return verdict._replace(reason=f"rule {rules[rule].id} knows what it says")
    if rules[verdict.match.rule].generic and any(low <= start and end <= high for low, high in encoded):
        return verdict._replace(reason="an encoded value, judged by what it says")
    return verdict
