"""Rule packs from disk: YAML once, a cache after that."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from leakscan.model.errors import DocumentError, Problem
from leakscan.model.rule import Rule

from . import cache

_SUFFIXES = (".yaml", ".yml")


class RuleSet(NamedTuple):
    """Rules, ready for a scan.

    `rules` carry what detection needs, and no documentation: description, examples, counterexamples, rotation and
    references are empty. `documented` has them. Picklable.
    """

    rules: tuple[Rule, ...]  # sorted by id
    digest: str  # hex; changes with all that decides what is detected
    packs: tuple[Path, ...] = ()
    builtin: bool = True

    def documented(self) -> dict[str, Rule]:
        """All rules of the packs by id, with their documentation, as the packs have them (nothing switched or changed).

        Raises DocumentError if a pack has been changed since and is malformed now.
        """
        return {rule.id: rule for rule in _load(self.packs, self.builtin, documentation=True)[0]}


def load(paths: Sequence[Path] = (), *, builtin: bool = True) -> RuleSet:
    """The built-in rules and those of the packs `paths` (YAML files, or directories of such).

    A pack may replace a rule of an earlier one by saying `override: true`. Raises DocumentError with all problems of
    all packs at once.
    """
    packs = tuple(paths)
    rules, digest = _load(packs, builtin, documentation=False)
    return RuleSet(rules, digest, packs, builtin)


def builtin_directory() -> Path:
    """Where the rules that come with leakscan are: in the installed package, or in the checkout."""
    package = Path(__file__).parents[1]
    installed = package / "rules"
    return installed if installed.is_dir() else package.parent / "rules"


def pack_files(packs: Sequence[Path], builtin: bool) -> list[tuple[str, bytes]]:
    """Name and content of every file of the packs, in the order in which they count.

    Raises DocumentError where something cannot be read.
    """
    problems: list[Problem] = []
    found: list[tuple[str, bytes]] = []
    for pack in ((builtin_directory(),) if builtin else ()) + tuple(packs):
        for file in _files(pack, problems):
            try:
                with open(file, "rb") as handle:
                    found.append((file, handle.read()))
            except OSError as e:
                problems.append(Problem(file, 0, "", f"cannot be read: {e.strerror}"))
    if problems:
        raise DocumentError(problems)
    return found


def _files(pack: Path, problems: list[Problem]) -> list[str]:
    if not pack.is_dir():
        return [str(pack)]
    names = sorted(name for name in os.listdir(pack) if name.endswith(_SUFFIXES))
    if not names:
        problems.append(Problem(str(pack), 0, "", "no rule pack in here; expected files named *.yaml"))
    return [os.path.join(pack, name) for name in names]


def _load(packs: tuple[Path, ...], builtin: bool, documentation: bool) -> tuple[tuple[Rule, ...], str]:
    files = pack_files(packs, builtin)
    store = cache.Store(files)
    stored = store.read(documentation)
    if stored is not None:
        return stored
    from .compose import compose

    rules = compose(files)
    return store.write(rules, documentation)
