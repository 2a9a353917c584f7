"""What somebody reads whose commit or push was stopped: what to do, how to allow it on purpose, the way past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.origin import BlobOrigin, FileOrigin, StagedOrigin
from leakscan.model.text import escape

from .names import SERVER, SKIP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Finding, ScanResult
    from leakscan.model.origin import Origin

    from .names import HookName

PUSH_OPTION = "leakscan.skip="
ALLOW_PUSH_OPTION = "leakscan.allowPushSkip"


def advice(
    name: HookName, result: ScanResult, *, push_option: bool = False, pre_commit: bool = False
) -> Iterator[str]:
    """Lines of text behind the report of `result`, which has findings.

    `push_option`: a server takes overrides. `pre_commit`: https://pre-commit.com runs the hook; it keeps what a hook says
    that passes to itself, so the override is its own, which its output tells of.
    """
    count = len(result.findings)
    what = "commit" if name in ("pre-commit", "commit-msg") else "push"
    yield f"leakscan stopped this {what}: {'a secret' if count == 1 else f'{count} secrets'} would go with it."
    yield "To fix it:"
    yield from (f"  {line}" for line in _fix(name, result))
    yield "To allow it on purpose, for everybody and for good:"
    yield from (f"  {line}" for line in _allow(name, result.findings[0]))
    if pre_commit:
        id = "leakscan" if name == "pre-commit" else f"leakscan-{name}"
        yield "In an emergency (this hook alone is left out, by the id that stands above, and pre-commit says so):"
        yield f"  SKIP={id} git {what} …"
    elif name not in SERVER:
        yield "In an emergency (this check alone is left out, and says so; other hooks still run):"
        yield f'  {SKIP}="why" git {what} …'
    elif push_option:
        yield "In an emergency (everybody who watches this push reads the reason):"
        yield f'  git push -o {PUSH_OPTION}"why" …'


def _fix(name: HookName, result: ScanResult) -> Iterator[str]:
    if name == "commit-msg":
        yield "Write the message without it: git keeps yours in .git/COMMIT_EDITMSG."
        return
    in_text = any(_in_text(place.origin) for finding in result.findings for place in finding.places)
    if in_text:
        yield "Put the value into a secret manager or an environment variable, and let the code read it from there."
    if name == "pre-commit":
        yield "Then `git add` the file and commit again. Nobody but you has seen the value so far."
        return
    first = _first_commit(result)
    if first:
        yield "A commit on top is not enough: the value must leave the commit that brought it in, by"
        yield f"`git commit --amend` if that is the last one, else `git rebase -i {first[:12]}^` with `edit`."
        yield "`leakscan purge guide` does so for history that is long or shared."
    else:
        yield "It is in the name of a ref or in a tag: make that anew without it."
    if name in SERVER:
        yield "The server took nothing of this push. If the value has ever been pushed elsewhere, replace it."


def _allow(name: HookName, finding: Finding) -> Iterator[str]:
    rule = escape(finding.rule.id.encode())
    if any(_in_text(place.origin) for place in finding.places):
        yield f"a comment on its line:  leakscan:allow[{rule}] why it is no leak"
    if name in SERVER:
        yield f"in the server's own .leakscan.yml, which who runs it can write:  fingerprint: {finding.fingerprint}"
    else:
        yield f'in .leakscan.yml:       leakscan ignore add {finding.fingerprint} --reason "why it is no leak"'


def _first_commit(result: ScanResult) -> str | None:
    commits = {place.commit for finding in result.findings for place in finding.places if place.commit}
    return min(commits, key=lambda c: (c.time, c.oid)).oid if commits else None


def _in_text(origin: Origin) -> bool:
    """Whether the place is in something that has lines to write a comment on: no name, no message."""
    return isinstance(origin, FileOrigin | StagedOrigin | BlobOrigin)
