"""Rules of kingfisher and Nosey Parker, whose files are alike; kingfisher's configuration.

https://github.com/mongodb/kingfisher/blob/main/docs/RULES.md, https://github.com/praetorian-inc/noseyparker
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from . import convert, files
from .outcome import Known, NewAllow, NewRule, line_of, place, printable, strings, tables

if TYPE_CHECKING:
    from pathlib import Path

    from .outcome import Bag

LINES = 20
_USED = {
    "name", "id", "pattern", "min_entropy", "confidence", "examples", "negative_examples", "references", "visible",
    "depends_on_rule", "description", "categories", "tags", "pattern_requirements", "display_name",
}  # fmt: skip


def rules(bag: Bag, path: Path, tool: str) -> None:
    """A file with `rules` (or `rulesets`)."""
    text = files.read(bag, path)
    if text is None:
        return
    name = bag.name(path)
    document = files.yaml(bag, name, text)
    if not isinstance(document, dict):
        return
    entries = tables(document.get("rules"))
    own = {}
    for entry in entries:
        id = str(entry.get("id") or entry.get("name") or "")
        own[id] = _id(tool, id)
    for entry in entries:
        id = str(entry.get("id") or entry.get("name") or "")
        _rule(bag, place(name, line_of(text, id)), id, own, entry)
    for ruleset in tables(document.get("rulesets")):
        id = str(ruleset.get("id") or "")
        why = "choose rules with `rules.disable`, or --only and --skip"
        bag.leave(place(name, line_of(text, id)), f"ruleset {id}", why)


def _id(tool: str, id: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", id.lower().removeprefix(f"{tool}.").removeprefix("np.")).strip("-")
    return f"{tool}.{slug or 'rule'}"


def _free(bag: Bag, id: str) -> str:
    """`id`, or with a number where an earlier rule has it: files name rules twice."""
    tool, _, name = id.partition(".")
    return bag.rule_id(tool, name)


def _rule(bag: Bag, where: str, id: str, own: dict[str, str], entry: dict[str, Any]) -> None:
    text = str(entry.get("pattern") or "")
    group = "TOKEN" if "(?P<TOKEN>" in text or "(?<TOKEN>" in text else None
    patterns = convert.patterns(bag, where, id, text.strip(), "rust", group=group)
    for key in sorted(entry.keys() - _USED):
        bag.leave(
            where,
            f"rule {id}, {key}",
            "leakscan sends no secret anywhere" if key in _ONLINE else "has no counterpart",
        )
    if not patterns:
        return
    pattern = patterns[0]
    _tried(bag, where, id, patterns, entry)
    confidence = entry.get("confidence")
    entropy = entry.get("min_entropy")
    wanted = entry.get("pattern_requirements")
    words: list[str] = []
    if isinstance(wanted, dict):
        words = strings(wanted.get("ignore_if_contains"))
        for key in sorted(wanted.keys() - {"ignore_if_contains"}):
            bag.leave(
                where,
                f"rule {id}, pattern_requirements.{key}",
                "write it as `checks` or `checksum` of the rule",
            )
    required = [
        (own.get(str(d.get("rule_id"))) or _id("kingfisher", str(d.get("rule_id"))), LINES)
        for d in tables(entry.get("depends_on_rule"))
    ]
    known = [r for r in required if r[0] in own.values()]
    for missing in required:
        if missing not in known:
            bag.leave(where, f"rule {id}, depends_on_rule {missing[0]}", "that rule is not in the file")
    convert.add(
        bag,
        NewRule(
            id=_free(bag, own[id]),
            name=printable(str(entry.get("name") or id)),
            description=printable(str(entry.get("description") or "")),
            pattern=pattern,
            where=where,
            confidence=confidence if confidence in ("high", "medium", "low") else "medium",
            entropy=min(float(entropy), 8.0) if isinstance(entropy, int | float) and entropy > 0 else None,
            allow_words=tuple(words),
            requires=tuple(known),
            part=entry.get("visible") is False,
            references=tuple(r for r in strings(entry.get("references")) if re.fullmatch(r"https?://\S+", r)),
            tags=tuple(printable(t) for t in strings(entry.get("categories"))),
        ),
        patterns[1:],
    )


_ONLINE = {"validation", "revocation", "tls_mode", "access_map"}


def _tried(bag: Bag, where: str, id: str, patterns: list[str], entry: dict[str, Any]) -> None:
    """What the file's own examples say of the translated pattern."""
    import regex

    matchers = [regex.compile(pattern.encode()) for pattern in patterns]
    for key, wanted in (("examples", True), ("negative_examples", False)):
        for number, example in enumerate(strings(entry.get(key)), 1):
            try:
                found = any(m.search(example.encode(), timeout=2) for m in matchers)
            except TimeoutError:
                bag.change(where, f"rule {id}", f"is slow on number {number} of its {key}")
                continue
            if found is not wanted:
                verb = "does not find" if wanted else "finds"
                bag.change(where, f"rule {id}", f"the translated pattern {verb} number {number} of its {key}")


def kingfisher_config(bag: Bag, path: Path) -> None:
    """`kingfisher.yaml`: what it leaves out and skips."""
    text = files.read(bag, path)
    if text is None:
        return
    name = bag.name(path)
    document = files.yaml(bag, name, text)
    for section, values in document.items() if isinstance(document, dict) else ():
        if not isinstance(values, dict):
            bag.leave(place(name, line_of(text, str(section))), str(section), "has no counterpart")
            continue
        for key, value in values.items():
            where = place(name, line_of(text, f"{key}:"))
            reason = f"Skipped before (from {where})"
            if key == "exclude":
                convert.exclude(bag, strings(value))
            elif key == "skip_regex":
                for expression in convert.conditions(bag, where, strings(value), "rust", what="skipped"):
                    convert.allow(bag, NewAllow(reason, regex=expression))
            elif key == "skip_word":
                for word in strings(value):
                    convert.allow(bag, NewAllow(reason, regex=f"(?i:{re.escape(word)})"))
            else:
                bag.leave(where, f"{section}.{key}", "has no counterpart, or is an option of each scan")


def kingfisher_baseline(bag: Bag, path: Path) -> None:
    """Baselines of version 1 and 2. Their fingerprints hash a secret with its offsets, so the place is what is used."""
    text = files.read(bag, path)
    if text is None:
        return
    name = bag.name(path)
    document = files.yaml(bag, name, text)
    if isinstance(document, dict):
        bag.known += kingfisher_findings(name, text, document)


def kingfisher_findings(name: str, text: str, document: dict[str, Any]) -> list[Known]:
    """The findings of a baseline."""
    exact = document.get("ExactFindings")
    old = tables(exact.get("matches")) if isinstance(exact, dict) else []
    new = [f for r in tables(document.get("repositories")) for f in tables(r.get("findings"))]
    found = []
    for entry in [*old, *new]:
        where = place(name, line_of(text, str(entry.get("fingerprint") or "")))
        line = entry.get("line") or entry.get("linenum")
        found.append(
            Known(
                where=where,
                reason=f"Known before (from {name})",
                rule=str(entry.get("rule_id") or ""),
                path=os.fsencode(str(entry.get("path") or entry.get("filepath") or "")),
                line=line if isinstance(line, int) and line > 0 else None,
            )
        )
    return found


def gitignore_file(bag: Bag, path: Path) -> None:
    """Patterns as in .gitignore (Nosey Parker's `--ignore`)."""
    text = files.read(bag, path)
    convert.exclude(bag, [line for _, line in files.lines(text or "")])
