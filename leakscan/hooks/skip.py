"""The way past a hook in an emergency: with a reason, which the output repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.git import run

from .advice import ALLOW_PUSH_OPTION, PUSH_OPTION
from .names import SERVER, SKIP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leakscan.git.repository import Repository

    from .names import HookName

_MOST = 1000  # push options looked at


def reason(name: HookName, environ: Mapping[str, str], repo: Repository) -> str | None:
    """Why somebody wants this hook left out, or None. An empty reason is none.

    On a server the pusher's environment does not arrive: there a push option counts, where the server's configuration
    says so (https://git-scm.com/docs/git-push#Documentation/git-push.txt--oltoptiongt). Whoever administers the
    server can set the variable there.
    """
    found = environ.get(SKIP, "").strip()
    if not found and name in SERVER and takes_push_option(repo):
        found = next((option for option in _push_options(environ) if option), "")
    return found or None


def takes_push_option(repo: Repository) -> bool:
    """Whether this server lets a pusher override the hook."""
    status, out, _ = run.attempt(repo.where, "config", "--type=bool", "--get", ALLOW_PUSH_OPTION)
    return status == 0 and out.strip() == b"true"


def _push_options(environ: Mapping[str, str]) -> Iterator[str]:
    count = environ.get("GIT_PUSH_OPTION_COUNT", "")
    for number in range(min(int(count), _MOST) if count.isascii() and count.isdigit() else 0):
        option = environ.get(f"GIT_PUSH_OPTION_{number}", "")
        if option.startswith(PUSH_OPTION):
            yield option.removeprefix(PUSH_OPTION).strip()
