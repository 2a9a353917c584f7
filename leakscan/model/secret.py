"""A secret that does not leak by accident."""

from __future__ import annotations

from typing import NoReturn

from leakscan.model.digest import blake2b


class Secret:
    """The bytes of a secret behind one door, `reveal()`.

    `repr`, `str` and `format` show the mask only; pickling is refused; equality and hash are by content.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The secret itself. Only filters, purge, migrate, verify and `--show-secrets` call this."""
        return self._value

    def masked(self) -> str:
        """A text that lets its owner recognise the secret and nobody else use it."""
        return mask(self._value)

    def fingerprint(self, rule_id: str) -> str:
        """32 hex digits that stand for (rule, secret): the same wherever and whenever it is found.

        A keyed BLAKE2b (RFC 7693). Like any hash of a secret it confirms a guess, so it is no place for the
        fingerprint of a weak password that is still in use; baselines salt it once more.
        """
        return blake2b(self._value, digest_size=16, key=b"leakscan/1", person=_person(rule_id)).hexdigest()

    def __repr__(self) -> str:
        return f"Secret({self.masked()})"

    def __str__(self) -> str:
        return self.masked()

    def __format__(self, spec: str) -> str:
        return format(self.masked(), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not serialised; pass its bytes on purpose with reveal()")


def _person(rule_id: str) -> bytes:
    return blake2b(rule_id.encode(), digest_size=16).digest()


def mask(value: bytes) -> str:
    """The first characters of a secret and its length, never more than a quarter of it (and at most 4 characters).

    Short secrets (under 12 bytes) show nothing but asterisks; their length is hidden too. Line breaks end the
    shown part, and what is not printable ASCII is not shown.
    """
    if len(value) < 12:
        return "********"
    shown = value[: min(4, len(value) // 4)]
    text = "".join(chr(b) if 0x21 <= b < 0x7F else "" for b in shown)
    return f"{text}********"
