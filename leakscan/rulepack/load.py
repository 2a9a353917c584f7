"""Rule packs from disk: YAML once, a cache after that."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from leakscan.model.errors import DocumentError, Problem, UsageError
from leakscan.model.rule import Rule

from . import cache, prebuilt
from .ruleset import RuleSet
from .shape import Literal
from .stored import Rows, StoredRules, ids, pattern_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

_SUFFIXES = (".yaml", ".yml")


def load(paths: Sequence[Path] = (), *, builtin: bool = True) -> RuleSet:
    """The built-in rules and those of the packs `paths` (YAML files, or directories of such).

    A pack may replace a rule of an earlier one by saying `override: true`. Raises DocumentError with all problems of
    all packs at once.
    """
    packs = tuple(paths)
    store = _store(packs, builtin=builtin)
    known = store.read_facts()
    if known is not None:
        facts, digest = known
        fetch = partial(_rows, store, packs, builtin, digest)
    else:
        from .compose import compose

        facts, digest, rows = store.write(compose(pack_files(packs, builtin=builtin)))
        fetch = partial(list, rows)
    return RuleSet(StoredRules(facts, Rows(fetch, _rule)), digest, store, packs, builtin)


def _rows(store: cache.Store, packs: Sequence[Path], builtin: bool, digest: str) -> Sequence[bytes]:
    """The rules from the cache, or from the packs where they are not in it any more. Raises DocumentError, UsageError."""
    stored = store.read_rows()
    if stored is None:
        from .compose import compose

        _, now, stored = store.write(compose(pack_files(packs, builtin=builtin)))
        if now != digest:
            raise UsageError("the rule packs were changed while they were in use; start again")
    return stored


def _rule(row: bytes) -> Rule:
    from .rows import restore  # wanted only where something matches

    return restore(row)


def describe(
    rule_set: RuleSet, rules: Sequence[Rule], wanted: Collection[str] | None = None
) -> dict[str, Rule]:
    """`rules` (of `rule_set`, perhaps changed by a selection) by id, with the documentation that the packs give them.

    With `wanted`, those with these ids. Raises DocumentError if the cache has lost them and a pack is malformed now.
    """
    chosen = [rules[at] for at, id in enumerate(ids(rules)) if wanted is None or id in wanted]
    rows = rule_set.store.read_whole()
    if rows is not None:
        places = {id: at for at, id in enumerate(ids(rule_set.rules))}
        whole = [_rule(rows[places[rule.id]]) for rule in chosen]
    else:
        from .compose import compose

        whole = [d.rule for d in compose(pack_files(rule_set.packs, builtin=rule_set.builtin))]
    known = {rule.id: rule for rule in whole}
    return {rule.id: _documented(rule, known.get(rule.id, rule)) for rule in chosen}


def _documented(rule: Rule, known: Rule) -> Rule:
    if (rule.severity, rule.part) == (known.severity, known.part):
        return known
    return known._replace(severity=rule.severity, part=rule.part)


def literals_of(rule_set: RuleSet) -> dict[str, tuple[Literal, ...] | None]:
    """What `width.literals` says, by `pattern_key`, for all rules of the packs; from the cache where that is possible."""
    stored = rule_set.store.read_literals()
    if stored is None or len(stored) != len(rule_set.rules):
        from .width import literals

        stored = [literals(rule.pattern) for rule in rule_set.rules]
    return dict(zip(pattern_keys(rule_set.rules), stored, strict=True))


def builtin_directory() -> str:
    """Where the rules that come with leakscan are: in the installed package, or in the checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "rules")
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(package), "rules")


def pack_files(packs: Sequence[Path], *, builtin: bool) -> list[tuple[str, bytes]]:
    """Name and content of every file of the packs, in the order in which they count.

    Raises DocumentError where something cannot be read.
    """
    problems: list[Problem] = []
    found: list[tuple[str, bytes]] = []
    for pack in ([builtin_directory()] if builtin else []) + [os.fspath(pack) for pack in packs]:
        try:
            files = _files(pack)
            if not files:
                problems.append(Problem(pack, 0, "", "no rule pack in here; expected files named *.yaml"))
            for file in files:
                with open(file, "rb") as handle:
                    found.append((file, handle.read()))
        except OSError as e:
            problems.append(Problem(str(e.filename or pack), 0, "", f"cannot be read: {e.strerror}"))
    if problems:
        raise DocumentError(problems)
    return found


def _store(packs: Sequence[Path], *, builtin: bool) -> cache.Store:
    """The cache of these packs, by the names of all their files, each with what tells its version: the content of the
    user's own, size and time of change of the built-in ones (as Python does for its own files), which need not be read
    that way. Of those that came with a build, what tells that from others."""
    own = pack_files(packs, builtin=False) if packs else []
    if not builtin:
        return cache.Store.of(own)
    directory = builtin_directory()
    build = prebuilt.stamp(directory)
    if build is not None:
        return cache.Store.of(own, build)
    with os.scandir(directory) as entries:
        stats = [(e.path, e.stat()) for e in entries if e.name.endswith(_SUFFIXES)]
    versions = [
        (path, f"{stat.st_size} {stat.st_mtime_ns}".encode())
        for path, stat in sorted(stats, key=lambda s: s[0])
    ]
    return cache.Store.of(versions + own)


def _files(pack: str) -> list[str]:
    if not os.path.isdir(pack):
        return [pack]
    names = sorted(name for name in os.listdir(pack) if name.endswith(_SUFFIXES))
    return [os.path.join(pack, name) for name in names]
