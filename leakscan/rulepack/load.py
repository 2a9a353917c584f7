"""Rule packs from disk: YAML once, a cache after that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from leakscan.model.errors import DocumentError, Problem
from leakscan.model.rule import Rule

from . import cache
from .ruleset import RuleSet
from .width import Literal, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUFFIXES = (".yaml", ".yml")


def load(paths: Sequence[Path] = (), *, builtin: bool = True) -> RuleSet:
    """The built-in rules and those of the packs `paths` (YAML files, or directories of such).

    A pack may replace a rule of an earlier one by saying `override: true`. Raises DocumentError with all problems of
    all packs at once.
    """
    packs = tuple(paths)
    files = pack_files(packs, builtin=builtin)
    store = cache.Store(files)
    stored = store.read()
    if stored is None:
        whole, shapes, literals = _compose(files)
        digest = store.write(whole, shapes, literals)
        stored = [cache.bare(rule) for rule in whole], shapes, digest
    rules, shapes, digest = stored
    return RuleSet(tuple(rules), tuple(shapes), digest, packs, builtin)


def describe(rules: RuleSet) -> dict[str, Rule]:
    """The rules of the packs behind `rules` by id, with their documentation, just as the packs have them.

    Raises DocumentError if a pack has been changed since and is malformed now.
    """
    files = pack_files(rules.packs, builtin=rules.builtin)
    whole = cache.Store(files).read_whole()
    return {rule.id: rule for rule in (_compose(files)[0] if whole is None else whole)}


def literals_of(rules: RuleSet) -> dict[str, tuple[Literal, ...] | None]:
    """What `width.literals` says of the pattern of each rule, by id, from the cache where possible. Raises as above."""
    from .width import literals

    files = pack_files(rules.packs, builtin=rules.builtin)
    store = cache.Store(files)
    stored, known = store.read_literals(), store.read()
    if stored is None or known is None:
        return {rule.id: literals(rule.pattern) for rule in rules.rules}
    by_id = {rule.id: some for rule, some in zip(known[0], stored, strict=True)}
    return {rule.id: by_id[rule.id] for rule in rules.rules}


def builtin_directory() -> Path:
    """Where the rules that come with leakscan are: in the installed package, or in the checkout."""
    package = Path(__file__).parents[1]
    installed = package / "rules"
    return installed if installed.is_dir() else package.parent / "rules"


def pack_files(packs: Sequence[Path], *, builtin: bool) -> list[tuple[str, bytes]]:
    """Name and content of every file of the packs, in the order in which they count.

    Raises DocumentError where something cannot be read.
    """
    problems: list[Problem] = []
    found: list[tuple[str, bytes]] = []
    for pack in ((builtin_directory(),) if builtin else ()) + tuple(packs):
        try:
            for file in _files(pack):
                with open(file, "rb") as handle:
                    found.append((file, handle.read()))
        except OSError as e:
            problems.append(Problem(str(e.filename or pack), 0, "", f"cannot be read: {e.strerror}"))
    if problems:
        raise DocumentError(problems)
    return found


def _files(pack: Path) -> list[str]:
    if not pack.is_dir():
        return [str(pack)]
    names = sorted(name for name in os.listdir(pack) if name.endswith(_SUFFIXES))
    return [os.path.join(pack, name) for name in names]


_Composed = tuple[list[Rule], list[Shape], list[tuple[Literal, ...] | None]]


def _compose(files: Sequence[tuple[str, bytes]]) -> _Composed:
    from .compose import compose
    from .width import literals, measure

    rules = compose(files)
    return list(rules), [measure(r.pattern) for r in rules], [literals(r.pattern) for r in rules]
