"""detect-secrets: `.secrets.baseline`, of version 0.x and 1.x and IBM's fork.

https://github.com/Yelp/detect-secrets/blob/master/docs/design.md
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from . import convert, files
from .outcome import Known, NewAllow, line_of, place, strings, tables

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from .outcome import Bag

_SHA1 = re.compile(r"[0-9a-f]{40}")
_AUDITED = {"True": "real", "False": "false alarm"}
_FILES = "detect_secrets.filters.regex.should_exclude_file"
_LINES = "detect_secrets.filters.regex.should_exclude_line"
_SECRETS = "detect_secrets.filters.regex.should_exclude_secret"
# Filters that leakscan has in its own way.
_OWN = (
    "detect_secrets.filters.allowlist.",
    "detect_secrets.filters.common.",
    "detect_secrets.filters.heuristic.",
)


def baseline(bag: Bag, path: Path, ids: Collection[str]) -> None:
    """Settings and results. `ids`: of leakscan's built-in rules."""
    text = files.read(bag, path)
    if text is None:
        return
    name = bag.name(path)
    document = files.json(bag, name, text)
    if not isinstance(document, dict):
        return
    for plugin in tables(document.get("plugins_used")):
        _plugin(bag, name, text, plugin, ids)
    for entry in tables(document.get("filters_used")):
        _filter(bag, name, text, entry)
    old = document.get("exclude")
    if isinstance(old, dict):
        _filter(bag, name, text, {"path": _FILES, "pattern": old.get("files")})
        _filter(bag, name, text, {"path": _LINES, "pattern": old.get("lines")})
    if (document.get("word_list") or {}).get("file"):
        bag.leave(name, "word_list", "leakscan tells words from secrets by itself")
    bag.known += results(bag, name, text, document)
    convert.exclude(bag, ["/" + re.sub(r"([*?!#\[\]\\ ])", r"\\\1", name)])
    bag.change(name, "the file", "is not scanned: it holds hashes of secrets, which look like secrets")


def results(bag: Bag, name: str, text: str, document: dict[str, Any]) -> list[Known]:
    """The findings of a baseline or of a scan's output."""
    found = []
    at = 0
    for file, entries in (document.get("results") or {}).items():
        for entry in tables(entries):
            hashed = str(entry.get("hashed_secret") or "")
            at = max(at, text.find(hashed, at))
            where = place(name, line_of(text, hashed, at))
            if not _SHA1.fullmatch(hashed):
                bag.leave(where, f"{file}: {entry.get('type')}", "has no hash of its secret")
                continue
            line = entry.get("line_number")
            verdict = _AUDITED.get(str(entry.get("is_secret")), "")
            found.append(
                Known(
                    where=where,
                    reason=f"Known before{f', audited as {verdict}' if verdict else ''} (from {name})",
                    rule=str(entry.get("type") or ""),
                    path=os.fsencode(str(file).replace("\\", "/").removeprefix("./")),
                    line=line if isinstance(line, int) and line > 0 else None,
                    hash=("sha1", hashed),
                )
            )
    return found


def _plugin(bag: Bag, name: str, text: str, plugin: dict[str, Any], ids: Collection[str]) -> None:
    kind = str(plugin.get("name") or "")
    where = place(name, line_of(text, f'"{kind}"'))
    if plugin.get("path"):
        bag.leave(
            where,
            f"plugin {kind}",
            f"is a program ({plugin['path']}); write its pattern as a rule: `leakscan rules new`",
        )
        return
    if plugin.get("keyword_exclude"):
        bag.leave(
            where,
            f"plugin {kind}, keyword_exclude {plugin['keyword_exclude']}",
            "leakscan judges values, not their lines",
        )
    for key in ("limit", "base64_limit", "hex_limit"):
        if key in plugin:
            bag.change(
                where,
                f"plugin {kind}, {key} {plugin[key]}",
                "leakscan measures how unlike text a value is instead",
            )


def _filter(bag: Bag, name: str, text: str, entry: dict[str, Any]) -> None:
    path = str(entry.get("path") or "")
    patterns = [p for p in strings(entry.get("pattern")) if p]
    where = place(name, line_of(text, path))
    reason = f"Excluded before (from {name})"
    if path == _FILES:
        convert.exclude(bag, convert.paths(bag, where, patterns))
    elif path == _SECRETS:
        for expression in convert.conditions(bag, where, patterns, "python", what="excluded"):
            convert.allow(bag, NewAllow(reason, regex=expression))
    elif path == _LINES:
        for expression in convert.conditions(bag, where, patterns, "python", what="excluded line"):
            bag.known.append(Known(where=where, reason=reason, text=expression))
            bag.change(
                where, f"lines with {expression}", "what they hold now is known; in new lines it is reported"
            )
    elif path and not path.startswith(_OWN):
        bag.leave(where, f"filter {path}", "is a program, or has no counterpart")
