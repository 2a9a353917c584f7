"""From files of other scanners to one bag."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, assert_never

from leakscan.git import run

from . import credsweeper, detect_secrets, gitleaks, ignores, rule_files, seen, trufflehog
from .outcome import Bag

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from leakscan.git.repository import Repository

    from .discover import Artefact, Tool

# Expressions come before what allows them, so that these can go into their rules.
_ORDER = ("gitallowed",)


def gather(
    artefacts: Sequence[Artefact],
    root: Path,
    ids: Collection[str],
    *,
    repository: Repository | None = None,
    tool: Tool | None = None,
) -> Bag:
    """Read all `artefacts`, and what git's own configuration of `repository` has of git-secrets (unless `tool` is another).

    `ids`: of leakscan's built-in rules. Raises DocumentError for a report of no format that is known.
    """
    bag = Bag(root=root)
    if repository is not None and tool in (None, "git-secrets"):
        _git_secrets(bag, repository)
    for artefact in sorted(artefacts, key=lambda a: a.kind in _ORDER):
        _read(bag, artefact, root, ids)
    _sound(bag, ids)
    return bag


def _read(bag: Bag, artefact: Artefact, root: Path, ids: Collection[str]) -> None:
    path = artefact.path
    match artefact.kind:
        case "gitleaks-config":
            gitleaks.config(bag, path, root, ids)
        case "gitleaksignore":
            ignores.gitleaksignore(bag, path)
        case "betterleaksignore":
            ignores.betterleaksignore(bag, path)
        case "report":
            seen.add(bag, path, os.fsencode(root))
        case "secrets-baseline":
            detect_secrets.baseline(bag, path, ids)
        case "gitallowed":
            ignores.gitallowed(bag, path)
        case "trufflehog-config":
            trufflehog.config(bag, path)
        case "trufflehog-paths":
            trufflehog.exclude_file(bag, path)
        case "secretsignore":
            ignores.secretsignore(bag, path)
        case "gitguardian":
            ignores.gitguardian(bag, path, ids)
        case "kingfisher-config":
            rule_files.kingfisher_config(bag, path)
        case "kingfisher-rules":
            rule_files.rules(bag, path, "kingfisher")
        case "kingfisher-baseline":
            rule_files.kingfisher_baseline(bag, path)
        case "noseyparker-rules":
            rule_files.rules(bag, path, "noseyparker")
        case "gitignore":
            rule_files.gitignore_file(bag, path)
        case "credsweeper-config":
            credsweeper.config(bag, path)
        case "credsweeper-rules":
            credsweeper.rules(bag, path)
        case "credsweeper-denylist":
            credsweeper.denylist(bag, path)
        case _:
            assert_never(artefact.kind)


def _git_secrets(bag: Bag, repository: Repository) -> None:
    values: dict[str, list[str]] = {"patterns": [], "allowed": [], "providers": []}
    for key, found in values.items():
        status, out, _ = run.attempt(
            repository.where, "config", "--local", "-z", "--get-all", f"secrets.{key}"
        )
        if status == 0:
            found += [value.decode("utf-8", "replace") for value in out.split(b"\0") if value]
    if any(values.values()):
        bag.read.append("git config secrets.*")
        ignores.git_secrets(bag, values["patterns"], values["allowed"], values["providers"], "git config")


def _sound(bag: Bag, ids: Collection[str]) -> None:
    """What stands in a rule or in the allow-list must name rules that are there and patterns that git takes."""
    import dataclasses

    from leakscan.model import gitignore

    def good(pattern: str) -> bool:
        try:
            spec = gitignore.compiled([pattern])
        except ValueError:
            return False
        return any(one.include is not None for one in spec.patterns)

    for pattern in [p for p in bag.exclude if not good(p)]:
        bag.exclude.remove(pattern)
        bag.leave("", f"path {pattern}", "is no pattern as in .gitignore")
    own = {rule.id for rule in bag.rules}
    for number, rule in enumerate(bag.rules):
        lost = [r for r in rule.requires if r[0] == rule.id or (r[0] not in own and r[0] not in ids)]
        for other, _ in lost:
            bag.leave(
                rule.where,
                f"rule {rule.id}, which requires {other}",
                "there is no such rule: it is found without",
            )
        if lost:
            bag.rules[number] = dataclasses.replace(
                rule, requires=tuple(r for r in rule.requires if r not in lost)
            )
    for entry in [
        a for a in bag.allow if a.rule and "*" not in a.rule and a.rule not in own and a.rule not in ids
    ]:
        bag.allow.remove(entry)
        bag.leave(entry.reason, f"allowed for {entry.rule}", "that rule has not been carried over")
