"""Parsed rules on disk, so that a scan need not read YAML, nor take patterns apart.

Two files for one set of packs: what detection needs, and the whole rules, which only reports want. Both are JSON behind
a checksum; what does not check out is rebuilt without a word. No secret is in them: examples are templates.
"""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from leakscan.model.cached import read_cache, write_cache
from leakscan.model.rule import Allow, Requirement, Rotation, Rule

from .stored import StoredRules
from .width import Literal, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .schema import Definition

_DOCUMENTATION = frozenset(("description", "examples", "counterexamples", "rotate", "references"))
_FIELDS = tuple(Rule.__dataclass_fields__)
_DEFAULTS = {name: field.default for name, field in Rule.__dataclass_fields__.items()}
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

    def read(self) -> tuple[StoredRules, list[Shape], str] | None:
        """Rules without documentation, their shapes, and the digest; None if they are not there as they were written."""
        stored = self._read("rules")
        if stored is None:
            return None
        rules = StoredRules(stored["rules"], _restore)
        return rules, [Shape(*s) for s in stored["shapes"]], stored["digest"]

    def read_whole(self) -> list[Rule] | None:
        """Rules with their documentation."""
        stored = self._read("rules-whole")
        return None if stored is None else [_restore(row) for row in stored]

    def read_literals(self) -> list[tuple[Literal, ...] | None] | None:
        """What `width.literals` says of every rule."""
        stored = self._read("rules-literals")
        if stored is None:
            return None
        return [
            None if some is None else tuple(Literal(text.encode("latin-1"), end) for text, end in some)
            for some in stored
        ]

    def write(self, definitions: Sequence[Definition]) -> str:
        """Store all of it, where that is possible; the digest of what decides detection."""
        bare = [_reduce(d.rule, _DOCUMENTATION) for d in definitions]
        digest = blake2b(_dump(bare), digest_size=16).hexdigest()
        shapes = [d.prepared.shape for d in definitions]
        self._write("rules", {"digest": digest, "rules": bare, "shapes": shapes})
        self._write("rules-whole", [_reduce(d.rule, frozenset()) for d in definitions])
        literals = [d.prepared.literals for d in definitions]
        texts = [some and [(text.decode("latin-1"), end) for text, end in some] for some in literals]
        self._write("rules-literals", texts)
        return digest

    def _read(self, kind: str) -> Any:
        content = read_cache(self._name(kind))
        if content is None:
            return None
        head, _, body = content.partition(b"\n")
        return json.loads(body) if head == self._seal(body) else None

    def _write(self, kind: str, value: Any) -> None:
        body = _dump(value)
        write_cache(self._name(kind), self._seal(body) + b"\n" + body)

    def _name(self, kind: str) -> str:
        return f"{kind}-{self._key}.json"

    def _seal(self, body: bytes) -> bytes:
        return blake2b(body, digest_size=16, key=self._key.encode()).hexdigest().encode()


def bare(rules: Iterable[Rule]) -> StoredRules:
    """`rules` as detection sees them: without documentation."""
    return StoredRules([_reduce(rule, _DOCUMENTATION) for rule in rules], _restore)


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
        if name in without or value == _DEFAULTS[name]:
            continue
        if name == "allow":
            value = [value.secrets, value.lines, value.words]
        elif name == "rotate":
            value = [value.url, value.steps]
        row[name] = value
    return row


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
