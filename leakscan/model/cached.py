"""Files in the user's cache directory: derived data, readable by the user alone, safe to delete at any time."""

from __future__ import annotations

import contextlib
import os


def cache_directory() -> str:
    """Where leakscan caches: `$LEAKSCAN_CACHE_DIR`, else the platform's cache directory."""
    own = os.environ.get("LEAKSCAN_CACHE_DIR")
    if own:
        return own
    if (
        os.name == "posix" and os.uname().sysname != "Darwin"
    ):  # what platformdirs says there, without importing it
        home = os.environ.get("XDG_CACHE_HOME", "")
        return os.path.join(home if os.path.isabs(home) else os.path.expanduser("~/.cache"), "leakscan")
    import platformdirs

    return str(platformdirs.user_cache_dir("leakscan", appauthor=False))


def prebuilt_directory() -> str:
    """Where an installed package has what was computed when it was built, under the names of the cache."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules", "prebuilt")


def read_cache(name: str) -> bytes | None:
    """The content of the cached file `name`, or None where it is absent, unreadable or not the user's own.

    Where there is none, what came with the package: not before, since what is of no use on this machine is made anew.
    """
    try:
        with open(os.path.join(cache_directory(), name), "rb") as file:
            if not hasattr(os, "getuid") or os.fstat(file.fileno()).st_uid == os.getuid():
                return file.read()
    except OSError:
        pass
    try:
        with open(os.path.join(prebuilt_directory(), name), "rb") as file:
            return file.read()
    except OSError:
        return None


def append_cache(name: str, content: bytes) -> None:
    """Add to the end of `name`, in one write, or make it (mode 0600). A cache that cannot be written is no error."""
    directory = cache_directory()
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        flags = (
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        )
        handle = os.open(os.path.join(directory, name), flags, 0o600)
    except OSError:
        return
    try:
        if not hasattr(os, "getuid") or os.fstat(handle).st_uid == os.getuid():
            os.write(handle, content)
    except OSError:
        pass
    finally:
        os.close(handle)


def write_cache(name: str, content: bytes) -> None:
    """Store `content` as `name`: whole or not at all, mode 0600. A cache that cannot be written is no error.

    What has not been used for long goes, so that the cache does not grow with every version of the rules.
    """
    import tempfile

    from .eviction import evict

    directory = cache_directory()
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=directory, prefix=f".{name}-")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            now = os.fstat(handle).st_mtime
        os.replace(temporary, os.path.join(directory, name))
        evict(directory, now)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
