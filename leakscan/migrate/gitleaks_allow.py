"""gitleaks' and betterleaks' allow-lists: what each says, where leakscan can say it.

An allow-list of a rule goes into the imported rule; one of the configuration, or for a rule of leakscan's own, becomes part
of leakscan's allow-list. What leakscan accepts nowhere (a commit, the lines around a secret, a secret as it stands) becomes
known: what is there now is left alone, and what comes is reported.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

from leakscan.model.secret import Secret

from . import convert
from .outcome import Known, NewAllow, printable, secretlike, strings

if TYPE_CHECKING:
    from .outcome import Bag


class AllowLists:
    """Puts allow-lists into `bag`. `entry`: a table of the TOML; `where` and `what`: its place and purpose, for people."""

    def __init__(self, bag: Bag) -> None:
        self.bag = bag

    def of_rule(self, rule: dict[str, Any], entry: dict[str, Any], id: str, where: str) -> None:
        """The allow-list of an imported rule, which can go into the rule itself."""
        what = f"rule {id}, "
        kinds = [key for key in ("paths", "regexes", "stopwords", "commits") if strings(entry.get(key))]
        if str(entry.get("condition", "")).upper() in ("AND", "&&") and len(kinds) > 1:
            self.general(entry, rule["id"], where, what)
            return
        if "paths" in kinds:
            more = convert.paths(self.bag, where, strings(entry["paths"]), what=what)
            rule["exclude_paths"] = (*rule.get("exclude_paths", ()), *more)
        if "regexes" in kinds:
            target = str(entry.get("regexTarget") or "secret")
            more = convert.conditions(self.bag, where, strings(entry["regexes"]), "go", what=f"{what}allowed")
            key = "allow_secrets" if target == "secret" else "allow_lines"
            if target == "match" and more:
                self.bag.change(
                    where, f"rule {id}", "what it allowed in a match is allowed in the match's lines"
                )
            rule[key] = (*rule.get(key, ()), *more)
        if "stopwords" in kinds:
            words = self._hidden(strings(entry["stopwords"]), where, f"Allowed before (from {where})")
            rule["allow_words"] = (*rule.get("allow_words", ()), *words)
        self._commits(entry, where, what)

    def general(self, entry: dict[str, Any], rule: str | None, where: str, what: str) -> None:
        """Entries of the configuration's allow-list; `rule`: ours that it is for."""
        reason = printable(str(entry.get("description") or "")) or "Allowed before"
        reason = f"{reason} (from {where})"
        paths, regexes, words = (strings(entry.get(key)) for key in ("paths", "regexes", "stopwords"))
        target = str(entry.get("regexTarget") or "secret")
        both = str(entry.get("condition", "")).upper() in ("AND", "&&")
        globs = convert.paths(self.bag, where, paths, what=what)
        words = self._hidden(words, where, reason)
        values = list(
            convert.conditions(
                self.bag, where, self._hidden(regexes, where, reason), "go", what=f"{what}allowed"
            )
        )
        stops = [f"(?i:{_escaped(word)})" for word in words if word]
        if both and sum(map(bool, (paths, regexes or words, strings(entry.get("commits"))))) > 1:
            if strings(entry.get("commits")) or (regexes and target == "line"):
                self.bag.leave(
                    where,
                    f"{what}an allow-list with all of its conditions",
                    "in leakscan neither commits nor lines go together with other conditions",
                )
                return
            for path, value in product(globs, [*values, *stops]):
                convert.allow(self.bag, NewAllow(reason, path, value, rule))
            return
        if rule is None:
            convert.exclude(self.bag, globs)
        else:
            for path in globs:
                convert.allow(self.bag, NewAllow(reason, path=path, rule=rule))
        if target == "line":
            self._lines(values, rule, where, what, reason)
        else:
            if target == "match" and values:
                self.bag.change(where, f"{what}what is allowed in a match", "is searched in the secret alone")
            for value in values:
                convert.allow(self.bag, NewAllow(reason, regex=value, rule=rule))
        for stop in stops:
            convert.allow(self.bag, NewAllow(reason, regex=stop, rule=rule))
        self._commits(entry, where, what)

    def _hidden(self, texts: list[str], where: str, reason: str) -> list[str]:
        """`texts` without those that are secrets as they stand: these become known, and are written nowhere."""
        for text in texts:
            if secretlike(text):
                plain = re.sub(r"\\(.)", r"\1", text).strip()
                self.bag.known.append(Known(where=where, reason=reason, value=Secret(plain.encode())))
        return [text for text in texts if not secretlike(text)]

    def _lines(self, values: list[str], rule: str | None, where: str, what: str, reason: str) -> None:
        """leakscan allows by line in a rule only, so what is there now becomes known, and what comes is not allowed."""
        for value in values:
            self.bag.known.append(Known(where=where, reason=reason, text=value))
            self.bag.change(
                where, f"{what}lines with {value}", "what they hold now is known; in new lines it is reported"
            )

    def _commits(self, entry: dict[str, Any], where: str, what: str) -> None:
        for commit in strings(entry.get("commits")):
            self.bag.known.append(
                Known(where=where, reason=f"Allowed commit (from {where})", commit=commit.lower())
            )


def _escaped(word: str) -> str:
    return re.escape(word.encode("unicode_escape").decode("ascii") if not word.isascii() else word).replace(
        "\\ ", " "
    )
