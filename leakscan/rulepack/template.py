"""Examples without secrets: templates that become token-shaped texts when, and only when, a test runs.

A template is a text with generators in braces, such as `{hex:40}` or `{github-token:ghp_}`; docs/rules.md lists them.
What is in braces and names no generator stays as it is.
"""

from __future__ import annotations

import re

from .generators import generate

_PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9-]*)(?::([^{}]*))?\}")


def fill(text: str, seed: str) -> str:
    """`text` with every generator replaced by a value that looks like a real one.

    The same `seed` gives the same values, on every platform and Python; a value depends on the seed, on its generator
    and on how many generators stand before it.
    """
    count = 0

    def replace(place: re.Match[str]) -> str:
        nonlocal count
        value = generate(place[1], place[2], f"{seed}/{count}")
        if value is None:
            return place[0]
        count += 1
        return value

    return _PLACE.sub(replace, text)
