"""JSON that remembers where its objects and their keys stand, which `json.loads` does not."""

from __future__ import annotations

import json
import re
from typing import Any

from leakscan.model.record import NamedTuple

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_DEEPEST = 20


class Object(NamedTuple):
    """A JSON object. Offsets are characters. Of keys that are there twice the first counts."""

    at: int
    values: dict[str, Any]
    places: dict[str, int]  # where the keys stand
    repeated: tuple[tuple[str, int], ...]


class Syntax(Exception):
    """What is not JSON, and where: an offset in characters."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


def parse(text: str) -> Object:
    """The one object in `text` (RFC 8259): objects as `Object`, arrays as lists, the rest as Python has it."""
    at = _skip(text, 0)
    if not text.startswith("{", at):
        raise Syntax("an object { … } is expected", at)
    value, end = _value(text, at, 0)
    end = _skip(text, end)
    if end != len(text):
        raise Syntax("there is something after the end", end)
    found: Object = value
    return found


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth > _DEEPEST:
        raise Syntax("nested too deeply", at)
    if text.startswith("{", at):
        return _object(text, at, depth)
    if text.startswith("[", at):
        return _array(text, at, depth)
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as e:
        raise Syntax(e.msg, e.pos) from e
    except ValueError as e:  # a number of very many digits
        raise Syntax(str(e), at) from e


def _object(text: str, start: int, depth: int) -> tuple[Object, int]:
    values: dict[str, Any] = {}
    places: dict[str, int] = {}
    repeated: list[tuple[str, int]] = []
    at = _skip(text, start + 1)
    while not (text.startswith("}", at) and not values):
        if not text.startswith('"', at):
            raise Syntax("a key in double quotes is expected", at)
        key, end = _value(text, at, depth)
        end = _skip(text, end)
        if not text.startswith(":", end):
            raise Syntax("a colon is expected after the key", end)
        value, end = _value(text, _skip(text, end + 1), depth + 1)
        if key in values:
            repeated.append((key, at))
        else:
            values[key], places[key] = value, at
        at = _skip(text, end)
        if text.startswith("}", at):
            break
        at = _comma(text, at, "}")
    return Object(start, values, places, tuple(repeated)), at + 1


def _array(text: str, start: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    at = _skip(text, start + 1)
    while not (text.startswith("]", at) and not items):
        value, end = _value(text, at, depth + 1)
        items.append(value)
        at = _skip(text, end)
        if text.startswith("]", at):
            break
        at = _comma(text, at, "]")
    return items, at + 1


def _comma(text: str, at: int, end: str) -> int:
    if not text.startswith(",", at):
        raise Syntax(f"a comma or {end} is expected", at)
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
