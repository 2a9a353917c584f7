"""Changing the allow-list in the text of `.leakscan.yml`: everything else stays as it is written, comments too."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscan.model.errors import Refused

from .parse import parse_config

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .settings import Allowed, Config

_PLAIN = re.compile(
    r"(?!(?:null|true|false)\Z)[a-z0-9][a-z0-9-]*"
)  # what needs no quotes: fingerprints and dates
_BY_HAND = "change the file by hand"


def add(content: bytes, name: str, base: Path, entry: Mapping[str, str]) -> bytes:
    """`content` (YAML, "" for a new file) with one more entry at the end of `allow`, keys and values as documented.

    `name` is how problems call the file, `base` its directory. Raises DocumentError where what is there or the entry is
    malformed, Refused (with the text to paste) where the file is written so that an entry cannot be put in.
    """
    before = parse_config(content, name, base)
    text = content.decode("utf-8-sig")
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    root, key, allow = _allow(text)
    if root is not None and root.flow_style:
        raise Refused(
            f"{name}: the file is written in brackets; {_BY_HAND}, and add to allow:\n{_block(entry, 0)}"
        )
    if allow is None:
        lines.append(f"allow:\n{_block(entry, 0)}")
    elif not _is_list(allow):  # a key without a value
        lines.insert(key.end_mark.line + 1, _block(entry, 0))
    elif allow.flow_style:
        end = allow.end_mark.index - 1
        comma = ", " if allow.value else ""
        lines = [f"{text[:end]}{comma}{{{_flow(entry)}}}{text[end:]}"]
    else:
        lines.insert(_last_line(allow.value[-1]) + 1, _block(entry, allow.start_mark.column))
    return _checked("".join(lines).encode(), name, base, before, [*map(_essence, before.allow), None])


def remove(content: bytes, name: str, base: Path, places: Collection[int]) -> bytes:
    """`content` without the entries of `allow` with these numbers (from 0). Raises as `add` does."""
    before = parse_config(content, name, base)
    text = content.decode("utf-8-sig")
    _, _, allow = _allow(text)
    if allow is None or not _is_list(allow) or not places:
        return content
    if allow.flow_style:
        where = ", ".join(str(before.allow[n].line) for n in sorted(places))
        raise Refused(f"{name}: the allow-list is written in brackets; {_BY_HAND} (line {where})")
    lines = text.splitlines(keepends=True)
    for number in sorted(places, reverse=True):
        item = allow.value[number]
        first = item.start_mark.line
        while lines[first][allow.start_mark.column : allow.start_mark.column + 1] != "-":
            first -= 1
        del lines[first : _last_line(item) + 1]
    rest = [_essence(entry) for number, entry in enumerate(before.allow) if number not in places]
    return _checked("".join(lines).encode(), name, base, before, rest)


def _allow(text: str) -> tuple[Any, Any, Any]:
    """The root, the key `allow` and its value as YAML's nodes, which know where they stand; None for what is not there."""
    import yaml

    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if root is None or isinstance(root, yaml.ScalarNode):
        return None, None, None
    for key, value in root.value:
        if key.value == "allow":
            return root, key, value
    return root, None, None


def _is_list(node: Any) -> bool:
    return isinstance(node.value, list)


def _last_line(node: Any) -> int:
    """The line (from 0) on which the last text of `node` ends. Collections end where the next thing begins."""
    if _is_list(node) and node.value and not node.flow_style:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    mark = node.end_mark
    line: int = mark.line
    return line - 1 if mark.column == 0 and mark.line > node.start_mark.line else line


def _block(entry: Mapping[str, str], indent: int) -> str:
    pad = " " * indent
    rows = [f"{key}: {_scalar(value)}" for key, value in entry.items()]
    return f"{pad}- " + f"\n{pad}  ".join(rows) + "\n"


def _flow(entry: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {_scalar(value)}" for key, value in entry.items())


def _scalar(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _checked(
    content: bytes, name: str, base: Path, before: Config, expected: Sequence[tuple[Any, ...] | None]
) -> bytes:
    """`content`, if it says what it should; None in `expected` stands for the new entry."""
    after = parse_config(content, name, base)
    found = [_essence(entry) for entry in after.allow]
    same = len(found) == len(expected) and all(
        want is None or have == want for have, want in zip(found, expected, strict=True)
    )
    if not same or _rest(after) != _rest(before):
        raise Refused(f"{name}: the allow-list cannot be changed without harm to the rest; {_BY_HAND}")
    return content


def _essence(entry: Allowed) -> tuple[Any, ...]:
    return (
        entry.path, entry.regex, entry.fingerprint, entry.rule, entry.reason, entry.owner, entry.expires,
    )  # fmt: skip


def _rest(config: Config) -> tuple[Any, ...]:
    return (
        config.packs, config.disable, dict(config.severity), config.exclude, config.baseline, config.confidence,
        config.max_file_size, config.inline_allow, config.inline_reason, config.inline_markers,
        config.strict,
    )  # fmt: skip
