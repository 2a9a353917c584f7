"""An automaton made of prebuilt ones, for rules that are not exactly those of any: a few were left out, or brought along.

To compile one takes seconds, which a scan in CI would spend each time. So the hits of rules that are not wanted are
dropped, and the rules that nobody knew beforehand get a small automaton of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leakscan.model.cached import read_cache, write_cache

from .automaton import Hits, Table, Vectorised, load_cached, part
from .decode.marks import MARKS
from .places_twin import CLASS, ROW

if TYPE_CHECKING:
    from leakscan.model.rule import Rule

    from .automaton import LiteralsOf

_INDEX = "automata.txt"
_MANY = 64  # rules that an automaton of their own is compiled for soon enough
_NOBODYS = -1


class Several:
    """The automata `parts` as one over `count` rules; each comes with what its numbers are among these, `_NOBODYS` for what
    is of no interest. Marks are numbered on from the last rule of each."""

    def __init__(self, parts: Sequence[tuple[Vectorised, Sequence[int]]], count: int) -> None:
        rows = [ROW.pack(0, 0, 0, 0, 0, 0)] * count
        classes = b""
        always: list[int] = []
        for automaton, places in parts:
            shift = len(classes) // CLASS
            for row, place in zip(ROW.iter_unpack(automaton.table.rows), places, strict=False):
                if place != _NOBODYS:
                    rows[place] = ROW.pack(*row[:5], row[5] + shift)
            classes += automaton.table.classes
            always += [places[rule] for rule in automaton.always if places[rule] != _NOBODYS]
        self._parts = tuple(parts)
        self.table = Table(b"".join(rows), classes)
        self.always = tuple(sorted(always))
        self.reach = max(automaton.reach for automaton, _ in parts)

    def hits(self, text: bytes) -> Hits:
        found: Hits = []
        for automaton, places in self._parts:
            found += [
                (place, end) for rule, end in automaton.hits(text) if (place := places[rule]) != _NOBODYS
            ]
        return found


def of_prebuilt(
    rules: Sequence[Rule], keys: Sequence[str], literals: LiteralsOf, hyperscan: Any
) -> Several | None:
    """An automaton over `rules`, whose `pattern_keys` are `keys`, where most are in one that was prebuilt and most of that
    one are wanted."""
    wanted: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        wanted.setdefault(key, []).append(place)
    best: tuple[int, str, list[str]] | None = None
    for name, known in _index():
        missing = len(wanted.keys() - set(known))
        useful = 2 * len(wanted) >= len(known) and missing <= _MANY
        if useful and (best is None or missing < best[0]):
            best = missing, name, known
    automaton = None if best is None else load_cached(best[1], len(best[2]), hyperscan)
    if best is None or automaton is None:
        return None
    places = [wanted[key].pop(0) if wanted.get(key) else _NOBODYS for key in best[2]]
    parts = [(automaton, [*places, *range(len(rules), len(rules) + len(MARKS))])]
    rest = sorted(place for some in wanted.values() for place in some)
    if len(rest) > _MANY:
        return None
    if rest:
        parts.append((part([rules[place] for place in rest], literals, hyperscan), rest))
    return Several(parts, len(rules))


def write_index(automata: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Note what is prebuilt: of each automaton its name, and the keys of its rules' patterns in their order."""
    write_cache(_INDEX, "\n".join(f"{name} {' '.join(keys)}" for name, keys in automata).encode())


def _index() -> list[tuple[str, list[str]]]:
    """What `write_index` noted; nothing where nothing is prebuilt."""
    lines = (read_cache(_INDEX) or b"").decode("ascii", "replace").splitlines()
    return [(name, keys) for name, *keys in map(str.split, lines)]
