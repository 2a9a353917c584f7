"""GitHub Actions (and what speaks like it: Gitea, Forgejo).

https://docs.github.com/en/actions/reference/workflows-and-actions/variables,
https://docs.github.com/en/webhooks/webhook-events-and-payloads (the file that GITHUB_EVENT_PATH names)
"""

from __future__ import annotations

import json
from typing import Any

from leakscan.model.errors import UsageError

from .build import Build, Environ, given, short


def read(environ: Environ) -> Build | None:
    """The build, or None where this is another system. Raises UsageError for an event file that cannot be read."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return None
    name = environ.get("GITHUB_EVENT_NAME", "")
    event = _event(environ)
    head = given(environ, "GITHUB_SHA")
    default = _text(event, "repository", "default_branch")
    ref = environ.get("GITHUB_REF", "")
    if name in ("pull_request", "pull_request_target"):
        return Build(
            system="github",
            event="request",
            words=f"pull request #{event.get('number', '?')}",
            # GITHUB_SHA is a merge made for the test, or (with pull_request_target) the target's own commit.
            head=_text(event, "pull_request", "head", "sha") or head,
            base=_text(event, "pull_request", "base", "sha"),
            target=_text(event, "pull_request", "base", "ref") or given(environ, "GITHUB_BASE_REF"),
            default_branch=default,
        )
    if name == "merge_group":
        return Build(
            system="github",
            event="request",
            words="merge queue",
            head=_text(event, "merge_group", "head_sha") or head,
            base=_text(event, "merge_group", "base_sha"),
            target=short(_text(event, "merge_group", "base_ref")),
            default_branch=default,
        )
    if name == "push" and event.get("deleted") is True:
        return Build(system="github", event="nothing", words=f"deletion of {short(ref)}")
    if ref.startswith("refs/tags/") and name in ("push", "release", "create"):
        tag = short(ref)
        return Build(
            system="github", event="tag", words=f"tag {tag}", head=head, tag=tag, default_branch=default
        )
    if name == "push":
        return Build(
            system="github",
            event="push",
            words=f"push to {short(ref)}",
            head=_text(event, "after") or head,
            before=_text(event, "before"),
            branch=short(ref),
            default_branch=default,
        )
    return Build(system="github", event="whole", words=name or "no event", head=head, default_branch=default)


def _event(environ: Environ) -> dict[str, Any]:
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            event = json.load(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"GITHUB_EVENT_PATH names no event that can be read: {error}") from None
    if not isinstance(event, dict):
        raise UsageError("GITHUB_EVENT_PATH names no event: an object { … } is expected")
    return event


def _text(event: dict[str, Any], *keys: str) -> str | None:
    value: Any = event
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None
