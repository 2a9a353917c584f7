"""What somebody reads whose commit or push was stopped: what to do, how to allow it on purpose, the way past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakscan.model.text import escape

from .names import SERVER, SKIP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakscan.model.finding import Finding, ScanResult

    from .names import HookName

PUSH_OPTION = "leakscan.skip="
ALLOW_PUSH_OPTION = "leakscan.allowPushSkip"


def advice(name: HookName, result: ScanResult, *, push_option: bool = False) -> Iterator[str]:
    """Lines of text behind the report of `result`, which has findings. `push_option`: a server takes overrides."""
    count = len(result.findings)
    what = "commit" if name in ("pre-commit", "commit-msg") else "push"
    yield f"leakscan stopped this {what}: {'a secret' if count == 1 else f'{count} secrets'} would go with it."
    yield "To fix it:"
    yield from (f"  {line}" for line in _fix(name, result))
    yield "To allow it on purpose, for everybody and for good:"
    yield from (f"  {line}" for line in _allow(name, result.findings[0]))
    if name not in SERVER:
        yield "In an emergency (this check alone is left out, and says so; other hooks still run):"
        yield f'  {SKIP}="why" git {what} …'
    elif push_option:
        yield "In an emergency (everybody who watches this push reads the reason):"
        yield f'  git push -o {PUSH_OPTION}"why" …'


def _fix(name: HookName, result: ScanResult) -> Iterator[str]:
    if name == "commit-msg":
        yield "Write the message without it: git keeps yours in .git/COMMIT_EDITMSG."
        return
    yield "Put the value into a secret manager or an environment variable, and let the code read it from there."
    if name == "pre-commit":
        yield "Then `git add` the file and commit again. Nobody but you has seen the value so far."
        return
    first = _first_commit(result)
    if first:
        yield "A commit on top that deletes it is not enough: it must leave the commit that brought it in, by"
        yield f"`git commit --amend` if that is the last one, else `git rebase -i {first[:12]}^` with `edit`."
        yield "`leakscan purge guide` does so for history that is long or shared."
    else:
        yield "It is in the name of a ref or in a tag: make that anew without it."
    if name in SERVER:
        yield "The server took nothing of this push. If the value has ever been pushed elsewhere, replace it."


def _allow(name: HookName, finding: Finding) -> Iterator[str]:
    rule = escape(finding.rule.id.encode())
    yield f"a comment on its line:  leakscan:allow[{rule}] why it is no leak"
    if name in SERVER:
        yield "or ask who runs this server: the allow-list that counts is the server's own."
    else:
        yield f'or in .leakscan.yml:    leakscan ignore add {finding.fingerprint} --reason "why it is no leak"'


def _first_commit(result: ScanResult) -> str | None:
    commits = {place.commit for finding in result.findings for place in finding.places if place.commit}
    return min(commits, key=lambda c: (c.time, c.oid)).oid if commits else None
