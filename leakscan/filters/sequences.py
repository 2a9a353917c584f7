"""Characters in the order of the alphabet, the digits or a keyboard, and repeated ones: what people type, not generators."""

from __future__ import annotations

import re

_SEQUENCES = tuple(
    run + run
    for run in (
        b"0123456789", b"1234567890", b"abcdefghijklmnopqrstuvwxyz", b"9876543210", b"zyxwvutsrqponmlkjihgfedcba",
        b"0123456789abcdef", b"qwertyuiopasdfghjklzxcvbnm", b"1a2b3c4d5e6f7g8h9i0j", b"deadbeef", b"cafebabe", b"foobar",
        b"asdf",
        b"a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6",
    )
)  # fmt: skip
STEP = 5
_STEPS = frozenset(
    sequence[at : at + STEP] for sequence in _SEQUENCES for at in range(len(sequence) - STEP + 1)
)
_BEGUN = frozenset(step[at : at + STEP - 1] for step in _STEPS for at in range(2))
"""Every second byte is enough to look at for these: a run of `STEP` holds two of them."""
TYPED = 6
"""The least length of a run that says that somebody typed it. One string of 40 random hexadecimal digits in 6,000 holds
one, and one of 40 random letters and digits in 400,000 (measured on as many)."""
_TYPED = frozenset(
    sequence[at : at + TYPED] for sequence in _SEQUENCES for at in range(len(sequence) - TYPED + 1)
)
_STAIRS = re.compile(rb"(.)\1{3,}(?!\1)(.)\2{3,}", re.DOTALL)
_REPEATED = re.compile(rb"(.)\1{2,}", re.DOTALL)
LONGEST = 200
"""The longest secret, in bytes, that a short run says something of; longer ones hold structure and repeat themselves."""


def dull(secret: bytes) -> bool:
    """One character, a short period, or a walk along the alphabet, the digits or the keyboard, for most of the string."""
    low = secret.lower()
    size = len(low)
    if size < 6:
        return size > 0 and len(set(low)) == 1 and size >= 3
    different = set(low)
    if (size - len(different) + 1) * 10 >= size * 7 and max(map(low.count, different)) * 10 >= size * 7:
        return True
    if (
        size >= 12
        and _REPEATED.search(low)
        and sum(len(m[0]) for m in _REPEATED.finditer(low)) * 10 >= size * 7
    ):
        return True
    if size >= 12 and _repeats(low):
        return True
    return size >= 10 and _walked(low, size // 5) * 10 >= size * 8


def typed(low: bytes) -> bool:
    """Whether all of `low` (lower-case) is a walk along one of the sequences, in either direction."""
    return any(low in sequence or low[::-1] in sequence for sequence in _SEQUENCES)


def _repeats(low: bytes) -> bool:
    """Whether all of `low` repeats its beginning, of a third of its length at most."""
    head = low[: len(low) - len(low) // 3]
    at = low.find(head, 1)
    while at > 0:
        if low[at:] == low[:-at]:
            return True
        at = low.find(head, at + 1)
    return False


def altered(secret: bytes) -> bool:
    """Whether a string that is random for the most part holds a run that people type, such as 123456 or AAAABBBB: a real
    token that was changed so as to be shown. (One that is made up of such runs may be a test's own.)"""
    low = secret.lower()
    if len(low) > LONGEST:
        return False
    if _may_walk(low):
        if _walked(low, len(low)) * 2 > len(low):
            return False
        if any(low[at : at + TYPED] in _TYPED for at in range(len(low) - TYPED + 1)):
            return True
    return _STAIRS.search(secret) is not None


def _may_walk(low: bytes) -> bool:
    """Whether `low` can hold a run of `STEP` along one of the sequences; hardly any random string can."""
    return not _BEGUN.isdisjoint([low[at : at + STEP - 1] for at in range(0, len(low) - STEP + 2, 2)])


def _walked(low: bytes, beside: int) -> int:
    """How many bytes of `low` belong to runs of at least `STEP` along one of the sequences; not all of them where more
    than `beside` bytes belong to none."""
    if not _may_walk(low):
        return 0
    covered = 0
    at = 0
    while at <= len(low) - STEP:
        if low[at : at + STEP] not in _STEPS:
            at += 1
            if at - covered > beside:
                break
            continue
        run = 0
        for sequence in _SEQUENCES:
            if low[at : at + STEP] in sequence:
                end = at + STEP
                while end < len(low) and low[at : end + 1] in sequence:
                    end += 1
                run = max(run, end - at)
        covered += run
        at += run or 1
    return covered
