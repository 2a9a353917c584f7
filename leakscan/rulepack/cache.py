"""Parsed rules on disk, so that a scan need not read YAML.

Two files for one set of packs: what detection needs, and the documentation besides, which only reports want. Both are
JSON behind a checksum; what does not check out is rebuilt without a word. No secret is in them: examples are templates.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from leakscan.model.rule import Allow, Requirement, Rotation, Rule

from .schema import SCHEMA

_DOCUMENTATION = frozenset(("description", "examples", "counterexamples", "rotate", "references"))
_FIELDS = tuple(Rule.__dataclass_fields__)


class Store:
    """The cache of one set of pack files (name, content)."""

    def __init__(self, files: Sequence[tuple[str, bytes]]) -> None:
        digest = blake2b(f"leakscan rules {SCHEMA}".encode(), digest_size=16)
        digest.update(_code())
        for name, content in files:
            digest.update(f"\0{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
        self._key = digest.hexdigest()

    def read(self, documentation: bool) -> tuple[tuple[Rule, ...], str] | None:
        """Rules and digest as `write` answered them; None if they are not there, or not as they were written."""
        try:
            with open(self._path(documentation), "rb") as handle:
                head, _, body = handle.read().partition(b"\n")
        except OSError:
            return None
        if head.decode("ascii", "replace") != _seal(self._key, body):
            return None
        stored = json.loads(body)
        return tuple(map(_restore, stored["rules"])), stored["digest"]

    def write(self, rules: Sequence[Rule], documentation: bool) -> tuple[tuple[Rule, ...], str]:
        """Store both forms where that is possible; answer the one that was asked for, and the digest of detection."""
        bare = [_reduce(rule, _DOCUMENTATION) for rule in rules]
        digest = blake2b(_dump(bare), digest_size=16).hexdigest()
        full = [_reduce(rule, frozenset()) for rule in rules]
        for with_documentation, rows in ((False, bare), (True, full)):
            body = _dump({"digest": digest, "rules": rows})
            _replace(self._path(with_documentation), _seal(self._key, body).encode() + b"\n" + body)
        return tuple(map(_restore, full if documentation else bare)), digest

    def _path(self, documentation: bool) -> str:
        return os.path.join(_directory(), f"rules-{self._key}{'-docs' if documentation else ''}.json")


def _code() -> bytes:
    """What tells one version of the code that reads packs from another, cheaper than the version of the package."""
    with os.scandir(os.path.dirname(__file__)) as entries:
        stats = sorted((e.name, e.stat().st_size, e.stat().st_mtime_ns) for e in entries if e.name.endswith(".py"))
    return repr(stats).encode()


def _directory() -> str:
    import platformdirs

    return platformdirs.user_cache_dir("leakscan", False)


def _seal(key: str, body: bytes) -> str:
    return blake2b(body, digest_size=16, key=key.encode()).hexdigest()


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _reduce(rule: Rule, without: frozenset[str]) -> dict[str, Any]:
    """The fields that are not at their defaults, as JSON knows them."""
    row: dict[str, Any] = {}
    for name in _FIELDS:
        value = getattr(rule, name)
        if name in without or value == Rule.__dataclass_fields__[name].default:
            continue
        if name == "allow":
            value = [value.secrets, value.lines, value.words]
        elif name == "rotate":
            value = [value.url, value.steps]
        row[name] = value
    return row


def _restore(row: dict[str, Any]) -> Rule:
    for name, value in row.items():
        if type(value) is list:
            row[name] = tuple(value)
    if "requires" in row:
        row["requires"] = tuple(Requirement(rule, lines) for rule, lines in row["requires"])
    if "allow" in row:
        secrets, lines, words = map(tuple, row["allow"])
        row["allow"] = Allow(secrets=secrets, lines=lines, words=words)
    if "rotate" in row:
        url, steps = row["rotate"]
        row["rotate"] = Rotation(url=url, steps=tuple(steps))
    row.setdefault("description", "")
    return Rule(**row)


def _replace(path: str, content: bytes) -> None:
    """Write a file that appears whole and is its user's alone; without a word where that is not possible."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
    except OSError:
        return
