"""The dialogue of `leakscan baseline audit`: one finding after the other, and what somebody says of it."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from leakscan.model.errors import OK
from leakscan.model.text import escape
from leakscan.report.redact import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from leakscan.baseline import Baseline, Entry
    from leakscan.model.finding import Finding, ScanResult

PLACES = 5  # shown of one finding
HELP = """\
  r  real: somebody must make it worthless. A known one stays known, a new one stays reported
  f  false: no secret, or one that may be public; it is known from now on, with your reason
  l  later: no verdict, it is asked about again
  s  show the secret itself
  b  back to the one before
  q  quit; every verdict so far is kept
"""


class Audit:
    """Asks about the findings of `result`. Every verdict is written to `path` at once: to be interrupted loses none."""

    def __init__(self, baseline: Baseline, path: Path, result: ScanResult) -> None:
        self._baseline = baseline
        self._path = path
        self._findings = result.findings
        self._redactor = Redactor(result, show_secrets=False)
        self._counts = {"real": 0, "false": 0, "later": 0}

    def run(self, *, everything: bool) -> int:
        """Until all are judged or somebody quits. `everything`: those that have a verdict as well."""
        asked = [f for f in self._findings if everything or not self._verdict(f)]
        if not asked:
            print("Nothing to judge: every finding has its verdict (--all asks again).")
            return OK
        print(f"{len(asked)} of {len(self._findings)} findings to judge; ? explains the answers.")
        at = 0
        # An end of input, as of a closed terminal, is a wish to stop.
        with contextlib.suppress(EOFError):
            while at < len(asked):
                self._show(asked[at], f"{at + 1}/{len(asked)}")
                answer = self._ask(asked[at])
                if answer == "q":
                    break
                at = max(0, at - 1) if answer == "b" else at + 1
        counts = ", ".join(f"{count} {word}" for word, count in self._counts.items())
        print(f"{counts}; the verdicts are in {escape(os.fsencode(self._path))}.")
        return OK

    def _ask(self, finding: Finding) -> str:
        while True:
            answer = input("real, false, later, show, back, quit? ").strip().lower()[:1]
            if answer == "s":
                print(f"  {escape(finding.secret.reveal())}")
            elif answer == "r":
                self._judge(finding, "real", input("  remark (may be empty): ").strip())
                return answer
            elif answer == "f":
                reason = input("  why is it no leak? ").strip()
                if reason:
                    self._judge(finding, "false", reason)
                    return answer
                print("  A reason, please, for those who come after you; or l for later.")
            elif answer == "l":
                self._counts["later"] += 1
                return answer
            elif answer in ("b", "q"):
                return answer
            else:
                print(HELP, end="")

    def _judge(self, finding: Finding, verdict: str, reason: str) -> None:
        from leakscan.baseline import judge, save

        self._counts[verdict] += 1
        if verdict == "real" and self._entry(finding) is None:
            print("  It is not in the baseline, and stays reported until it is gone.")
            return
        self._baseline = judge(self._baseline, finding, verdict, reason)
        save(self._baseline, self._path)

    def _entry(self, finding: Finding) -> Entry | None:
        id = self._baseline.id(finding)
        return next((entry for entry in self._baseline.entries if entry.id == id), None)

    def _verdict(self, finding: Finding) -> str:
        entry = self._entry(finding)
        return entry.verdict if entry else ""

    def _show(self, finding: Finding, number: str) -> None:
        from leakscan.model.origin import describe
        from leakscan.report.order import nearest_first

        name = escape(finding.rule.name.encode())
        print(f"\n[{number}] {finding.severity}: {name}  {escape(finding.secret.masked().encode())}")
        print(f"  {escape(finding.rule.id.encode())}, {finding.confidence} confidence, {finding.fingerprint}")
        places = nearest_first(finding.places)
        for place in places[:PLACES]:
            known_as = place.path if place.path is not None else describe(place.origin).encode()
            where = self._redactor.printable(known_as)
            since = f"  {place.commit.oid[:12]} {place.commit.date[:10]}" if place.commit else ""
            print(f"  {where}:{place.line}:{place.column}{since}")
            if place.snippet:
                print(f"    | {self._redactor.line(place.snippet)}")
        if len(places) > PLACES:
            print(f"  and {len(places) - PLACES} more places")
        entry = self._entry(finding)
        known = "new" if entry is None else "known"
        if entry is not None and entry.verdict:
            known += f", judged {entry.verdict}"
        if entry is not None and entry.reason:
            known += f": {escape(entry.reason.encode('utf-8', 'backslashreplace'))}"
        print(f"  {known}")
