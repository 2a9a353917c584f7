"""Reads baselines; says everything that is wrong with one at once, each with its line."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from leakscan.model.errors import DocumentError, Problem
from leakscan.model.finding import Scope
from leakscan.model.text import escape

from .entries import VERDICTS, Baseline, Entry
from .positions import Object, Syntax, parse
from .write import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
_SALT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID = re.compile(r"hmac-sha256:[0-9a-f]{64}")
_HEAD = ("schema", "salt", "scope", "findings")
_ENTRY = ("id", "rule", "reason", "verdict")


def load(path: str | os.PathLike[str]) -> Baseline:
    """The baseline in the file `path`.

    Entries may come in any order and more than once, as a merge leaves them.
    Raises `DocumentError` with everything that is wrong.
    """
    file = escape(os.fsencode(path))
    try:
        text = Path(path).read_bytes().decode()
    except FileNotFoundError:
        raise _error(file, 0, "", "there is no such baseline; `leakscan baseline create` makes one") from None
    except OSError as e:
        raise _error(file, 0, "", f"cannot be read: {e.strerror}") from e
    except UnicodeDecodeError as e:
        line = e.object.count(b"\n", 0, e.start) + 1
        raise _error(
            file, line, "", "not UTF-8, so no baseline; restore it from git or create it anew"
        ) from e
    lines = [match.start() for match in re.finditer("\n", text)]
    conflicts = [Problem(file, _line(lines, m.start()), "", _MERGE) for m in _CONFLICT.finditer(text)]
    if conflicts:
        raise DocumentError(conflicts)
    try:
        document = parse(text)
    except Syntax as e:
        raise _error(file, _line(lines, e.at), "", f"not JSON: {e.message}") from e
    reader = _Reader(file, lines)
    baseline = reader.baseline(document)
    if reader.problems:
        raise DocumentError(sorted(reader.problems, key=lambda problem: problem.line))
    return baseline


_MERGE = (
    "a merge left its conflict here; keep the entries of both sides (and one side's salt), "
    "then `leakscan baseline update` puts them in order"
)


class _Reader:
    """Takes a document apart, noting what is wrong with it."""

    def __init__(self, file: str, lines: list[int]) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._lines = lines

    def baseline(self, document: Object) -> Baseline:
        self._keys(document, _HEAD, "")
        if (schema := self._string(document, "schema", "")) not in (SCHEMA, None):
            self._note(document, "schema", "", f"{schema!r} is not {SCHEMA!r}; a newer leakscan may know it")
        salt = self._string(document, "salt", "") or ""
        if "salt" in document.values and not _SALT.fullmatch(salt):
            self._note(
                document, "salt", "", "must be like a UUID (8-4-4-4-12 hex digits); restore it from git"
            )
        scope = self._string(document, "scope", "")
        if scope is not None and scope not in get_args(Scope):
            self._note(document, "scope", "", f"must be one of {', '.join(get_args(Scope))}")
        entries = tuple({entry.id: entry for entry in sorted(self._entries(document))}.values())
        return Baseline(
            salt=b"" if self.problems else bytes.fromhex(salt.replace("-", "")),
            scope=cast("Scope", scope),
            entries=entries,
        )

    def _entries(self, document: Object) -> Iterator[Entry]:
        found = document.values.get("findings")
        if not isinstance(found, list):
            if "findings" in document.values:
                self._note(document, "findings", "", "must be a list of entries")
            return
        for n, entry in enumerate(found):
            key = f"findings[{n}]"
            if not isinstance(entry, Object):
                self._problem(
                    document.places["findings"], key, 'must be an object such as {"id": …, "rule": …}'
                )
            elif entry.values or entry.repeated:
                yield self._entry(entry, key)

    def _entry(self, entry: Object, key: str) -> Entry:
        self._keys(entry, _ENTRY, key, optional=("reason", "verdict"))
        id = self._string(entry, "id", key)
        if id is not None and not _ID.fullmatch(id):
            self._note(entry, "id", key, "must be hmac-sha256: and 64 hex digits")
        rule, reason = self._string(entry, "rule", key), self._string(entry, "reason", key)
        verdict = self._string(entry, "verdict", key)
        if verdict is not None and verdict not in VERDICTS:
            self._note(entry, "verdict", key, f"must be one of {', '.join(VERDICTS)}")
        return Entry(id or "", rule or "", reason or "", verdict or "")

    def _keys(self, value: Object, known: tuple[str, ...], key: str, optional: tuple[str, ...] = ()) -> None:
        """Notes keys that are unknown, missing or there twice."""
        for name in value.values:
            if name not in known:
                self._note(value, name, key, f"unknown key; there are {', '.join(known)}")
        for name in known:
            if name not in value.values and name not in optional:
                self._note(value, name, key, "missing")
        for name, at in value.repeated:
            why = (
                "; two baselines were merged that know nothing of each other: keep one"
                if name == "salt"
                else ""
            )
            self._problem(at, _join(key, name), f"there twice{why}")

    def _string(self, value: Object, name: str, key: str) -> str | None:
        """The text under `name`. None where there is none, noted where there is something else."""
        found: Any = value.values.get(name)
        if name in value.values and not isinstance(found, str):
            self._note(value, name, key, "must be a text")
            return None
        return cast("str | None", found)

    def _note(self, value: Object, name: str, key: str, message: str) -> None:
        self._problem(value.places.get(name, value.at), _join(key, name), message)

    def _problem(self, at: int, key: str, message: str) -> None:
        self.problems.append(Problem(self._file, _line(self._lines, at), key, message))


def _join(key: str, name: str) -> str:
    name = escape(name.encode("utf-8", "backslashreplace"))
    return f"{key}.{name}" if key else name


def _line(lines: list[int], at: int) -> int:
    """The line (from 1) of the character at offset `at`; `lines` are the offsets of the line breaks."""
    return bisect_left(lines, at) + 1


def _error(file: str, line: int, key: str, message: str) -> DocumentError:
    return DocumentError([Problem(file, line, key, message)])
