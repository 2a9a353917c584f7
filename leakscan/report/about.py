"""What reports say of leakscan itself."""

from __future__ import annotations


def version() -> str:
    """The installed version; "0" where leakscan runs from a directory that was never installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("leakscan")
    except PackageNotFoundError:
        return "0"
