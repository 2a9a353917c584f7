"""Walking those objects of a repository that are wanted, each after what it is stored as a delta of."""

from __future__ import annotations

import struct
from itertools import compress
from typing import TYPE_CHECKING, Literal, TypeVar

from leakscan.git import kernel
from leakscan.git.steps import DEPTH, LARGEST, POSITION, STEP, column

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator

    from leakscan.git.inventory import Inventory

T = TypeVar("T")


def walk(
    held: Inventory, kind: Literal["blobs", "trees"], wanted: Collection[bytes],
    make: Callable[[bytes, bytes, T | None, bytes], T],
) -> set[bytes]:  # fmt: skip
    """Call `make` for the wanted objects that are in packs, and return which these are.

    It gets an object's id, its content, what was made of its base (None where that was not wanted), and what is copied from
    there (see `delta_twin.delta`).
    """
    done: set[bytes] = set()
    for number, plan in enumerate(held.plans):
        planned = plan.blobs if kind == "blobs" else plan.trees
        done |= _pack(held, number, planned, [oid for oid in wanted if oid not in done], make)
    return done


def _pack(
    held: Inventory, number: int, planned: bytes, wanted: list[bytes],
    make: Callable[[bytes, bytes, T | None, bytes], T],
) -> set[bytes]:  # fmt: skip
    pack = held.store.packs[number]
    places = struct.iter_unpack("=i", kernel.find(pack.index, b"".join(wanted), held.repo.oid_size))
    here = {position: oid for oid, (position,) in zip(wanted, places, strict=True) if position >= 0}
    done: set[bytes] = set()
    line: list[tuple[bytes, T | None] | None] = []  # by depth: content, and what was made
    for data, size, position, depth, _ in _needed(pack.steps(planned), here) if here else ():
        base = line[depth - 1] if depth else None
        copies = b""
        try:
            if not depth and size <= LARGEST:
                raw = kernel.inflate(pack.data, data, size)
            elif base is not None:
                raw, copies, _ = kernel.unpack(pack.data, data, size, base[0], 0, LARGEST)
            else:
                raise ValueError("too large, or without a base")
        except (ValueError, OverflowError):
            line[depth:] = [None]
            continue
        oid = here.get(position)
        made: T | None = None
        if oid is not None:
            made = make(oid, raw, base[1] if base is not None else None, copies)
            done.add(oid)
        line[depth:] = [(raw, made)]
    pack.forget()
    return done


def _needed(steps: bytes, wanted: Container[int]) -> Iterator[tuple[int, int, int, int, int]]:
    """The steps whose positions are `wanted`, and those that they rest on."""
    marks = bytearray(len(steps) // STEP.size)
    line: list[int] = []
    for number, (position, depth) in enumerate(
        zip(column(steps, POSITION), column(steps, DEPTH), strict=True)
    ):
        if depth == len(line):
            line.append(number)
        else:
            line[depth] = number
        if position in wanted:
            while depth >= 0 and not marks[line[depth]]:
                marks[line[depth]] = 1
                depth -= 1
    return compress(STEP.iter_unpack(steps), marks)
