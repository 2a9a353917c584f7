"""The other tool's report beside leakscan's, finding by finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple
from leakscan.model.text import escape

from .known import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.model.finding import Finding, ScanResult

    from .outcome import Known
    from .texts import Texts


class Pair(NamedTuple):
    """A finding of theirs, and leakscan's word on it."""

    theirs: Known
    ours: tuple[Finding, ...]
    why: str  # where `ours` is empty


class Comparison(NamedTuple):
    """Both reports, taken together."""

    pairs: tuple[Pair, ...]
    only_ours: tuple[Finding, ...]


def compare(
    theirs: Sequence[Known], result: ScanResult, texts: Texts, traced: ScanResult | None = None
) -> Comparison:
    """`theirs` in `result`. `traced`: a scan of the files of now with a trace, which says what was dropped there and why."""
    matcher = Matcher(result, texts)
    matcher.ask(theirs)
    dropped: dict[tuple[bytes | None, int], list[str]] = {}
    for one in traced.dropped if traced else ():
        path = one.place.path if one.place.path is not None else getattr(one.place.origin, "path", None)
        for line in range(one.place.line, one.place.end_line + 1):
            said = f"{one.rule_id} saw it: {escape(one.reason.encode('utf-8', 'backslashreplace'))}"
            dropped.setdefault((path, line), []).append(said)
    pairs = []
    seen: set[str] = set()
    for known in theirs:
        answer = matcher.find(known)
        found = answer.findings or answer.near
        seen |= {f.fingerprint for f in found}
        why = answer.why
        if not found and known.line is not None:
            reasons = dict.fromkeys(dropped.get((known.path, known.line), []))
            why = "; ".join(reasons) or (
                "no rule of leakscan's sees anything there" if "nothing" in why else why
            )
        pairs.append(Pair(known, found, why))
    return Comparison(tuple(pairs), tuple(f for f in result.findings if f.fingerprint not in seen))
