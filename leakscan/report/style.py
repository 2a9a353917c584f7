"""Colour, for those who asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leakscan.model.rule import Severity

# Select Graphic Rendition, ECMA-48 section 8.3.117.
_SEVERITIES: dict[Severity, str] = {"critical": "1;97;41", "high": "1;31", "medium": "1;33", "low": "1;36"}


class Style:
    """Paints words, or leaves them as they are."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def severity(self, severity: Severity, words: str) -> str:
        return self._paint(_SEVERITIES[severity], words)

    def bold(self, words: str) -> str:
        return self._paint("1", words)

    def dim(self, words: str) -> str:
        return self._paint("2", words)

    def path(self, words: str) -> str:
        return self._paint("36", words)

    def warn(self, words: str) -> str:
        return self._paint("33", words)

    def good(self, words: str) -> str:
        return self._paint("32", words)

    def _paint(self, code: str, words: str) -> str:
        return f"\x1b[{code}m{words}\x1b[0m" if self._color else words
