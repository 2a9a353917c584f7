"""The fast pass: one automaton over the bytes says "rule R may match near here".

Three of a kind, all with the same promise — for every match of a rule's pattern that starts at `s`, some hit `(rule, e)`
is reported with `s + near(rule) <= e <= s + lead(rule)`:

- `Vectorised`: Hyperscan over the stand-ins of all patterns (https://intel.github.io/hyperscan/). Compiled once, then
  loaded from the user's cache in under a millisecond.
- the same over the patterns' literals: compiled in milliseconds; for a small scan that meets a cold cache.
- `LiteralSearch`: `bytes.find` over the literals; where no Hyperscan is installed.

Beside the rules each knows the marks of what may be encoded (`decode.marks`), numbered on from the last rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from leakscan.model.cached import read_cache, write_cache
from leakscan.model.digest import blake2b
from leakscan.model.record import NamedTuple
from leakscan.rulepack.stored import pattern_keys

from .decode.marks import COMPILED, ENCODED, MARKS, WIDEST, MarkSearch, encoded
from .places import taker
from .places_twin import ROW

if TYPE_CHECKING:
    from leakscan.model.rule import Rule
    from leakscan.rulepack.shape import Literal as RequiredLiteral

    from .decode.marks import Mark
    from .must import Run
    from .standin import StandIn

Literals: TypeAlias = "tuple[RequiredLiteral, ...] | None"
LiteralsOf: TypeAlias = "Callable[[str], Literals]"
TakenApart: TypeAlias = "Callable[[str], tuple[StandIn | None, Run | None]]"
Hits: TypeAlias = list[tuple[int, int]]  # (rule index, end offset of the hit)
FORMAT = "7"


class Table(NamedTuple):
    """What `places.starts` wants to know of the rules."""

    rows: bytes
    classes: bytes = b""


class Automaton(Protocol):
    """See the module. `always` lists the rules that it cannot speak for: the caller runs their patterns everywhere."""

    @property
    def table(self) -> Table:
        """Where matches start near a hit; the leads are in it."""
        ...

    @property
    def always(self) -> tuple[int, ...]: ...

    @property
    def reach(self) -> int:
        """Bytes before its end that a hit can depend on, at most."""
        ...

    def hits(self, text: bytes) -> Hits:
        """Every hit in `text`, in no particular order; duplicates possible."""
        ...


class Vectorised:
    """Hyperscan over stand-ins. Not picklable; every process makes its own."""

    def __init__(
        self, database: Any, table: Table, always: tuple[int, ...], reach: int, *, marks: bool = True
    ) -> None:
        """`marks`: whether the database knows those that a database has to know; then the others are looked for beside."""
        self._scan: Callable[..., None] = database.scan
        self._count = len(table.rows) // ROW.size
        self._marks = marks and COMPILED
        self.table = table
        self.always = always
        self.reach = reach

    def hits(self, text: bytes) -> Hits:
        found: Hits = []
        self._scan(text, match_event_handler=taker(found))
        if self._marks:
            encoded(text, self._count, found)
        return found


class LiteralSearch:
    """`bytes.find` for every literal: no dependency, the slowest."""

    def __init__(self, literals: Sequence[Literals]) -> None:
        self.table = Table(b"".join(ROW.pack(*lead_of(some or ()), 0, 0, 0, 0) for some in literals))
        self.always = tuple(i for i, some in enumerate(literals) if not some)
        self.marks = MarkSearch(len(literals))
        by_text: dict[bytes, list[int]] = {}
        for rule, some in enumerate(literals):
            for literal in some or ():
                by_text.setdefault(literal.text, []).append(rule)
        self.rules_by_text = tuple((text, tuple(dict.fromkeys(rules))) for text, rules in by_text.items())
        self.reach = max(map(len, by_text), default=0) + WIDEST

    def hits(self, text: bytes) -> Hits:
        lowered = text.lower()
        found: Hits = self.marks.hits(text)
        for literal, rules in self.rules_by_text:
            at = lowered.find(literal)
            while at >= 0:
                end = at + len(literal)
                found.extend((rule, end) for rule in rules)
                at = lowered.find(literal, at + 1)
        return found


Kind = Literal["full", "quick"]


def build(rules: Sequence[Rule], literals: LiteralsOf, kind: Kind) -> Automaton:
    """An automaton over the patterns of `rules`; rule indexes are positions in it.

    `kind` "full" compiles the stand-ins (seconds, once; then cached), "quick" takes the full one only where it is cached
    already, and the literals otherwise. Without Hyperscan both give a `LiteralSearch`.
    """
    try:
        import hyperscan
    except ImportError:
        return LiteralSearch([literals(rule.pattern) for rule in rules])
    if not rules:
        return LiteralSearch(())
    keys = pattern_keys(rules)
    automaton = load_cached(_key(keys, hyperscan), len(rules), hyperscan)
    if automaton is not None:
        return automaton
    from .several import of_prebuilt

    several = of_prebuilt(rules, keys, literals, hyperscan)
    if several is not None:
        return several
    if kind == "quick":
        return _quick([literals(rule.pattern) for rule in rules], hyperscan)
    return _compile([rule.pattern for rule in rules], literals, _key(keys, hyperscan), hyperscan)


def prebuild(selections: Sequence[Sequence[Rule]], literals: LiteralsOf) -> None:
    """Cache an automaton of each selection of rules, and in what order they are: others are made of these where that is
    possible, and of the first sooner than of the next. Raises ImportError without Hyperscan."""
    from functools import cache

    import hyperscan

    from .expressions import taken_apart
    from .several import write_index

    keys = [pattern_keys(rules) for rules in selections]
    known = cache(taken_apart)  # most rules are in all of them
    for rules, some in zip(selections, keys, strict=True):
        patterns = [rule.pattern for rule in rules]
        _compile(patterns, literals, _key(some, hyperscan), hyperscan, taken_apart=known)
    write_index([(_key(some, hyperscan), some) for some in keys])


def part(rules: Sequence[Rule], literals: LiteralsOf, hyperscan: Any) -> Vectorised:
    """An automaton of `rules` without any marks, to stand beside another one."""
    key = _key(pattern_keys(rules), hyperscan, marks=False)
    cached = load_cached(key, len(rules), hyperscan, marks=False)
    if cached is not None:
        return cached
    return _compile([rule.pattern for rule in rules], literals, key, hyperscan, marks=False)


def _key(keys: Sequence[str], hyperscan: Any, *, marks: bool = True) -> str:
    library = hyperscan.__version__
    text = " ".join([FORMAT, str(library), *keys, *(mark.pattern for _, mark in _marks() if marks)])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _marks() -> list[tuple[int, Mark]]:
    """The marks that the database has to know, with their numbers."""
    return list(enumerate(MARKS))[ENCODED if COMPILED else 0 :]


def _compile(
    patterns: Sequence[str],
    literals: LiteralsOf,
    key: str,
    hyperscan: Any,
    *,
    marks: bool = True,
    taken_apart: TakenApart | None = None,
) -> Vectorised:
    from . import expressions as made  # wanted only where nothing is cached

    parts = [(taken_apart or made.taken_apart)(pattern) for pattern in patterns]
    expressions, leads, always, reach = made.expressions(patterns, [stand for stand, _ in parts], literals)
    if marks:
        expressions += [made.Expression(len(patterns) + number, mark.pattern) for number, mark in _marks()]
        reach = max(reach, WIDEST)
    table = made.table([run for _, run in parts], leads)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[e.text.encode() for e in expressions],
        ids=[e.rule for e in expressions],
        elements=len(expressions),
        flags=0,
    )
    # Two files: the database is megabytes, and is handed on as it was read.
    write_cache(f"automaton-{key}.hs", hyperscan.dumpb(database))
    head = f"{table.rows.hex()};{table.classes.hex()};{','.join(map(str, always))};{reach}"
    write_cache(f"automaton-{key}.txt", head.encode())
    return Vectorised(database, table, always, reach, marks=marks)


def lead_of(literals: Sequence[RequiredLiteral]) -> tuple[int, int]:
    """Bytes from the start of a match to the end of the literal in it, at most and at least."""
    if not literals:
        return 0, 0
    return max(x.max_end for x in literals), min(len(x.text) for x in literals)


def load_cached(key: str, count: int, hyperscan: Any, *, marks: bool = True) -> Vectorised | None:
    """The automaton of `count` rules from the cache; None where it is not there as it was written, or is of another kind of
    processor: it is then built anew."""
    head, body = read_cache(f"automaton-{key}.txt"), read_cache(f"automaton-{key}.hs")
    if head is None or body is None:
        return None
    try:
        rows, classes, some, reach = head.decode("ascii").split(";")
        table = Table(bytes.fromhex(rows), bytes.fromhex(classes))
        always = tuple(int(n) for n in some.split(",") if n)
        database = hyperscan.loadb(body, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        automaton = Vectorised(database, table, always, int(reach), marks=marks)
    except (ValueError, hyperscan.HyperscanError):
        return None
    return automaton if len(table.rows) == count * ROW.size else None


def _quick(literals: Sequence[Literals], hyperscan: Any) -> Automaton:
    """Hyperscan over literals alone; its ids number literals, which rules share."""
    search = LiteralSearch(literals)
    texts = [text for text, _ in search.rules_by_text]
    rules = [some for _, some in search.rules_by_text]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=texts,
        ids=range(len(texts)),
        elements=len(texts),
        flags=hyperscan.HS_FLAG_CASELESS,
        literal=True,
    )
    return _Shared(database, search, rules)


class _Shared:
    def __init__(self, database: Any, search: LiteralSearch, rules: Sequence[tuple[int, ...]]) -> None:
        self._scan: Callable[..., None] = database.scan
        self._rules = rules
        self._marks = search.marks
        self.table = search.table
        self.always = search.always
        self.reach = search.reach

    def hits(self, text: bytes) -> Hits:
        literals: Hits = []
        self._scan(text, match_event_handler=taker(literals))
        found = self._marks.hits(text)
        found += [(rule, end) for expression, end in literals for rule in self._rules[expression]]
        return found
