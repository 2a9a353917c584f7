"""Which system runs this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.errors import UsageError

from . import azure, bitbucket, circleci, github, gitlab, jenkins
from .build import SYSTEMS, Build

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .build import Environ, SystemName

READERS: Mapping[SystemName, Callable[[Environ], Build | None]] = {
    "github": github.read,
    "gitlab": gitlab.read,
    "azure": azure.read,
    "bitbucket": bitbucket.read,
    "circleci": circleci.read,
    "jenkins": jenkins.read,
}


def detect(environ: Environ, system: SystemName | None = None) -> Build:
    """The build that `environ` describes; that of `system` where it is given. Without any system: plain git.

    Raises UsageError where the environment is not that of the `system` given.
    """
    if system == "git":
        return plain()
    if system is not None:
        found = READERS[system](environ)
        if found is None:
            raise UsageError(
                f"the environment is not that of {system}; --system is one of {', '.join(SYSTEMS)}"
            )
        return found
    return next((build for read in READERS.values() if (build := read(environ))), None) or plain()


def plain() -> Build:
    """No system: what HEAD has beyond the default branch, else all of it."""
    return Build(system="git", event="push", words="HEAD")
