"""Parsed rules on disk, so that a scan need not read YAML, nor take patterns apart.

Four files for one set of packs, by when they are wanted: the facts about all rules, at every start; the rules as
detection has them, where something matches; whole rules, in reports; literals, where no automaton is. Each stands behind
a checksum; what does not check out is rebuilt without a word. No secret is in them: examples are templates.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from leakscan.model.cached import read_cache, write_cache
from leakscan.model.digest import blake2b
from leakscan.model.record import NamedTuple

from .shape import Literal, Shape
from .stored import Facts, Opening, movable, pattern_key, required_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakscan.model.rule import Confidence

    from .schema import Definition


class Store(NamedTuple):
    """The cache of one set of pack files."""

    key: str  # hex

    @classmethod
    def of(cls, files: Sequence[tuple[str, bytes]], build: bytes | None = None) -> Store:
        """`files`: of each its name, and what tells one version of it from another. `build` says the same of the code
        that reads them, and of all built-in rules, which are then not among the files."""
        digest = blake2b(build or _code(), digest_size=16)
        for name, content in files:
            digest.update(f"\0{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
        return cls(digest.hexdigest())

    def read_facts(self) -> tuple[Facts, str] | None:
        """The facts, and the digest of the rows; None if they are not there as they were written."""
        body = self._body("facts")
        return None if body is None else _facts(body.decode())

    def read_rows(self) -> list[bytes] | None:
        """What `rows.restore` makes rules of, without documentation."""
        body = self._body("rules")
        return None if body is None else body.split(b"\n")

    def read_whole(self) -> list[bytes] | None:
        """The same with documentation."""
        body = self._body("rules-whole")
        return None if body is None else body.split(b"\n")

    def read_literals(self) -> list[tuple[Literal, ...] | None] | None:
        """What `width.literals` says of every rule."""
        import json

        body = self._body("rules-literals")
        if body is None:
            return None
        return [
            None if some is None else tuple(Literal(text.encode("latin-1"), end) for text, end in some)
            for some in json.loads(body)
        ]

    def write(self, definitions: Sequence[Definition]) -> tuple[Facts, str, list[bytes]]:
        """Store all of it, where that is possible; what `read_facts` and `read_rows` then say."""
        from .rows import dump, row

        rows = [row(d.rule, documented=False) for d in definitions]
        facts, digest = _facts_of(definitions), digest_of(rows)
        self._write("facts", _text(facts, digest).encode())
        self._write("rules", b"\n".join(rows))
        self._write("rules-whole", b"\n".join(row(d.rule, documented=True) for d in definitions))
        literals = [d.prepared.literals for d in definitions]
        texts = [some and [(text.decode("latin-1"), end) for text, end in some] for some in literals]
        self._write("rules-literals", dump(texts))
        return facts, digest, rows

    def _body(self, kind: str) -> bytes | None:
        content = read_cache(self._name(kind))
        if content is None:
            return None
        head, _, body = content.partition(b"\n")
        return body if head == self._seal(body) else None

    def _write(self, kind: str, body: bytes) -> None:
        write_cache(self._name(kind), self._seal(body) + b"\n" + body)

    def _name(self, kind: str) -> str:
        return f"{kind}-{self.key}.txt"

    def _seal(self, body: bytes) -> bytes:
        return blake2b(body, digest_size=16, key=self.key.encode()).hexdigest().encode()


def digest_of(rows: Sequence[bytes]) -> str:
    """Changes with everything that decides what is detected."""
    return blake2b(b"\n".join(rows), digest_size=16).hexdigest()


def _facts_of(definitions: Sequence[Definition]) -> Facts:
    rules = [d.rule for d in definitions]
    return Facts(
        ids=[rule.id for rule in rules],
        confidences=[rule.confidence for rule in rules],
        movable=[movable(rule) for rule in rules],
        required=required_ids(rules),
        patterns=[pattern_key(rule.pattern) for rule in rules],
        shapes=[d.prepared.shape for d in definitions],
        openings=[Opening.of(rule).text for rule in rules],
    )


def _text(facts: Facts, digest: str) -> str:
    """A line for each column, which is quicker to read than JSON; nothing in them has a semicolon or a line break."""
    texts = (facts.ids, facts.confidences, facts.required, facts.patterns, facts.openings)
    lines = [f"{digest} {len(facts.ids)}", *map(";".join, texts)]
    lines.append("".join("ny"[some] for some in facts.movable))
    lines.append(" ".join(str(number) for shape in facts.shapes for number in shape))
    return "\n".join(lines)


def _facts(text: str) -> tuple[Facts, str]:
    """What `_text` was made of."""
    head, *lines, moving, shapes = text.split("\n")
    digest, count = head.split(" ")
    ids, confidences, required, patterns, openings = (
        line.split(";") if count != "0" else [] for line in lines
    )
    numbers = map(int, shapes.split())
    return Facts(
        ids=ids,
        confidences=cast("list[Confidence]", confidences),
        movable=[some == "y" for some in moving],
        required=required,
        patterns=patterns,
        shapes=[Shape(*four) for four in zip(numbers, numbers, numbers, numbers, strict=True)],
        openings=openings,
    ), digest


def _code() -> bytes:
    """What tells one version of the code that reads packs from another; cheaper than the version of the package."""
    with os.scandir(os.path.dirname(__file__)) as entries:
        stats = sorted(
            (e.name, e.stat().st_size, e.stat().st_mtime_ns) for e in entries if e.name.endswith(".py")
        )
    return repr(stats).encode()
