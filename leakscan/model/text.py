"""From bytes to what a terminal or a report may show."""

from __future__ import annotations


def escape(raw: bytes) -> str:
    """`raw` as printable text: UTF-8 where it is valid, every control character and invalid byte as `\\xNN` or `\\n`.

    What comes out holds no line break, no terminal escape and no lone surrogate, so that a hostile file name can
    neither forge a line of output nor drive a terminal.
    """
    text = raw.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
