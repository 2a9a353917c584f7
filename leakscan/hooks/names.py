"""The hooks that leakscan knows (https://git-scm.com/docs/githooks)."""

from __future__ import annotations

from typing import Literal, get_args

HookName = Literal["pre-commit", "commit-msg", "pre-push", "pre-receive", "update"]
NAMES: tuple[HookName, ...] = get_args(HookName)
CLIENT: tuple[HookName, ...] = ("pre-commit", "commit-msg", "pre-push")
SERVER: tuple[HookName, ...] = ("pre-receive", "update")
# Git writes what is pushed to the standard input of these.
READS_STDIN: tuple[HookName, ...] = ("pre-push", "pre-receive")
SKIP = "LEAKSCAN_SKIP"
