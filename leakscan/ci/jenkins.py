"""Jenkins with its Git and Branch API plugins.

https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables, https://plugins.jenkins.io/git/
("environment variables"), https://plugins.jenkins.io/branch-api/
"""

from __future__ import annotations

from .build import Build, Environ, given, short


def read(environ: Environ) -> Build | None:
    """The build, or None where this is another system."""
    if not environ.get("JENKINS_URL"):
        return None
    if environ.get("CHANGE_ID"):
        return Build(
            system="jenkins",
            event="request",
            words=f"change {environ['CHANGE_ID']}",
            head=given(environ, "GIT_COMMIT"),
            target=given(environ, "CHANGE_TARGET"),
        )
    tag = given(environ, "TAG_NAME")
    if tag:
        return Build(
            system="jenkins", event="tag", words=f"tag {tag}", head=given(environ, "GIT_COMMIT"), tag=tag
        )
    branch = given(environ, "BRANCH_NAME") or (given(environ, "GIT_BRANCH") or "").removeprefix("origin/")
    return Build(
        system="jenkins",
        event="push",
        words=f"build of {short(branch) or 'a branch'}",
        head=given(environ, "GIT_COMMIT"),
        # The last one that passed: what came in with a build that failed has still to be looked at.
        before=given(environ, "GIT_PREVIOUS_SUCCESSFUL_COMMIT"),
        branch=short(branch),
        default_branch=short(branch) if environ.get("BRANCH_IS_PRIMARY") == "true" else None,
    )
