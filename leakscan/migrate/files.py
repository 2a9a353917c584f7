"""Reading what lies in somebody's repository: regular files below the root, of bounded size."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from .outcome import Bag

MAX_BYTES = 256 << 20


def read(bag: Bag, path: Path, *, inside: Path | None = None) -> str | None:
    """The text of a file; None, noted, where it cannot be had. `inside`: the directory that it must lie in."""
    name = bag.name(path)
    if inside is not None and not path.resolve().is_relative_to(inside.resolve()):
        bag.leave(name, "the file", "leads out of the repository; name it on the command line")
        return None
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            bag.leave(name, "the file", "is not a regular file")
            return None
        if info.st_size > MAX_BYTES:
            bag.leave(name, "the file", f"is larger than {MAX_BYTES >> 20} MiB")
            return None
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as e:
        bag.leave(name, "the file", f"cannot be read: {e.strerror}")
        return None
    except UnicodeDecodeError:
        bag.leave(name, "the file", "is not UTF-8")
        return None
    bag.read.append(name)
    return text


def json(bag: Bag, name: str, text: str) -> Any:
    """The value of a JSON document; None, noted, where it is none."""
    from json import loads

    try:
        return loads(text)
    except (ValueError, RecursionError) as e:
        bag.leave(name, "the file", f"is not JSON: {e}")
        return None


def yaml(bag: Bag, name: str, text: str) -> Any:
    """The value of a YAML document, aliases refused; None, noted, where it is none.

    Other tools write tags, anchors and many documents: only the first document counts, and what could grow is refused.
    """
    import yaml as pyyaml

    loader: Any = getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)
    try:
        for event in pyyaml.parse(text, Loader=loader):
            if isinstance(event, pyyaml.AliasEvent):
                bag.leave(name, "the file", "has YAML aliases; write the values out")
                return None
        return next(iter(pyyaml.load_all(text, Loader=loader)), None)
    except (pyyaml.YAMLError, RecursionError, ValueError) as e:
        bag.leave(name, "the file", f"is not YAML: {str(e).splitlines()[0] if str(e) else type(e).__name__}")
        return None


def lines(text: str) -> list[tuple[int, str]]:
    """Lines that are neither empty nor comments, with their numbers (1-based)."""
    numbered = enumerate(text.splitlines(), 1)
    return [(n, line.strip()) for n, line in numbered if line.strip() and not line.lstrip().startswith("#")]
