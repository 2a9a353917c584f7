"""The values of a Kubernetes Secret, which its manifest holds in base64, in YAML or JSON.

https://kubernetes.io/docs/concepts/configuration/secret/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakscan.model.record import NamedTuple

from .payload import payload
from .runs import base64
from .view import Builder, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .view import View

FURTHEST = 1 << 20
"""Bytes before and behind its kind that belong to a manifest at most; Kubernetes takes none that is larger."""

_TOO_LONG = f"a document of more than {FURTHEST >> 20} MiB around its kind"
_DATA = re.compile(rb"(?m)^([ \t]*(?:- )?)[\"']?data[\"']?:[ \t]*(?:#[^\n]*)?\r?$")
_ENTRY = re.compile(
    rb"([ \t]+)[\"']?[\w.\-]+[\"']?:[ \t]+"
    rb"(?:(?P<quote>[\"']?)(?P<value>[0-9A-Za-z+/]{2,}={0,2})(?P=quote)|(?P<block>[|>][-+0-9]*))"
    rb"[ \t]*(?:#[^\n]*)?\r?\Z"
)
_BLOCK_LINE = re.compile(rb"([ \t]+)[0-9A-Za-z+/]+={0,2}[ \t]*\r?\Z")
_FLOW = re.compile(rb"[\"']?\bdata[\"']?[ \t]*:\s*\{([^{}]*)\}")
_PAIR = re.compile(
    rb"[\"']?[\w.\-]+[\"']?\s*:\s*(?P<quote>[\"']?)(?P<value>[0-9A-Za-z+/]{2,}={0,2})(?P=quote)\s*(?=,|\Z)"
)
_SPACE = re.compile(rb"\s+")


class _Value(NamedTuple):
    """`text[start:end]` is base64 of a value; `quoted`: there are quotes around it."""

    start: int
    end: int
    quoted: bool


def stretch(text: bytes, at: int) -> Reach:
    """The document that the mark ending at `at` stands in."""
    low, high = max(0, at - FURTHEST), min(len(text), at + FURTHEST)
    start = text.rfind(b"\n---", low, at)
    end = text.find(b"\n---", at, high)
    cut = (start < 0 and low > 0) or (end < 0 and high < len(text))
    return Reach(low if start < 0 else start + 1, high if end < 0 else end, _TOO_LONG if cut else "")


def decode(text: bytes, start: int, end: int) -> View | None:
    """The document with its values as they are meant."""
    builder = Builder(text)
    at = start
    kinds = {"base64"}
    bound = ""
    for value in sorted({*_block(text, start, end), *_flow(text, start, end)}):
        encoded = _SPACE.sub(b"", text[value.start : value.end])
        said = payload(base64(encoded.rstrip(b"=")), 1) if len(encoded) % 4 == 0 else None
        if said is None or value.start < at:
            continue
        plain = said.text.rstrip(b"\r\n")
        simple = not value.quoted and not re.search(rb"[\n\"\\]", plain)
        builder.plain(at, value.start)
        builder.decoded(b'"' + plain + b'"' if simple else said.text, value.start, value.end)
        kinds.add(said.wrapping)
        bound = bound or said.bound
        at = value.end
    if at == start:
        return None
    builder.plain(at, end)
    return builder.view("+".join(sorted(kinds - {""})), trusted=True, bound=bound)


def _block(text: bytes, start: int, end: int) -> Iterator[_Value]:
    """Values in the block style of YAML."""
    for data in _DATA.finditer(text, start, end):
        indent = len(data[1])
        at = data.end() + 1
        inside = 0  # the indent of the key whose block the line may be part of
        block: tuple[int, int] | None = None
        while at < end:
            stop = text.find(b"\n", at, end)
            stop = end if stop < 0 else stop
            line = text[at:stop]
            part = _BLOCK_LINE.match(line) if inside else None
            if part is not None and len(part[1]) > inside:
                block = (block[0] if block else at + len(part[1]), at + len(line.rstrip()))
                at = stop + 1
                continue
            if block is not None:
                yield _Value(*block, quoted=False)
            inside, block = 0, None
            entry = _ENTRY.match(line)
            if entry is not None and len(entry[1]) > indent - 2:
                if entry["block"]:
                    inside = len(entry[1])
                else:
                    yield _Value(at + entry.start("value"), at + entry.end("value"), bool(entry["quote"]))
            elif (
                line.strip()
                and not line.lstrip().startswith(b"#")
                and len(line) - len(line.lstrip()) <= indent
            ):
                break
            at = stop + 1
        if block is not None:
            yield _Value(*block, quoted=False)


def _flow(text: bytes, start: int, end: int) -> Iterator[_Value]:
    """Values in JSON, and in the flow style of YAML."""
    for data in _FLOW.finditer(text, start, end):
        for pair in _PAIR.finditer(text, data.start(1), data.end(1)):
            yield _Value(pair.start("value"), pair.end("value"), bool(pair["quote"]))
