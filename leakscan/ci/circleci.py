"""CircleCI: https://circleci.com/docs/variables/#built-in-environment-variables"""

from __future__ import annotations

from .build import Build, Environ, given


def read(environ: Environ) -> Build | None:
    """The build, or None where this is another system.

    Where a branch was before is a pipeline value, no variable: a configuration hands it on with --base.
    """
    if environ.get("CIRCLECI") != "true":
        return None
    head = given(environ, "CIRCLE_SHA1")
    tag, branch = given(environ, "CIRCLE_TAG"), given(environ, "CIRCLE_BRANCH")
    if tag:
        return Build(system="circleci", event="tag", words=f"tag {tag}", head=head, tag=tag)
    return Build(system="circleci", event="push", words=f"push to {branch}", head=head, branch=branch)
