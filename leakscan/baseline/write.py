"""Writes baselines so that git can merge them: an entry a line, sorted, nothing that changes by itself."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from leakscan.model.atomic import replace_file
from leakscan.model.errors import LeakscanError

if TYPE_CHECKING:
    from .entries import Baseline, Entry

SCHEMA = "leakscan-baseline/1"


def dump(baseline: Baseline) -> str:
    """`baseline` as the text of its file.

    The list ends with an empty entry, so that every line of a real one ends with a comma and lines can be added
    anywhere without a change to another. Ids have a name in front and the salt is written like a UUID, so that scanners
    (this one as well) do not take them for secrets.
    """
    salt = baseline.salt.hex()
    groups = "-".join((salt[:8], salt[8:12], salt[12:16], salt[16:20], salt[20:]))
    head = {"schema": SCHEMA, "salt": groups, "scope": baseline.scope}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    entries = "".join(f"\n{json.dumps(_value(entry))}," for entry in sorted(baseline.entries))
    return "{\n" + ",\n".join(lines) + f',\n"findings": [{entries}\n{{}}\n]}}\n'


def save(baseline: Baseline, path: str | os.PathLike[str]) -> None:
    """Put `baseline` into the file `path`, whole or not at all. Raises `LeakscanError` where that is impossible."""
    try:
        replace_file(path, [dump(baseline).encode()])
    except OSError as e:
        raise LeakscanError(f"the baseline cannot be written to {os.fspath(path)!r}: {e.strerror}") from e


def _value(entry: Entry) -> dict[str, str]:
    said = {"verdict": entry.verdict, "reason": entry.reason}
    return {"id": entry.id, "rule": entry.rule, **{key: value for key, value in said.items() if value}}
