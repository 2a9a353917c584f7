"""Files of ignored findings: .gitleaksignore, .betterleaksignore, .secretsignore, .gitguardian.yaml, .gitallowed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from leakscan.model.secret import Secret

from . import convert, files, names
from .outcome import Known, NewAllow, line_of, place, printable, secretlike, strings, tables

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from .outcome import Bag

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def gitleaksignore(bag: Bag, path: Path) -> None:
    """`commit:file:rule:line` or `file:rule:line` a line."""
    text = files.read(bag, path)
    name = bag.name(path)
    for number, line in files.lines(text or ""):
        if not _location(bag, place(name, number), line):
            bag.leave(place(name, number), line, "is no fingerprint of gitleaks")


def _location(bag: Bag, where: str, line: str) -> bool:
    """Note what a fingerprint of gitleaks ignores; whether it is one."""
    found = re.fullmatch(r"(?:([0-9a-fA-F]{7,64}):)?(.+):([^:]+):([0-9]+)", line)
    if found is None:
        return False
    commit, file, rule, at = found.groups()
    if "!" in file:
        bag.leave(where, line, "a file in an archive")
        return True
    bag.known.append(
        Known(
            where=where,
            reason=f"Ignored before (from {where})",
            rule=rule,
            path=os.fsencode(file.replace("\\", "/")),
            line=int(at),
            commit=commit.lower() if commit else None,
        )
    )
    return True


def betterleaksignore(bag: Bag, path: Path) -> None:
    """A SHA-256 of a secret a line; version 1 wrote what gitleaks does."""
    text = files.read(bag, path)
    name = bag.name(path)
    for number, line in files.lines(text or ""):
        where = place(name, number)
        if line.startswith("hmac-sha256:"):
            bag.leave(where, line[:24] + "…", "is made with a key that only its owner has")
        elif _SHA256.fullmatch(line):
            bag.known.append(
                Known(where=where, reason=f"Ignored before (from {where})", hash=("sha256", line))
            )
        elif not _location(bag, where, line):
            bag.leave(where, line, "is no fingerprint of betterleaks")


def secretsignore(bag: Bag, path: Path) -> None:
    """ripsecrets: patterns as in .gitignore, then, under `[secrets]`, secrets as they are."""
    text = files.read(bag, path)
    name = bag.name(path)
    secrets = False
    for number, line in files.lines(text or ""):
        where = place(name, number)
        if line == "[secrets]":
            secrets = True
        elif secrets:
            value = Secret(line.encode())
            bag.known.append(Known(where=where, reason=f"Ignored before (from {where})", value=value))
        else:
            convert.exclude(bag, [line])


def gitguardian(bag: Bag, path: Path, ids: Collection[str]) -> None:
    """ggshield: https://docs.gitguardian.com/ggshield-docs/configuration, versions 1 and 2."""
    text = files.read(bag, path)
    if text is None:
        return
    name = bag.name(path)
    document = files.yaml(bag, name, text)
    if not isinstance(document, dict):
        return
    top = {str(key).replace("-", "_"): value for key, value in document.items()}
    secret = top.get("secret")
    if isinstance(secret, dict):
        top |= {str(key).replace("-", "_"): value for key, value in secret.items()}
    same = {
        "paths_ignore": "ignored_paths",
        "matches_ignore": "ignored_matches",
        "banlisted_detectors": "ignored_detectors",
    }
    for old, new in same.items():
        if old in top:
            top[new] = top.pop(old)

    def where(word: str) -> str:
        return place(name, line_of(text, word))

    convert.exclude(bag, [_glob(p) for p in strings(top.get("ignored_paths"))])
    for detector in strings(top.get("ignored_detectors")):
        rule = names.ours(detector, ids)
        if rule is None:
            bag.leave(where(detector), f"ignored detector {detector}", names.suggestion(detector, ids))
        elif rule not in bag.disable:
            bag.disable.append(rule)
    matches = top.get("ignored_matches")
    for entry in [
        *tables(matches),
        *({"match": s} for s in (strings(matches) if not isinstance(matches, str) else ())),
    ]:
        _match(bag, entry, where)
    for key in top.keys() - {"version", "secret", "ignored_paths", "ignored_detectors", "ignored_matches"}:
        bag.leave(
            where(key.replace("_", "-")) if f"{key}:" not in text else where(key),
            key,
            _WHY.get(key, "has no counterpart"),
        )


_WHY = {
    "exit_zero": "let CI decide: `leakscan scan … || true`",
    "show_secrets": "is an option of each scan: --show-secrets",
    "verbose": "has no counterpart",
    "max_commits_for_hook": "hooks scan all that is pushed",
    "ignore_known_secrets": "a baseline says what is known: `leakscan baseline create`",
    "instance": "nothing is sent to a service",
    "api_url": "nothing is sent to a service",
}


def _match(bag: Bag, entry: dict[str, Any], where: Any) -> None:
    match = str(entry.get("match") or "")
    if not match:
        return
    at = where(match)
    label = printable(str(entry.get("name") or "")) or "ignored match"
    reason = f"{label} (from {at})"
    if _SHA256.fullmatch(match):
        bag.known.append(Known(where=at, reason=reason, hash=("sha256-typed", match)))
    else:
        bag.known.append(Known(where=at, reason=reason, value=Secret(match.encode())))


def _glob(pattern: str) -> str:
    """ggshield's patterns are relative to the root; those of .gitignore without a slash are not."""
    return pattern if "/" in pattern.rstrip("/") or pattern.startswith("*") else f"/{pattern}"


def git_secrets(bag: Bag, patterns: list[str], allowed: list[str], providers: list[str], where: str) -> None:
    """git-secrets' configuration in git: extended POSIX expressions, by line."""
    from .outcome import NewRule

    rules = []
    for number, text in enumerate(patterns, 1):
        pattern = convert.pattern(bag, where, f"pattern {number} ({text})", text, "ere", lines=True)
        if pattern is not None:
            rules.append((f"git-secrets.pattern-{number}", text, pattern))
    for provider in providers:
        why = (
            "leakscan has rules of its own for AWS"
            if "aws" in provider
            else "a program whose output nobody knows"
        )
        bag.leave(where, f"provider {provider}", why)
    lines = gitallowed_lines(bag, [(where, text) for text in allowed])
    for id, text, pattern in rules:
        name = f"git-secrets: {printable(text)[:80]}"
        bag.rules.append(NewRule(id=id, name=name, pattern=pattern, where=where, allow_lines=tuple(lines)))


def gitallowed(bag: Bag, path: Path) -> None:
    """An expression a line, searched in `path:line:text`."""
    text = files.read(bag, path)
    name = bag.name(path)
    lines = gitallowed_lines(bag, [(place(name, n), line) for n, line in files.lines(text or "")])
    if lines:
        import dataclasses

        bag.rules[:] = [
            dataclasses.replace(rule, allow_lines=(*rule.allow_lines, *lines))
            if rule.id.startswith("git-secrets.")
            else rule
            for rule in bag.rules
        ]


def gitallowed_lines(bag: Bag, entries: list[tuple[str, str]]) -> list[str]:
    """What is allowed: paths where an expression begins with one, otherwise secrets; the lines of now become known.

    Returns the expressions that say something about a line.
    """
    lines = []
    for where, text in entries:
        head = re.match(r"\^?((?:[^:\\\[(]|\\.)+?):(?:\.\*|\[0-9\]\+?\*?:?(?:\.\*)?)?\$?$", text)
        reason = f"Allowed before (from {where})"
        if head is not None and ("/" in head[1] or re.search(r"\.\w+$", head[1])):
            for path in convert.paths(bag, where, [f"{'^' if text.startswith('^') else '(^|/)'}{head[1]}$"]):
                convert.allow(bag, NewAllow(reason, path=path))
            continue
        found = convert.conditions(bag, where, [text], "ere", what="allowed")
        for expression in found:
            bag.known.append(Known(where=where, reason=reason, text=expression))
            if secretlike(text):
                continue  # what is there of it becomes known, and it is written nowhere
            lines.append(expression)
            convert.allow(bag, NewAllow(reason, regex=expression))
            bag.change(
                where,
                f"allowed {text}",
                "counts for the secret; lines that it allows now become known, new ones do not",
            )
    return lines
