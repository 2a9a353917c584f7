"""Parsed rules on disk, so that a scan need not read YAML, nor take patterns apart.

Two files for one set of packs: what detection needs, and the whole rules, which only reports want. Both are JSON behind
a checksum; what does not check out is rebuilt without a word. No secret is in them: examples are templates.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from leakscan.model.cached import read_cache, write_cache
from leakscan.model.digest import blake2b
from leakscan.model.rule import Allow, Requirement, Rotation, Rule

from .shape import Literal, Shape
from .stored import Fact, Opening, StoredRules, movable, pattern_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.model.rule import Confidence

    from .schema import Definition

_DOCUMENTATION = frozenset(("description", "examples", "counterexamples", "rotate", "references"))
_FIELDS = Rule._fields
_DEFAULTS = Rule._field_defaults
_TUPLES = (
    "keywords",
    "checks",
    "paths",
    "exclude_paths",
    "examples",
    "counterexamples",
    "references",
    "tags",
)


class Store:
    """The cache of one set of pack files (name, and what tells one version of it from another)."""

    def __init__(self, files: Sequence[tuple[str, bytes]]) -> None:
        digest = blake2b(_code(), digest_size=16)
        for name, content in files:
            digest.update(f"\0{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
        self._key = digest.hexdigest()

    def read(self) -> tuple[StoredRules, str] | None:
        """Rules without documentation, and the digest; None if they are not there as they were written.

        A line of facts about all of them comes first, then a line for each rule, which is parsed when it is wanted.
        """
        body = self._body("rules")
        if body is None:
            return None
        head, *rows = body.split(b"\n")
        digest, facts = json.loads(head)
        return StoredRules([_fact(*fact) for fact in facts], rows, _from_line), digest

    def read_whole(self) -> list[Rule] | None:
        """Rules with their documentation."""
        body = self._body("rules-whole")
        return None if body is None else [_restore(row) for row in json.loads(body)]

    def read_literals(self) -> list[tuple[Literal, ...] | None] | None:
        """What `width.literals` says of every rule."""
        body = self._body("rules-literals")
        if body is None:
            return None
        return [
            None if some is None else tuple(Literal(text.encode("latin-1"), end) for text, end in some)
            for some in json.loads(body)
        ]

    def write(self, definitions: Sequence[Definition]) -> tuple[StoredRules, str]:
        """Store all of it, where that is possible; what `read` then says."""
        rows = [_dump(_reduce(d.rule, _DOCUMENTATION)) for d in definitions]
        digest = blake2b(b"\n".join(rows), digest_size=16).hexdigest()
        facts = [_fact_of(d) for d in definitions]
        self._write("rules", b"\n".join([_dump([digest, facts]), *rows]))
        self._write("rules-whole", _dump([_reduce(d.rule, frozenset()) for d in definitions]))
        literals = [d.prepared.literals for d in definitions]
        texts = [some and [(text.decode("latin-1"), end) for text, end in some] for some in literals]
        self._write("rules-literals", _dump(texts))
        return StoredRules(facts, rows, _from_line), digest

    def _body(self, kind: str) -> bytes | None:
        content = read_cache(self._name(kind))
        if content is None:
            return None
        head, _, body = content.partition(b"\n")
        return body if head == self._seal(body) else None

    def _write(self, kind: str, body: bytes) -> None:
        write_cache(self._name(kind), self._seal(body) + b"\n" + body)

    def _name(self, kind: str) -> str:
        return f"{kind}-{self._key}.json"

    def _seal(self, body: bytes) -> bytes:
        return blake2b(body, digest_size=16, key=self._key.encode()).hexdigest().encode()


def _fact_of(definition: Definition) -> Fact:
    rule = definition.rule
    requires = tuple(requirement.rule for requirement in rule.requires)
    key = pattern_key(rule.pattern)
    opening = Opening.of(rule)
    return Fact(rule.id, rule.confidence, movable(rule), requires, key, definition.prepared.shape, opening)


def _fact(
    id: str,
    confidence: Confidence,
    movable: bool,
    requires: list[str],
    pattern: str,
    shape: list[int],
    opening: tuple[bool, list[str]],
) -> Fact:
    generic, starts = opening
    known = Opening(generic, tuple(starts))
    return Fact(id, confidence, movable, tuple(requires), pattern, Shape(*shape), known)


def _code() -> bytes:
    """What tells one version of the code that reads packs from another; cheaper than the version of the package."""
    with os.scandir(os.path.dirname(__file__)) as entries:
        stats = sorted(
            (e.name, e.stat().st_size, e.stat().st_mtime_ns) for e in entries if e.name.endswith(".py")
        )
    return repr(stats).encode()


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _reduce(rule: Rule, without: frozenset[str]) -> dict[str, Any]:
    """The fields that are not at their defaults, as JSON knows them."""
    row: dict[str, Any] = {}
    for name in _FIELDS:
        value = getattr(rule, name)
        if name in without or (name in _DEFAULTS and value == _DEFAULTS[name]):
            continue
        if name == "allow":
            value = [value.secrets, value.lines, value.words]
        elif name == "rotate":
            value = [value.url, value.steps]
        row[name] = value
    return row


def _from_line(line: bytes) -> Rule:
    return _restore(json.loads(line))


def _restore(row: dict[str, Any]) -> Rule:
    for name in row.keys() & _TUPLES:
        row[name] = tuple(row[name])
    if "requires" in row:
        row["requires"] = tuple(Requirement(*some) for some in row["requires"])
    if "allow" in row:
        secrets, lines, words = map(tuple, row["allow"])
        row["allow"] = Allow(secrets=secrets, lines=lines, words=words)
    if "rotate" in row:
        url, steps = row["rotate"]
        row["rotate"] = Rotation(url=url, steps=tuple(steps))
    row.setdefault("description", "")
    return Rule(**row)
